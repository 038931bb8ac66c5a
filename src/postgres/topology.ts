import { PreflightError } from '../contract/errors.ts';
import type { SqlClient } from './server.ts';
import { plannedQuery, readTable, type Columns } from './read-table.ts';

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

/** What {@link readTopology} sends, as far as a release has these columns. */
export const TOPOLOGY_STATEMENTS = {
  nodes: plannedQuery(NODES, NODE_COLUMNS),
  persistence: plannedQuery(PERSISTENCE, PERSISTENCE_COLUMNS),
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
