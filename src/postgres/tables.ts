import type { SqlClient } from './server.ts';

/** A table that is there, with the columns that this release gives it. */
export interface FoundTable {
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly string[];
}

/** Looks a table up in information_schema; undefined when there is none that this user may see. */
export async function findTable(client: SqlClient, table: string): Promise<FoundTable | undefined> {
  const rows = await client.query<{ schema: string; column: string }>(
    `select table_schema::text as schema, column_name::text as column
       from information_schema.columns
      where table_name = $1 and table_schema not in ('pg_catalog', 'information_schema')
      order by table_schema = 'public' desc, table_schema, ordinal_position`,
    [table],
  );
  const schema = rows[0]?.schema;
  if (schema === undefined) return undefined;
  return { schema, table, columns: rows.filter((row) => row.schema === schema).map(({ column }) => column) };
}

/** The column as the table spells it. */
export function columnNamed(columns: readonly string[], name: string): string | undefined {
  return columns.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
}
