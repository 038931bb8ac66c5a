import { DatabaseError } from './errors.ts';
import type { SqlClient } from './server.ts';
import { quoteName } from './recreate.ts';
import { columnNamed, findTable } from './tables.ts';

/** One value of a table, and how its row is found again. */
export type ColumnValue = {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  /** Column and text of the row's key; null when the table has no ID: then the value alone finds it. */
  readonly key: { readonly column: string; readonly value: string } | null;
  readonly value: string;
};

/** Values as they are, and which of the tables and columns this release has not. */
export interface FoundValues {
  readonly values: readonly ColumnValue[];
  readonly missing: readonly string[];
}

/** Reads columns of a table as text, nulls left out. */
export async function readColumnValues(
  client: SqlClient,
  table: string,
  columns: readonly string[],
): Promise<FoundValues> {
  const found = await findTable(client, table);
  if (found === undefined) return { values: [], missing: [`"${table}"`] };
  const there = columns.flatMap((name) => columnNamed(found.columns, name) ?? []);
  const missing = columns
    .filter((name) => columnNamed(found.columns, name) === undefined)
    .map((name) => `"${table}"."${name}"`);
  if (there.length === 0) return { values: [], missing };
  const id = columnNamed(found.columns, 'ID');
  const list = [...there, ...(id === undefined ? [] : [id])].map(
    (column, at) => `${quoteName(column)}::text as c${String(at)}`,
  );
  const rows = await client.query<Record<string, string | null>>(
    `select ${list.join(', ')} from ${quoteName(found.schema)}.${quoteName(table)} order by 1`,
  );
  const values = rows.flatMap((row) =>
    there.flatMap((column, at): ColumnValue[] => {
      const value = row[`c${String(at)}`];
      const key = row[`c${String(there.length)}`];
      if (value === null || value === undefined) return [];
      const where = id === undefined || key === null || key === undefined ? null : { column: id, value: key };
      return [{ schema: found.schema, table, column, key: where, value }];
    }),
  );
  return { values, missing };
}

/** Columns with the host allow lists of virtual proxies, whatever the release calls them. */
export async function readAllowLists(client: SqlClient): Promise<readonly ColumnValue[]> {
  const columns = await client.query<{ table: string; column: string }>(
    `select c.table_name::text as table, c.column_name::text as column
       from information_schema.columns c
       join information_schema.tables t using (table_schema, table_name)
      where c.column_name ~* '(white|allow)_?list' and t.table_type = 'BASE TABLE'
        and c.table_schema not in ('pg_catalog', 'information_schema')
      order by 1, 2`,
  );
  const values: ColumnValue[] = [];
  for (const { table, column } of columns)
    values.push(...(await readColumnValues(client, table, [column])).values);
  return values;
}

/** Names of the data connections whose connection string has `host` in it, as far as it is not encrypted. */
export async function connectionsNaming(client: SqlClient, host: string): Promise<readonly string[]> {
  const found = await findTable(client, 'DataConnections');
  const text = found === undefined ? undefined : columnNamed(found.columns, 'Connectionstring');
  if (found === undefined || text === undefined) return [];
  const name = columnNamed(found.columns, 'Name') ?? text;
  const rows = await client.query<{ name: string | null }>(
    `select ${quoteName(name)}::text as name from ${quoteName(found.schema)}."DataConnections"
      where position(lower($1) in lower(${quoteName(text)}::text)) > 0 order by 1`,
    [host],
  );
  return rows.map((row) => row.name ?? '');
}

/**
 * Sets one value, in the row that has `from` or, after an earlier attempt, `to` already. @throws DatabaseError when the row
 * has neither
 */
export async function setColumnValue(
  client: SqlClient,
  { schema, table, column, key }: Omit<ColumnValue, 'value'>,
  change: { readonly from: string; readonly to: string; readonly unless?: 'changed' },
): Promise<boolean> {
  const name = quoteName(column);
  const where = key === null ? '' : ` and ${quoteName(key.column)}::text = $4`;
  const rows = await client.query(
    `update ${quoteName(schema)}.${quoteName(table)} set ${name} = $1
      where (${name}::text = $2 or ${name}::text = $3)${where} returning 1 as done`,
    [change.to, change.from, change.to, ...(key === null ? [] : [key.value])],
  );
  if (rows.length > 0) return true;
  if (change.unless === 'changed') return false;
  throw new DatabaseError(
    `"${table}"."${column}" is neither ${change.from} nor ${change.to} any more: it was changed meanwhile`,
    undefined,
    { hint: 'Nothing was changed. See that no Qlik Sense service runs, then resume.' },
  );
}
