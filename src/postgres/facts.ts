import { PreflightError } from '../contract/errors.ts';
import type { DatabaseFacts, ServerFacts, SqlClient } from './server.ts';
import { majorOfNumber, parseVersion } from './version.ts';

/**
 * Asks the server what it is and which databases it has (templates left out). Works for any user; `dataFolder` is
 * known to superusers only, `bytes` is 0 for a database the user may not connect to.
 */
export async function readServerFacts(client: SqlClient): Promise<ServerFacts> {
  const [server] = await client.query<{
    version: string;
    number: number;
    superuser: boolean;
    makes: boolean;
    standby: boolean;
    folder: string | null;
  }>(SERVER);
  if (server === undefined) throw new TypeError('the server gave no row for its version');
  return {
    version: parseVersion(server.version)?.text ?? server.version,
    major: majorOfNumber(server.number),
    superuser: server.superuser,
    ...(!server.superuser && server.makes ? { makesDatabases: true } : {}),
    standby: server.standby,
    ...(server.folder === null ? {} : { dataFolder: server.folder }),
    databases: await client.query<DatabaseFacts>(DATABASES),
  };
}

// pg_settings hides the data folder from ordinary users, where current_setting() would fail.
const SERVER = `
  select pg_catalog.current_setting('server_version') as version,
         pg_catalog.current_setting('server_version_num')::int as number,
         pg_catalog.pg_is_in_recovery() as standby, r.rolsuper as superuser,
         r.rolcreaterole and r.rolcreatedb as makes,
         (select setting from pg_catalog.pg_settings where name = 'data_directory') as folder
    from pg_catalog.pg_roles r where r.rolname = current_user`;

const DATABASES = `
  select datname::text as name,
         pg_catalog.pg_get_userbyid(datdba)::text as owner,
         pg_catalog.pg_encoding_to_char(encoding)::text as encoding,
         datcollate::text as collate,
         datctype::text as ctype,
         case when pg_catalog.has_database_privilege(oid, 'CONNECT')
              then pg_catalog.pg_database_size(oid) else 0 end::float8 as bytes,
         datallowconn as "allowConnections"
    from pg_catalog.pg_database
   where not datistemplate
   order by datname`;

/** What {@link readServerFacts} sends. */
export const SERVER_FACTS: readonly string[] = [SERVER, DATABASES];

/** A wanted name and what the server calls that database. */
export interface ResolvedDatabase {
  readonly wanted: string;
  readonly name: string;
}

/**
 * Finds databases without regard to case: unquoted SQL and `createdb` spell Qlik's names differently (`SenseServices`,
 * `senseservices`). Gives those found, and the names of those that are not there.
 * @throws PreflightError when one name fits more than one database.
 */
export function resolveDatabases(
  wanted: readonly string[],
  facts: { readonly databases: readonly Pick<DatabaseFacts, 'name'>[] },
): { found: ResolvedDatabase[]; missing: string[] } {
  const found: ResolvedDatabase[] = [];
  const missing: string[] = [];
  for (const name of wanted) {
    const fitting = facts.databases.filter((database) => database.name.toLowerCase() === name.toLowerCase());
    const [only, another] = fitting;
    if (another !== undefined)
      throw new PreflightError(
        `The name "${name}" fits more than one database: ${fitting.map((database) => `"${database.name}"`).join(', ')}.`,
        {
          hint: 'Find out which one the site uses (connection string of the Repository Service; pg_stat_activity while it runs) and rename or drop the other one.',
        },
      );
    if (only === undefined) missing.push(name);
    else found.push({ wanted: name, name: only.name });
  }
  return { found, missing };
}
