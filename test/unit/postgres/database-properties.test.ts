import { describe, expect, it } from 'vitest';
import { propertyStatements } from '../../../src/postgres/database-properties.ts';

const statements = (changes: Partial<Parameters<typeof propertyStatements>[0]>): string[] =>
  propertyStatements({ acl: null, owner: 'o', settings: [], connectionLimit: -1, ...changes }, 'QSR').flatMap(
    (one) => one.statements,
  );

describe('what no dump of a database holds', () => {
  it('is nothing but the limit where all is as PostgreSQL makes it', () => {
    expect(statements({})).toEqual(['ALTER DATABASE "QSR" CONNECTION LIMIT -1']);
  });

  it('gives rights as they were, also that of passing them on', () => {
    const acl = ['=c/o', '"a ""b"""=c*T/o', 'o=CTc/o'];
    expect(statements({ acl }).slice(0, -1)).toEqual([
      'REVOKE ALL ON DATABASE "QSR" FROM PUBLIC',
      'REVOKE ALL ON DATABASE "QSR" FROM "o"',
      'GRANT CONNECT ON DATABASE "QSR" TO PUBLIC',
      'GRANT TEMPORARY ON DATABASE "QSR" TO "a ""b"""',
      'GRANT CONNECT ON DATABASE "QSR" TO "a ""b""" WITH GRANT OPTION',
      'GRANT CREATE, TEMPORARY, CONNECT ON DATABASE "QSR" TO "o"',
    ]);
    expect(
      propertyStatements({ acl, owner: 'o', settings: [], connectionLimit: 5 }, 'QSR')[2]?.roles,
    ).toEqual(['a "b"']);
  });

  it('puts no setting into a statement but as a text, whatever a set says', () => {
    expect(
      statements({
        settings: [
          { role: null, setting: `search_path="$user", public, "x""y"` },
          { role: 'r"', setting: String.raw`work_mem=1'; DROP DATABASE "QSR"; --\ ` },
          { role: null, setting: `my.a"b=1` },
        ],
      }).slice(0, -1),
    ).toEqual([
      `ALTER DATABASE "QSR" SET "search_path" TO '$user', 'public', 'x"y'`,
      String.raw`ALTER ROLE "r""" IN DATABASE "QSR" SET "work_mem" TO E'1''; DROP DATABASE "QSR"; --\\ '`,
      `ALTER DATABASE "QSR" SET "my"."a""b" TO '1'`,
    ]);
  });
});
