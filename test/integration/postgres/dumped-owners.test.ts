import path from 'node:path';
import { expect, it } from 'vitest';
import { CommandError } from '../../../src/contract/errors.ts';
import { restoreCommand, missingRole } from '../../../src/postgres/restore.ts';
import { usePostgres } from '../../helpers/postgres.ts';
import { realDatabase } from '../../helpers/real-database.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const pg = usePostgres();

it.each(['tar', 'custom'] as const)(
  'the owners that a dump needs are those without which pg_restore stops: %s',
  async (format) => {
    const { client: programs, exec, address, sql } = pg();
    const database = realDatabase(pg(), temporaryFolder());
    const file = path.join(temporaryFolder(), 'a_backup');
    await sql(
      'postgres',
      'CREATE ROLE dba SUPERUSER',
      'CREATE ROLE "the tables" SUPERUSER',
      'CREATE ROLE idle SUPERUSER',
      'CREATE DATABASE a',
      'CREATE DATABASE b',
    );
    await sql(
      'a',
      'CREATE TABLE one (id int PRIMARY KEY)',
      'ALTER TABLE one OWNER TO "the tables"',
      'CREATE TABLE idle (id int)',
      'GRANT SELECT ON one TO idle',
      "CREATE FUNCTION f(int, text) RETURNS int LANGUAGE sql AS 'SELECT 1'",
      'ALTER FUNCTION f(int, text) OWNER TO dba',
    );
    const { host, port, user } = address;
    await database.withEnvironment(async (env) => {
      const server = ['-h', host, '-p', String(port), '-U', user];
      await exec([programs.pgDump, ...server, '-F', format.slice(0, 1), '-f', file, 'a'], { env });
      const roles = ['idle', 'dba', 'the tables', user];
      const found = await database.dumpedOwners(
        { target: file, format },
        programs.major,
        roles,
        new AbortController().signal,
      );
      expect(found.filter((role) => role !== user)).toEqual(['dba', 'the tables']);
      await sql('postgres', 'DROP DATABASE a');
      await sql('postgres', 'DROP ROLE dba');
      const restore = restoreCommand(programs, {
        ...{ database: 'b', target: file, format, processors: 1, address },
      });
      const error: unknown = await exec(restore, { env }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(CommandError);
      expect(missingRole((error as CommandError).stderr)).toBe('dba');
    });
    await sql('postgres', 'DROP DATABASE b');
    await sql('postgres', 'DROP ROLE "the tables", idle');
  },
);
