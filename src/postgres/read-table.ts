import { quoteName } from './recreate.ts';
import type { SqlClient } from './server.ts';
import { columnNamed, findTable } from './tables.ts';

type Reader = 'text' | 'boolean' | 'number';

/** What is read of a table: the column of each part, and as what it is read. */
export type Columns<Shape> = Readonly<Record<keyof Shape, readonly [column: string, reader: Reader]>>;

/** What is sent for the rows of a table. As text, so that a release with another type of column does not surprise us. */
export function rowsQuery(schema: string, table: string, columns: readonly string[]): string {
  const list = columns.map((column, at) => `${quoteName(column)}::text as c${at}`).join(', ');
  return `select ${list} from ${quoteName(schema)}.${quoteName(table)} order by 1`;
}

/** The same as a plan shows it, before anybody has looked which of the columns this release has. */
export function plannedQuery<Shape>(table: string, columns: Columns<Shape>): string {
  const names = Object.values<readonly [string, Reader]>(columns).map(([name]) => name);
  return rowsQuery('public', table, names);
}

/** Rows of a table with the columns that exist; undefined when there is no such table. Nulls are left out. */
export async function readTable<Shape extends object>(
  client: SqlClient,
  table: string,
  columns: Columns<Required<Shape>>,
): Promise<Shape[] | undefined> {
  const found = await findTable(client, table);
  if (found === undefined) return undefined;
  const { schema, columns: inTable } = found;
  const wanted: { key: string; column: string; reader: Reader }[] = [];
  for (const [key, [name, reader]] of Object.entries<readonly [string, Reader]>(columns)) {
    const column = columnNamed(inTable, name);
    if (column !== undefined) wanted.push({ key, column, reader });
  }
  if (wanted.length === 0) return undefined;
  const names = wanted.map(({ column }) => column);
  const rows = await client.query<Record<string, string | null>>(rowsQuery(schema, table, names));
  return rows.map(
    (row) =>
      Object.fromEntries(
        wanted.flatMap(({ key, reader }, at) => {
          const value = convert(row[`c${at}`] ?? undefined, reader);
          return value === undefined ? [] : [[key, value]];
        }),
      ) as Shape,
  );
}

function convert(text: string | undefined, reader: Reader): string | number | boolean | undefined {
  if (text === undefined) return undefined;
  if (reader === 'text') return text;
  if (reader === 'boolean') return ['true', 't', '1'].includes(text);
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}
