import { describe, expect, it } from 'vitest';
import { CommandError } from '../../../src/contract/errors.ts';
import {
  createDatabaseStatement,
  createRoleStatements,
  plainRole,
} from '../../../src/postgres/recreate.ts';
import { restoreCommand, restoreTrouble } from '../../../src/postgres/restore.ts';
import { PROGRAMS } from '../actions/fakes.ts';

const failed = (stderr: string): CommandError =>
  new CommandError('pg_restore ended with exit code 1', { argv: ['pg_restore'], code: 1, stderr });

describe('restoring a dump', () => {
  it('stops at the first error, and uses jobs only where the format has them', () => {
    const request = { database: 'QSR', target: '/set/QSR', jobs: 16 };
    expect(restoreCommand(PROGRAMS, { ...request, format: 'tar' })).toEqual([
      '/pg/pg_restore',
      '--no-password',
      '--exit-on-error',
      '--no-tablespaces',
      '-d',
      'QSR',
      '/set/QSR',
    ]);
    expect(restoreCommand(PROGRAMS, { ...request, format: 'directory' }).join(' ')).toContain(' -j 4 ');
  });

  it('says in one line what is wrong with the dump', () => {
    const text =
      'pg_restore: error: could not execute query: ERROR:  role "x" does not exist\nCommand was: ALTER';
    expect(restoreTrouble(failed(text))).toBe(
      'could not execute query: ERROR:  role "x" does not exist Command was: ALTER',
    );
    expect(restoreTrouble(failed(''))).toBe('pg_restore ended with exit code 1');
  });

  it.each([
    'ERROR:  could not extend file "base/1/2": No space left on device',
    'pg_restore: error: connection to server at "127.0.0.1", port 5 failed: Connection refused',
    'server closed the connection unexpectedly',
  ])('blames no dump for its surroundings: %s', (text) => {
    expect(restoreTrouble(failed(text))).toBeUndefined();
  });
});

describe('making again what a dump needs', () => {
  it('quotes whatever a name or locale holds', () => {
    expect(
      createDatabaseStatement({
        database: 'a"b',
        owner: 'o',
        encoding: 'UTF8',
        collate: String.raw`C:\x'y`,
        ctype: 'C',
      }),
    ).toBe(
      String.raw`CREATE DATABASE "a""b" TEMPLATE template0 OWNER "o" ENCODING 'UTF8' LC_COLLATE E'C:\\x''y' LC_CTYPE 'C'`,
    );
  });

  it('makes missing roles without passwords, then what they are members of', () => {
    const roles = [
      plainRole('postgres'),
      { ...plainRole('qlik'), login: true, memberOf: ['readers', 'gone', 'pg_monitor'] },
      plainRole('readers'),
    ];
    const statements = createRoleStatements(roles, ['postgres']);
    expect(statements).toHaveLength(4);
    expect(statements[0]).toMatch(/^CREATE ROLE "qlik" NOSUPERUSER .* LOGIN .* CONNECTION LIMIT -1$/);
    expect(statements.slice(2)).toEqual(['GRANT "readers" TO "qlik"', 'GRANT "pg_monitor" TO "qlik"']);
    expect(statements.join()).not.toMatch(/PASSWORD/);
  });
});
