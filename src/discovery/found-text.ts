import { failoverText, licenseLines, ownedText } from './database-answers.ts';
import type { DatabaseFindings } from './site-database.ts';

/** What the repository database said, one line each, for people. */
export function databaseLines(found: DatabaseFindings | undefined): string[] {
  if (found === undefined) return [];
  const { host, port, version, others, topology, trouble } = found;
  const nodes = [...(topology?.nodes ?? [])].sort(
    (a, b) => Number(b.isCentral === true) - Number(a.isCentral === true),
  );
  const { rootFolder } = topology?.sharedPersistence ?? {};
  return [
    ...(version === undefined ? [] : [`PostgreSQL ${version} at ${host}:${String(port)}`]),
    ...ownedText(found).map((text) => `the databases ${text}`),
    ...(others.length === 0
      ? []
      : [`further databases there: ${others.join(', ')}; name those of the site in database.names`]),
    ...nodes.map(
      ({ name, hostName, isCentral, failoverCandidate }) =>
        `the node ${name ?? 'without a name'} (${hostName ?? 'no host'}), ${isCentral === true ? 'central' : `rim${failoverCandidate === true ? ', failover candidate' : ''}`}`,
    ),
    ...(nodes.some((node) => node.failoverCandidate === true && node.isCentral !== true)
      ? [failoverText(topology?.failoverTimeoutMs)]
      : []),
    ...(rootFolder === undefined ? [] : [`the file share ${rootFolder}`]),
    ...licenseLines(found),
    ...(trouble === undefined ? [] : [`not what the repository database would tell: ${trouble}`]),
  ];
}
