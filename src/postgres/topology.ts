import { PreflightError } from '../contract/errors.ts';
import type { SqlClient } from './server.ts';
import { quoteName } from './recreate.ts';
import { columnNamed, findTable } from './tables.ts';

/** One row of "ServerNodeConfigurations". What the release does not know is absent. */
export interface TopologyNode {
  readonly id?: string;
  readonly name?: string;
  readonly hostName?: string;
  readonly isCentral?: boolean;
  readonly failoverCandidate?: boolean;
  /** 0 production, 1 development, 2 both. */
  readonly purpose?: number;
  readonly engine?: boolean;
  readonly proxy?: boolean;
  readonly scheduler?: boolean;
  readonly printing?: boolean;
}

/** The paths of the file share and the database, as the repository has them. */
export interface SharedPersistence {
  readonly rootFolder?: string;
  readonly appFolder?: string;
  readonly staticContentFolder?: string;
  readonly connector32Folder?: string;
  readonly connector64Folder?: string;
  readonly archivedLogsFolder?: string;
  readonly databaseHost?: string;
  readonly databasePort?: number;
}

/** A site as its own repository database describes it. */
export interface SiteTopology {
  readonly nodes: readonly TopologyNode[];
  /** Set when exactly one node is marked as central; otherwise look at `nodes`. */
  readonly central?: TopologyNode;
  /** After so many milliseconds without the central a failover candidate takes over (manual 2.4: 10 minutes). */
  readonly failoverTimeoutMs?: number;
  readonly sharedPersistence?: SharedPersistence;
}

const NODES = 'ServerNodeConfigurations';
const PERSISTENCE = 'ServiceClusterSettingsSharedPersistenceProperties';

type Reader = 'text' | 'boolean' | 'number';
type Columns<Shape> = Readonly<Record<keyof Shape, readonly [column: string, reader: Reader]>>;

const NODE_COLUMNS: Columns<Required<TopologyNode>> = {
  id: ['ID', 'text'],
  name: ['Name', 'text'],
  hostName: ['HostName', 'text'],
  isCentral: ['IsCentral', 'boolean'],
  failoverCandidate: ['FailoverCandidate', 'boolean'],
  purpose: ['NodePurpose', 'number'],
  engine: ['EngineEnabled', 'boolean'],
  proxy: ['ProxyEnabled', 'boolean'],
  scheduler: ['SchedulerEnabled', 'boolean'],
  printing: ['PrintingEnabled', 'boolean'],
};

const PERSISTENCE_COLUMNS: Columns<Required<SharedPersistence> & { failoverMinutes: number }> = {
  rootFolder: ['RootFolder', 'text'],
  appFolder: ['AppFolder', 'text'],
  staticContentFolder: ['StaticContentRootFolder', 'text'],
  connector32Folder: ['Connector32RootFolder', 'text'],
  connector64Folder: ['Connector64RootFolder', 'text'],
  archivedLogsFolder: ['ArchivedLogsRootFolder', 'text'],
  databaseHost: ['DatabaseHost', 'text'],
  databasePort: ['DatabasePort', 'number'],
  failoverMinutes: ['FailoverTimeout', 'number'],
};

/**
 * Reads nodes, the current central, the failover timeout and the share's paths from the repository database (QSR).
 * Looks first which columns there are, since releases differ.
 * @throws PreflightError when the nodes' table is not there or this user may not read it.
 */
export async function readTopology(client: SqlClient): Promise<SiteTopology> {
  const nodes = await readTable<TopologyNode>(client, NODES, NODE_COLUMNS);
  if (nodes === undefined)
    throw new PreflightError(`The repository database has no table "${NODES}" that this user may read.`, {
      hint: 'Check that `database` in the site file names the repository database (QSR) of a Qlik Sense site, and that its user is the superuser or qliksenserepository.',
    });
  const centrals = nodes.filter((node) => node.isCentral === true);
  const [settings] =
    (await readTable<SharedPersistence & { failoverMinutes?: number }>(
      client,
      PERSISTENCE,
      PERSISTENCE_COLUMNS,
    )) ?? [];
  const { failoverMinutes, ...sharedPersistence } = settings ?? {};
  const [central] = centrals;
  return {
    nodes,
    ...(centrals.length === 1 && central !== undefined ? { central } : {}),
    ...(failoverMinutes === undefined ? {} : { failoverTimeoutMs: failoverMinutes * 60_000 }),
    ...(settings === undefined ? {} : { sharedPersistence }),
  };
}

/** Rows of a table with the columns that exist; undefined when there is no such table. Nulls are left out. */
async function readTable<Shape extends object>(
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
  // As text, so that a release with another type of column does not surprise us.
  const list = wanted.map(({ column }, at) => `${quoteName(column)}::text as c${at}`).join(', ');
  const rows = await client.query<Record<string, string | null>>(
    `select ${list} from ${quoteName(schema)}.${quoteName(table)} order by 1`,
  );
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
