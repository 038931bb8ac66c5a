import fs from 'node:fs/promises';
import path from 'node:path';
import type { ActionCollaborators } from '../../../src/actions/collaborators.ts';
import { createRepositoryDatabase } from '../../../src/main/repository-database.ts';
import { readDatabaseRows } from '../../../src/postgres/database-rows.ts';
import type { ExecOptions } from '../../../src/contract/node.ts';
import { fakeSite } from '../../unit/actions/fakes.ts';
import { testExec } from '../../helpers/postgres.ts';
import type { TestPostgres } from '../../helpers/postgres.ts';
import { drillLab } from './drill-lab.ts';

export const OWNER = 'qliksenserepository';

/** Tables, a view, a sequence, a function and a large object, owned by the role of the repository. */
const REPOSITORY = [
  `CREATE TABLE "Users" (id int PRIMARY KEY, name text)`,
  `INSERT INTO "Users" SELECT n, 'user ' || n FROM generate_series(1, 300) n`,
  `CREATE TABLE apps (id serial PRIMARY KEY, owner int REFERENCES "Users")`,
  `INSERT INTO apps (owner) SELECT n FROM generate_series(1, 40) n`,
  `CREATE VIEW owners AS SELECT DISTINCT owner FROM apps`,
  `CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1'`,
  `SELECT lo_from_bytea(0, 'a large object')`,
  `ALTER TABLE "Users" OWNER TO ${OWNER}`,
  `ALTER TABLE apps OWNER TO ${OWNER}`,
  `GRANT SELECT ON apps TO reader`,
];

/** What the source has: two databases with everything that a dump without -C leaves out. */
export async function plantSource({ sql }: TestPostgres): Promise<void> {
  await sql(
    'postgres',
    `CREATE ROLE ${OWNER} LOGIN NOINHERIT PASSWORD 'word of the repository'`,
    'CREATE ROLE reader',
    `GRANT ${OWNER} TO postgres`,
    `CREATE DATABASE "QSR" OWNER ${OWNER}`,
    `CREATE DATABASE "SenseServices" OWNER ${OWNER}`,
    `REVOKE ALL ON DATABASE "QSR" FROM PUBLIC`,
    `GRANT CONNECT ON DATABASE "QSR" TO reader WITH GRANT OPTION`,
    `ALTER DATABASE "QSR" SET search_path TO "$user", public`,
    `ALTER DATABASE "QSR" SET work_mem TO '5MB'`,
    `ALTER ROLE reader IN DATABASE "QSR" SET lc_messages TO 'C'`,
    `ALTER DATABASE "QSR" CONNECTION LIMIT 77`,
  );
  await sql('QSR', ...REPOSITORY);
  await sql('SenseServices', 'CREATE TABLE queue (id int)', 'INSERT INTO queue VALUES (1), (2)');
}

/** A vault with sets of `source`, and what restores them into `target`. */
export async function restoreLab(source: TestPostgres, target: TestPostgres, names: readonly string[]) {
  const drill = await drillLab(source, names);
  const bare = fakeSite();
  const stateFolder = path.join(target.folder, 'state');
  await fs.mkdir(stateFolder, { recursive: true, mode: 0o700 });
  const site = fakeSite({
    database: {
      ...bare.database,
      host: target.address.host,
      port: target.address.port,
      user: target.address.user,
      password: { env: 'PG' },
      names,
      clients: 'allow-newer',
    },
    timeouts: { ...bare.timeouts, dump: 120_000, connect: 15_000 },
  });
  const database = createRepositoryDatabase({
    site,
    secrets: { read: async () => target.address.password ?? '' },
    exec: testExec,
    platform: process.platform,
    stateFolder,
  });
  const c: ActionCollaborators = { ...drill.c, site, database, stateFolder, temporaryFolder: target.folder };
  const exec = (argv: readonly string[], options: ExecOptions) => testExec(argv, options);
  return {
    c,
    exec,
    makeSet: drill.makeSet,
    setPath: drill.setPath,
    /** Names of all databases of the target but PostgreSQL's own. */
    databases: async (): Promise<string[]> => {
      const client = await target.connect();
      const rows = await readDatabaseRows(client);
      await client.close();
      return rows.map(({ name }) => name).filter((name) => name !== 'postgres');
    },
    /** One value of the target. */
    value: async (db: string, text: string): Promise<unknown> => {
      const client = await target.connect(db);
      try {
        const [row] = await client.query<{ value: unknown }>(text);
        return row?.value;
      } finally {
        await client.close();
      }
    },
  };
}
