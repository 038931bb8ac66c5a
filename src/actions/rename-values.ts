import { isThisMachine, sameHost } from '../foundation/same-host.ts';
import type { ColumnValue } from '../postgres/column-values.ts';
import { isWindowsPath, joinPath, liesIn } from '../site/paths.ts';
import type { Site } from '../site/schema.ts';

/** Where the site keeps its paths and the address of its database (manual 2.3, p. 132; QlikSenseUtil, Service cluster). */
export const PERSISTENCE = 'ServiceClusterSettingsSharedPersistenceProperties';

/** Its folders, the root first. */
export const FOLDER_COLUMNS = [
  'RootFolder',
  'AppFolder',
  'StaticContentRootFolder',
  'Connector32RootFolder',
  'Connector64RootFolder',
  'ArchivedLogsRootFolder',
] as const;

/** Tables whose column HostName has the name of the central node (QlikSenseScripts, `qsr_restore.ps1`). */
export const HOST_TABLES = ['LocalConfigs', 'ServerNodeConfigurations'] as const;

/** One value that becomes another. */
export type Change = ColumnValue & { readonly to: string };

/** From which machine to which, and what the site file says of the new one. */
export interface Move {
  readonly from: string;
  readonly to: string;
  readonly share: Site['share'];
  /** Absent: it stays unless it names the old machine. */
  readonly databaseHost?: string;
  readonly database: Pick<Site['database'], 'host' | 'port'>;
  /** Host of the database by the set: it may be another machine that is gone too. */
  readonly oldDatabaseHost?: string;
}

/** What changes, and what a person has to look at. */
export interface Renaming {
  readonly changes: readonly Change[];
  /** Values that name the old machine, and that nobody here knows the new value of. */
  readonly stuck: readonly string[];
}

/** What changes of the site's paths or of its database's address, and what stays though nobody knows whether it may. */
export interface Moved {
  readonly changes: readonly Change[];
  /** On a server that is neither known to be gone nor the new one. */
  readonly stays: readonly ColumnValue[];
}

/** Folders of the share: each goes to its place below the new root, or where the site file says. */
export function moveFolders(
  values: readonly ColumnValue[],
  { share, from, to: now }: Move,
): Renaming & Moved {
  const roots = values.filter(({ column }) => column.toLowerCase() === 'rootfolder');
  const changes: Change[] = [];
  const stuck: string[] = [];
  const stays: ColumnValue[] = [];
  for (const value of values) {
    const root = roots.find(({ key }) => key?.value === value.key?.value)?.value;
    const to = newFolder(value, root, share);
    if (to === undefined ? namesHost(value.value, from) : namesHost(to, from) && to !== share.root)
      stuck.push(`"${value.column}" is ${value.value}`);
    else if (to === undefined && isElsewhere(value.value, share, now)) stays.push(value);
    if (to !== undefined && to !== value.value) changes.push({ ...value, to });
  }
  return { changes, stuck, stays };
}

/** Whether a folder is on another machine than the new one, and not of its share. */
function isElsewhere(path: string, share: Site['share'], now: string): boolean {
  const server = serverOf(path);
  return (
    server !== undefined && !isThisMachine(server) && !sameHost(server, now) && !liesIn(path, share.root)
  );
}

function newFolder(
  { column, value }: ColumnValue,
  root: string | undefined,
  share: Site['share'],
): string | undefined {
  const own = OWN_FOLDERS[column.toLowerCase()]?.(share);
  if (own !== undefined) return own;
  if (root === undefined || root === '' || value === '' || !liesIn(value, root)) return undefined;
  const rest = partsOf(value).slice(partsOf(root).length);
  return joinPath(share.root, ...rest);
}

const OWN_FOLDERS: Readonly<Record<string, (share: Site['share']) => string | undefined>> = {
  rootfolder: (share) => share.root,
  appfolder: (share) => share.apps,
  staticcontentrootfolder: (share) => share.staticContent,
  archivedlogsrootfolder: (share) => share.archivedLogs,
};

function partsOf(path: string): string[] {
  const separator = isWindowsPath(path) ? /[\\/]+/ : /\/+/;
  return path.split(separator).filter((part) => part !== '');
}

/** Whether a UNC path leads to the machine. */
export function namesHost(path: string, host: string): boolean {
  const server = serverOf(path);
  return server !== undefined && sameHost(server, host);
}

/** The server of a UNC path. */
function serverOf(path: string): string | undefined {
  return /^(?:\\\\\?\\UNC\\|\\\\|\/\/)([^\\/?]+)/i.exec(path)?.[1];
}

/**
 * Address of the database, as the nodes are told it. Host and port of a row go together: the new port at a server that stays
 * would be the address of nothing.
 */
export function moveDatabase(values: readonly ColumnValue[], move: Move): Moved {
  const hosts = values.filter(({ column }) => column.toLowerCase() === 'databasehost');
  const changes: Change[] = [];
  const stays: ColumnValue[] = [];
  for (const value of values) {
    const host = hosts.find(({ key }) => key?.value === value.key?.value);
    const now = host === undefined ? undefined : newDatabaseHost(host.value, move);
    const isHost = value === host;
    const isNew = now !== undefined && isNewDatabase(now, move);
    const wanted = isHost ? now : String(move.database.port);
    if ((isHost || isNew) && wanted !== undefined && wanted !== value.value)
      changes.push({ ...value, to: wanted });
    // Who is told of a host looks at its port too.
    else if (!isNew && (isHost || (host === undefined && wanted !== value.value))) stays.push(value);
  }
  return { changes, stays };
}

/** Whether that is the host of the new site's database. */
function isNewDatabase(host: string, { to, database, databaseHost }: Move): boolean {
  if (databaseHost !== undefined) return sameHost(host, databaseHost);
  const isHere = isThisMachine(database.host) || sameHost(database.host, to);
  return isThisMachine(host) || sameHost(host, to) ? isHere : sameHost(host, database.host);
}

function newDatabaseHost(old: string, { from, to, database, databaseHost, oldDatabaseHost }: Move): string {
  if (databaseHost !== undefined) return databaseHost;
  const gone = [from, ...(oldDatabaseHost === undefined ? [] : [oldDatabaseHost])];
  // What every node calls its own machine goes on to mean that.
  if (isThisMachine(old) || !gone.some((host) => sameHost(host, old))) return old;
  return isThisMachine(database.host) ? to : database.host;
}

/** Host names of the old machine; compared without regard to case, as the bootstrap does not everywhere. */
export function moveHosts(values: readonly ColumnValue[], { from, to }: Pick<Move, 'from' | 'to'>): Change[] {
  return values
    .filter(({ value }) => sameHost(value, from) && value !== to)
    .map((value) => ({ ...value, to }));
}

/** One line of a diff. */
export function changeText({ table, column, value, to }: Change): string {
  return `"${table}"."${column}": ${value} -> ${to}`;
}
