import { describe, expect, it } from 'vitest';
import { CommandError } from '../../../src/contract/errors.ts';
import { createDatabaseStatement, createRoleStatements, plainRole } from '../../../src/postgres/recreate.ts';
import { documentedCommands, onlyPublicExists } from '../../../src/postgres/documented.ts';
import {
  jobsOf,
  listWithoutPublic,
  restoreCommand,
  missingRole,
  restoreTrouble,
  sessionSettings,
} from '../../../src/postgres/restore.ts';
import type { DumpFormat } from '../../../src/postgres/server.ts';
import { PROGRAMS } from '../actions/fakes.ts';

const failed = (stderr: string): CommandError =>
  new CommandError('pg_restore ended with exit code 1', { argv: ['pg_restore'], code: 1, stderr });

describe('restoring a dump', () => {
  it('stops at the first error, and uses jobs only where the format has them', () => {
    const request = { database: 'QSR', target: '/set/QSR', processors: 16 };
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

  it('has no index built by more processes than there are jobs, where those take every processor', () => {
    const waits = '-c synchronous_commit=off';
    const alone = `${waits} -c max_parallel_maintenance_workers=0`;
    const settings = (format: DumpFormat, processors: number, major = 15): string =>
      sessionSettings({ jobs: jobsOf({ format, processors }), processors }, major);
    expect(settings('custom', 2)).toBe(alone);
    expect(settings('directory', 4)).toBe(alone);
    // There are processors left that no job takes.
    expect(settings('directory', 8)).toBe(waits);
    expect(settings('tar', 2)).toBe(waits);
    expect(settings('custom', 1)).toBe(waits);
    // A server of 10 ends the connection at a setting that it does not know.
    expect(settings('custom', 2, 10)).toBe(waits);
  });

  it('is shown as one would type it where the server is known', () => {
    const address = { host: 'db.example', port: 4432, user: 'postgres' };
    const request = {
      database: 'QSR',
      target: '/set/QSR.dump',
      processors: 2,
      format: 'custom',
      address,
    } as const;
    expect(restoreCommand(PROGRAMS, { ...request, section: 'data' }).join(' ')).toContain(
      ' -j 2 --section=data -d QSR ',
    );
    expect(restoreCommand(PROGRAMS, { ...request, listFile: '/tmp/QSR.list' }).join(' ')).toBe(
      '/pg/pg_restore -h db.example -p 4432 -U postgres --no-password --exit-on-error --no-tablespaces -j 2 -L /tmp/QSR.list -d QSR /set/QSR.dump',
    );
  });

  it('leaves out the schema public of old archives only, and nothing that only looks like it', () => {
    const listing = (version: string): string =>
      [
        ';',
        `;     Dumped by pg_dump version: ${version}`,
        ';',
        '3; 2615 2200 SCHEMA - public postgres',
        '2186; 0 0 COMMENT - SCHEMA public postgres',
        '5; 2615 2201 SCHEMA - public2 postgres',
        '6; 1259 2202 TABLE public Apps qliksenserepository',
      ].join('\n');
    const kept = listWithoutPublic(listing('9.6.24'));
    expect(kept).toBe(listing('9.6.24').replace('3; 2615 2200 SCHEMA - public postgres\n', ''));
    expect(listWithoutPublic(listing('10.23'))).not.toBeUndefined();
    expect(listWithoutPublic(listing('11.1'))).toBeUndefined();
    expect(listWithoutPublic(listing('15.18 (Debian 15.18-0+deb12u1)'))).toBeUndefined();
    expect(listWithoutPublic(kept ?? '')).toBeUndefined();
  });

  it('types the commands of the manual, with the programs that lie beside pg_restore', () => {
    const address = { host: 'localhost', port: 4432, user: 'postgres' };
    const request = { database: 'QSR', owner: 'qlik', target: '/QSR_backup.tar' };
    const { drop, create, restore } = documentedCommands(PROGRAMS, address, request);
    const server = '-h localhost -p 4432 -U postgres --no-password';
    expect(drop.join(' ')).toBe(`/pg/dropdb ${server} QSR`);
    expect(create.join(' ')).toBe(`/pg/createdb ${server} -O qlik -T template0 QSR`);
    expect(restore.join(' ')).toBe(`/pg/pg_restore ${server} -d QSR /QSR_backup.tar`);
  });

  it('takes the schema public that is there already for no failure, when it is the only one', () => {
    const one =
      'pg_restore: error: could not execute query: ERROR:  schema "public" already exists\nCommand was: CREATE SCHEMA public;\n';
    expect(onlyPublicExists(`${one}pg_restore: warning: errors ignored on restore: 1\n`)).toBe(true);
    const other = 'pg_restore: error: could not execute query: ERROR:  role "x" does not exist\n';
    expect(onlyPublicExists(`${one}${other}pg_restore: warning: errors ignored on restore: 2\n`)).toBe(false);
    expect(onlyPublicExists(other)).toBe(false);
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

  it('names the role that is missing on the server', () => {
    const text =
      'pg_restore: error: could not execute query: ERROR:  role "the dba" does not exist\nCommand was: ALTER';
    expect(missingRole(text)).toBe('the dba');
    expect(missingRole('ERROR:  relation "role" does not exist')).toBeUndefined();
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

  it('makes roles that are there members of a new one, and of nothing else', () => {
    const roles = [
      { ...plainRole('postgres'), memberOf: ['qlik', 'readers'] },
      plainRole('qlik'),
      plainRole('readers'),
    ];
    const statements = createRoleStatements(roles, ['postgres', 'readers']);
    expect(statements.slice(1)).toEqual(['GRANT "qlik" TO "postgres"']);
  });
});
