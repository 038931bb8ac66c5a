import type { ColumnValue } from '../postgres/column-values.ts';
import type { Move } from './rename-values.ts';

const WHERE = 'in QlikSenseUtil (Connect to database > Service cluster; manual 2.3, p. 132)';

/** The setting of the site file that says where a folder is. */
const SETTINGS: Readonly<Record<string, string>> = {
  appfolder: 'share.apps',
  staticcontentrootfolder: 'share.static-content',
  archivedlogsrootfolder: 'share.archived-logs',
};

/**
 * Says of folders on another server that they stay, and what to do: by an address or another name that may be the old
 * machine, whose site would be written to.
 */
export function folderStays(values: readonly ColumnValue[]): string[] {
  return values.map(({ column, value }) => {
    const setting = SETTINGS[column.toLowerCase()];
    const first =
      setting === undefined ? '' : `name the new folder as ${setting} in site.yaml before the restore, or `;
    return `"${column}" stays ${value}: not changed. If this is the old machine or a share of the old site, the restored site would use it too: ${first}change it ${WHERE}.`;
  });
}

/** Says of the address of a database that it stays, since it is none that the set or the site file knows. */
export function databaseStays(
  values: readonly ColumnValue[],
  { database }: Pick<Move, 'database'>,
): string[] {
  const wanted = `${database.host}, port ${String(database.port)}`;
  return values.map(
    ({ column, value }) =>
      `"${column}" stays ${value}: not changed. The database of the site file is ${wanted}. If this is the old machine, or not that database by another name, change host and port ${WHERE}.`,
  );
}
