import type { SqlClient } from './server.ts';

/** One row of `pg_database` as a restore looks at it: the oid stays the same whatever its name becomes. */
export interface DatabaseRow {
  readonly oid: number;
  readonly name: string;
  readonly allowConnections: boolean;
  readonly bytes: number;
  /** Of `COMMENT ON DATABASE`. */
  readonly comment: string | null;
}

/** What {@link readDatabaseRows} sends. */
export const DATABASE_ROWS = `
  select oid::int8::float8 as oid, datname::text as name, datallowconn as "allowConnections",
         pg_catalog.pg_database_size(oid)::float8 as bytes,
         pg_catalog.shobj_description(oid, 'pg_database') as comment
    from pg_catalog.pg_database where not datistemplate order by datname`;

/** Every database but the templates. Needs a superuser, since the size of all of them is asked for. @throws DatabaseError */
export async function readDatabaseRows(client: SqlClient): Promise<DatabaseRow[]> {
  return client.query<DatabaseRow>(DATABASE_ROWS);
}
