import { createPostgresCheckDatabases } from '../../../src/actions/postgres-check-databases.ts';
import { createPostgresCreateDatabases } from '../../../src/actions/postgres-create-databases.ts';
import { createPostgresCreateRoles } from '../../../src/actions/postgres-create-roles.ts';
import { connect } from '../../../src/postgres/connect.ts';
import { realDatabase } from '../../helpers/real-database.ts';
import type { TestPostgres } from '../../helpers/postgres.ts';
import { fakeSite } from '../../unit/actions/fakes.ts';
import { goBack, runAction, type RunOptions } from '../../unit/actions/harness.ts';

/** Owner of the databases. */
export const ROLE = 'qliksenserepository';
/** The databases of the newest release. */
export const NAMES = ['QSR', 'SenseServices', 'QSMQ', 'Licenses'];
/** The password of the role, which asks for quotes. */
export const WORD = "it's a new \\ word";
const SECRET = { secret: 'repository-role' };

/** The three steps of the runbook on a server. */
export function stepsOn(pg: TestPostgres, release = 'May 2025') {
  const site = fakeSite();
  const c = {
    site: { ...site, qlik: { ...site.qlik, release } },
    database: realDatabase(pg, pg.folder),
    databaseAt: () => realDatabase(pg, pg.folder),
    secrets: { read: () => Promise.resolve(WORD) },
  };
  return {
    roles: (options?: RunOptions) => runAction(createPostgresCreateRoles(c), SECRET, options),
    databases: (options?: RunOptions) => runAction(createPostgresCreateDatabases(c), {}, options),
    check: () => runAction(createPostgresCheckDatabases(c), {}),
    undoRoles: () => goBack(createPostgresCreateRoles(c), 'undo', SECRET, null),
    undoDatabases: () => goBack(createPostgresCreateDatabases(c), 'undo', {}, null),
  };
}

/** Rows of one query. */
export async function ask(pg: TestPostgres, database: string, text: string): Promise<object[]> {
  const client = await pg.connect(database);
  try {
    return await client.query(text);
  } finally {
    await client.close();
  }
}

/** Those of a user, with owner, encoding and rights. */
export function databasesOf(pg: TestPostgres): Promise<object[]> {
  return ask(
    pg,
    'postgres',
    `select datname::text as name, pg_get_userbyid(datdba)::text as owner, pg_encoding_to_char(encoding)::text as encoding,
       datacl::text as rights
     from pg_database where not datistemplate and datname <> 'postgres' order by 1`,
  );
}

/** What the server keeps of the password of the role. */
export function hashOf(pg: TestPostgres): Promise<object[]> {
  return ask(pg, 'postgres', `select rolpassword from pg_authid where rolname = '${ROLE}'`);
}

/** Drops every database of a user, and the role. */
export async function empty(pg: TestPostgres): Promise<void> {
  for (const row of await databasesOf(pg))
    await pg.sql('postgres', `DROP DATABASE "${Object.values(row)[0]}"`);
  await pg.sql('postgres', `DROP ROLE IF EXISTS ${ROLE}`);
}

/** As Qlik Sense does: with its own login. */
export async function makeTable(pg: TestPostgres, database: string): Promise<void> {
  const client = await connect({ ...pg.address, user: ROLE, password: WORD }, database);
  try {
    await client.query('CREATE TABLE "Apps" (id int)');
  } finally {
    await client.close();
  }
}
