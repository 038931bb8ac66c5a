import {
  connectionsNaming,
  readAllowLists,
  readColumnValues,
  type ColumnValue,
  type FoundValues,
} from '../postgres/column-values.ts';
import type { DumpedTable } from '../postgres/dumped-tables.ts';
import type { SqlClient } from '../postgres/server.ts';
import { columnNamed } from '../postgres/tables.ts';
import { HOST_TABLES, PERSISTENCE } from './rename-values.ts';

/** Where it is read what names the old machine. */
export interface NameSource {
  /** Columns of a table as text, nulls left out. */
  values(table: string, columns: readonly string[]): Promise<FoundValues>;
  /** The host allow lists of virtual proxies. */
  allowLists(): Promise<readonly ColumnValue[]>;
  /** Names of the data connections that have the host in them. */
  connectionsNaming(host: string): Promise<readonly string[]>;
}

/** A database. */
export function serverSource(client: SqlClient): NameSource {
  return {
    values: (table, columns) => readColumnValues(client, table, columns),
    allowLists: () => readAllowLists(client),
    connectionsNaming: (host) => connectionsNaming(client, host),
  };
}

const CONNECTIONS = 'DataConnections';
const ALLOW_LIST = /(white|allow)_?list/i;

/** Tables of a dump that {@link dumpSource} looks into. */
export function namesMachines(table: string): boolean {
  return (
    [PERSISTENCE, CONNECTIONS, ...HOST_TABLES].includes(table) ||
    /virtual_?prox/i.test(table) ||
    ALLOW_LIST.test(table)
  );
}

/** Tables of a dump, which will say the same in the database that is restored from it. */
export function dumpSource(tables: readonly DumpedTable[]): NameSource {
  function valuesOf(found: DumpedTable, wanted: readonly string[]): ColumnValue[] {
    const id = columnNamed(found.columns, 'ID');
    return found.rows.flatMap((row) => {
      const at = (column: string): string | null => row[found.columns.indexOf(column)] ?? null;
      const key = id === undefined ? null : at(id);
      return wanted.flatMap((column): ColumnValue[] => {
        const value = at(column);
        const where = id === undefined || key === null ? null : { column: id, value: key };
        const { schema, table } = found;
        return value === null ? [] : [{ schema, table, column, key: where, value }];
      });
    });
  }

  const named = (table: string): DumpedTable | undefined => tables.find((one) => one.table === table);

  return {
    values(table, columns) {
      const found = named(table);
      if (found === undefined) return Promise.resolve({ values: [], missing: [`"${table}"`] });
      const there = columns.flatMap((name) => columnNamed(found.columns, name) ?? []);
      const missing = columns.filter((name) => columnNamed(found.columns, name) === undefined);
      return Promise.resolve({
        values: valuesOf(found, there),
        missing: missing.map((name) => `"${table}"."${name}"`),
      });
    },
    allowLists: () =>
      Promise.resolve(
        tables.flatMap((table) =>
          valuesOf(
            table,
            table.columns.filter((column) => ALLOW_LIST.test(column)),
          ),
        ),
      ),
    connectionsNaming(host) {
      const found = named(CONNECTIONS);
      const text = found === undefined ? undefined : columnNamed(found.columns, 'Connectionstring');
      if (found === undefined || text === undefined) return Promise.resolve([]);
      const name = columnNamed(found.columns, 'Name') ?? text;
      const at = (row: readonly (string | null)[], column: string): string =>
        row[found.columns.indexOf(column)] ?? '';
      return Promise.resolve(
        found.rows
          .filter((row) => at(row, text).toLowerCase().includes(host.toLowerCase()))
          .map((row) => at(row, name))
          .sort(),
      );
    },
  };
}
