import { describe, expect, it } from 'vitest';
import { isMd5, rolesOfGlobals } from '../../../src/postgres/recorded-roles.ts';

const SCRAM = 'SCRAM-SHA-256$4096:c2FsdHNhbHQ=$c3RvcmVka2V5c3RvcmVka2V5:c2VydmVya2V5c2VydmVya2V5';
const MD5 = `md5${'0a'.repeat(16)}`;

describe('roles in globals.sql', () => {
  it('are read with attributes, memberships and hashes, and nothing that only looks like them', () => {
    const script = [
      'CREATE ROLE qlik;',
      `ALTER ROLE qlik WITH NOSUPERUSER NOINHERIT NOCREATEROLE NOCREATEDB LOGIN NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 9 PASSWORD '${SCRAM}' VALID UNTIL 'infinity';`,
      'CREATE ROLE "a ""b""";',
      `ALTER ROLE "a ""b""" WITH SUPERUSER INHERIT CREATEROLE CREATEDB NOLOGIN REPLICATION BYPASSRLS PASSWORD '${MD5}';`,
      `COMMENT ON ROLE qlik IS 'x; CREATE ROLE no;';`,
      'GRANT qlik TO "a ""b""" WITH ADMIN OPTION GRANTED BY postgres;',
      `ALTER ROLE qlik SET work_mem TO '1GB';`,
    ].join('\n');
    expect(rolesOfGlobals(script)).toEqual([
      {
        name: 'qlik',
        superuser: false,
        createDb: false,
        createRole: false,
        inherit: false,
        login: true,
        replication: false,
        bypassRls: false,
        connectionLimit: 9,
        memberOf: [],
        passwordHash: SCRAM,
        validUntil: 'infinity',
      },
      {
        name: 'a "b"',
        superuser: true,
        createDb: true,
        createRole: true,
        inherit: true,
        login: false,
        replication: true,
        bypassRls: true,
        connectionLimit: -1,
        memberOf: ['qlik'],
        passwordHash: MD5,
      },
    ]);
    expect([isMd5(SCRAM), isMd5(MD5)]).toEqual([false, true]);
  });

  it.each(['plain text', `md5${'0'.repeat(31)}`, `SCRAM-SHA-256$1:a$b:c''; DROP DATABASE x; --`])(
    'give no hash that is none: %s',
    (password) => {
      const script = `CREATE ROLE qlik;\nALTER ROLE qlik WITH LOGIN PASSWORD '${password}';\n`;
      expect(rolesOfGlobals(script)[0]).not.toHaveProperty('passwordHash');
    },
  );

  it('are told apart by names that are no ASCII', () => {
    const script = Buffer.from('CREATE ROLE "bücher";\n').toString('latin1');
    expect(rolesOfGlobals(script).map(({ name }) => name)).toEqual(['bücher']);
  });
});
