import type { SqlOperation } from '../contract/operation.ts';
import { newEntries } from './rename-allow-lists.ts';
import { FOLDER_COLUMNS, HOST_TABLES, PERSISTENCE, type Change, type Move } from './rename-values.ts';

/** Columns that may change. */
export function plannedColumns(withHosts: boolean): readonly (readonly [table: string, column: string])[] {
  return [
    ...[...FOLDER_COLUMNS, 'DatabaseHost', 'DatabasePort'].map((column) => [PERSISTENCE, column] as const),
    ...(withHosts ? HOST_TABLES.map((table) => [table, 'HostName'] as const) : []),
  ];
}

/** The value is known only where the database is read: how it is found stands behind the statement. */
export function updateOperation(
  database: string,
  table: string,
  column: string,
  words: string,
): SqlOperation {
  return {
    kind: 'sql',
    database,
    text: `UPDATE "${table}" SET "${column}" = $1 -- $1: ${words}`,
    effect: 'change',
    repeat: true,
  };
}

/** Which virtual proxies have such a list is known only where the database is read. */
export function allowListOperation(database: string, move: Move): SqlOperation {
  const entries = newEntries(move).map(([old, now]) => `'${old}' to '${now}'`);
  return {
    kind: 'sql',
    database,
    text: `UPDATE in the host allow lists of virtual proxies the entry ${entries.join(', and ')}`,
    effect: 'change',
    repeat: true,
  };
}

/** How a plan says what a column becomes. */
export function newValueWords(column: string, move: Move): string {
  switch (column) {
    case 'RootFolder':
      return `'${move.share.root}'`;
    case 'AppFolder':
    case 'StaticContentRootFolder':
    case 'ArchivedLogsRootFolder':
    case 'Connector32RootFolder':
    case 'Connector64RootFolder':
      return `where it lies in the share of the site file, '${move.share.root}'`;
    case 'DatabaseHost':
      return move.databaseHost === undefined
        ? `host of the database in the site file, '${move.database.host}', unless it is localhost or another machine`
        : `'${move.databaseHost}'`;
    case 'DatabasePort':
      return `'${String(move.database.port)}', where the host is that of the new site's database`;
    default:
      return `'${move.to}', where it is '${move.from}' without regard to case`;
  }
}

/** The planned operation that a change belongs to. */
export function operationOf({ table, column }: Change, database: string, move: Move): SqlOperation {
  const planned = plannedColumns(true).find(
    ([name, wanted]) => name === table && wanted.toLowerCase() === column.toLowerCase(),
  );
  return planned === undefined
    ? allowListOperation(database, move)
    : updateOperation(database, planned[0], planned[1], newValueWords(planned[1], move));
}

/** Puts one value back, unless somebody has set another one since. */
export function undoOperation(database: string, { table, column, value, to }: Change): SqlOperation {
  return {
    kind: 'sql',
    database,
    text: `UPDATE "${table}" SET "${column}" = '${value}' WHERE "${column}" = '${to}'`,
    effect: 'change',
    repeat: true,
  };
}
