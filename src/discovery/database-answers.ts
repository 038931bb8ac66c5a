import { formatDuration } from '../foundation/human.ts';
import { sameHost } from '../foundation/same-host.ts';
import { licenseText } from '../platform/qrs/license.ts';
import { assignmentsText } from '../postgres/license.ts';
import type { SharedPersistence, TopologyNode } from '../postgres/topology.ts';
import { isCompletePath, liesIn } from '../site/paths.ts';
import type { SiteAnswers } from './answers.ts';
import type { DatabaseFindings } from './site-database.ts';

/** Words that `on` of a runbook step has a meaning for. */
const RESERVED = ['all', 'central', 'rims', 'failover', 'database'];

type Answers = Partial<SiteAnswers>;

/** What the repository database says of its site, as parts of the site file. `hostName` is this machine's. */
export function answersFromDatabase(found: DatabaseFindings, hostName: string): Answers {
  const { host, port, user, password, version, databases, topology } = found;
  const nodes = topology === undefined ? [] : nodesOf(topology.nodes, hostName);
  return {
    databaseHost: host,
    databasePort: port,
    databaseUser: user,
    // Overrides what is said where nobody could ask: the key is there, its value may not be.
    databasePassword: password,
    ...(databases.length === 0
      ? {}
      : {
          databaseNames: databases.map(({ name }) => name),
          databaseFound: [`PostgreSQL ${version ?? '?'}`, ...ownedText(found)],
        }),
    ...(nodes.length === 0 ? {} : { nodes }),
    ...(topology === undefined ? {} : { failover: failoverText(topology.failoverTimeoutMs) }),
    ...(found.license === undefined ? {} : { licenseFound: licenseLines(found) }),
    ...shareOf(topology?.sharedPersistence ?? {}),
  };
}

/** What is known of the license, in sentences; what is not known is said where the database was asked. */
export function licenseLines({ license: record }: Pick<DatabaseFindings, 'license'>): string[] {
  if (record === undefined) return [];
  const { license } = record;
  const assigned = assignmentsText(record);
  return [
    license === undefined
      ? 'no license: the database does not tell which it is'
      : license === null
        ? 'no license: the site has none yet'
        : `the license: ${licenseText(license)}`,
    ...(assigned === undefined ? [] : [`access assigned to users: ${assigned}`]),
  ];
}

/** `QSR (owner postgres)`, `SenseServices, QSMQ (owner qliksenserepository)`. */
export function ownedText({ databases }: Pick<DatabaseFindings, 'databases'>): string[] {
  const owners = [...new Set(databases.map(({ owner }) => owner))];
  return owners.map((one) => {
    const names = databases.filter(({ owner }) => owner === one).map(({ name }) => name);
    return `${names.join(', ')} (owner ${one})`;
  });
}

/** What a failover candidate waits for; without a time in the database it is the one of the manual (2.4, p. 135). */
export function failoverText(timeoutMs: number | undefined): string {
  return timeoutMs === undefined
    ? 'A failover candidate takes over after 10 min without the central node, unless the QMC says otherwise.'
    : `A failover candidate takes over after ${formatDuration(timeoutMs)} without the central node.`;
}

/** Empty unless exactly one is central: who it is decides in which order a site is stopped. */
function nodesOf(all: readonly TopologyNode[], hostName: string): SiteAnswers['nodes'] {
  if (all.filter(({ isCentral }) => isCentral === true).length !== 1) return [];
  const taken: string[] = [];
  return [...all]
    .sort((a, b) => Number(b.isCentral === true) - Number(a.isCentral === true))
    .flatMap(({ name, hostName: host, isCentral, failoverCandidate }) => {
      if (host === undefined || host === '') return [];
      const role = isCentral === true ? 'central' : 'rim';
      const own = nodeName(name ?? host, role, taken);
      taken.push(own);
      return [
        {
          name: own,
          host,
          role,
          failoverCandidate: role === 'rim' && failoverCandidate === true,
          ...(sameHost(host, hostName) ? { transport: 'local' as const } : {}),
        },
      ];
    });
}

/** A name for runbooks and messages, made of what the QMC calls the node. */
function nodeName(called: string, role: 'central' | 'rim', taken: readonly string[]): string {
  const plain = called
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 24)
    .replace(/-+$/, '');
  const reserved = RESERVED.includes(plain) && !(plain === 'central' && role === 'central');
  const name = plain === '' ? role : reserved ? `${plain}-node` : plain;
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name}-${String(number)}`;
    if (!taken.includes(candidate)) return candidate;
  }
}

/** Root, and those folders that lie outside of it; folders of connectors are supporting content. */
function shareOf(paths: SharedPersistence): Answers {
  const { rootFolder: root } = paths;
  if (root === undefined || !isCompletePath(root)) return {};
  const outside = (folder: string | undefined): folder is string =>
    folder !== undefined && isCompletePath(folder) && !liesIn(folder, root);
  const { appFolder, staticContentFolder, archivedLogsFolder, connector32Folder, connector64Folder } = paths;
  const connectors = [...new Set([connector32Folder, connector64Folder].filter(outside))];
  return {
    shareRoot: root,
    ...(outside(appFolder) ? { shareApps: appFolder } : {}),
    ...(outside(staticContentFolder) ? { shareStaticContent: staticContentFolder } : {}),
    ...(outside(archivedLogsFolder) ? { shareArchivedLogs: archivedLogsFolder } : {}),
    ...(connectors.length === 0
      ? {}
      : {
          extra: connectors.map((folder, index) => ({
            name: index === 0 ? 'connectors' : 'connectors-2',
            folder,
          })),
        }),
  };
}
