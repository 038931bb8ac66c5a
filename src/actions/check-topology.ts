import * as z from 'zod';
import type { Action, CheckResult } from '../contract/action.ts';
import type { SqlOperation } from '../contract/operation.ts';
import { TOPOLOGY_STATEMENTS, type SiteTopology, type TopologyNode } from '../postgres/topology.ts';
import type { Site } from '../site/schema.ts';
import { formatCount, formatDuration } from '../foundation/human.ts';
import { sameHost } from '../foundation/same-host.ts';
import { createCheck } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { realName, repositoryName } from './database-names.ts';
import { factOf } from './failure.ts';
import { known, orPlaceholder } from './input.ts';
import { sqlLook } from './sql-operation.ts';

/** Time without a heartbeat of the central node after which a candidate takes over (manual 2.4, p. 135). */
const DEFAULT_FAILOVER_MS = 10 * 60_000;

/** Part of the failover time from which on a predicted downtime is called near. */
const NEAR = 0.8;

const input = z.strictObject({
  /** Predicted downtime in milliseconds, where there is a history. */
  'predicted-downtime-ms': orPlaceholder(z.number().nonnegative()).optional(),
});

/**
 * Reads the central node and the failover candidates from the site's database and holds site.yaml against it: who is
 * central may have changed since the file was written, and the order of stopping depends on it.
 */
export function createCheckTopology(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'vault'>,
): Action<z.infer<typeof input>, null> {
  const repository = repositoryName(c.site.database.names);
  const read = readNodes(repository);
  return createCheck({
    name: 'check.topology',
    input,
    whilePlanning: true,
    operations: () => [read],

    async probe(given, _context, look) {
      let topology: SiteTopology;
      try {
        topology = await look(read, () => readTopology(c, repository));
      } catch (error) {
        const message = `The nodes of the site cannot be read from ${repository}: ${factOf(error)}`;
        return { checks: [{ id: 'topology', status: 'failed', message }] };
      }
      const predicted = known(given['predicted-downtime-ms']) ?? (await c.vault.latest())?.downtimeMs;
      const { central } = topology;
      const failoverMs = topology.failoverTimeoutMs ?? DEFAULT_FAILOVER_MS;
      return {
        checks: [...compare(c.site, topology), ...failover(topology, failoverMs, predicted)],
        observed: {
          central: hostOf(central),
          failoverCandidates: topology.nodes.filter((node) => node.failoverCandidate === true).map(hostOf),
        },
        outputs: { central: hostOf(central), failoverTimeoutMs: failoverMs },
      };
    },
  });
}

/** What is read of the repository database of that name for it. */
export function readNodes(database: string): SqlOperation {
  return sqlLook(database, Object.values(TOPOLOGY_STATEMENTS), {
    note: 'the columns of these that the release has',
  });
}

/** The topology from the repository database under the name the server has it by. */
export async function readTopology(
  c: Pick<ActionCollaborators, 'site' | 'database'>,
  repository: string,
): Promise<SiteTopology> {
  return c.database.topology(realName(repository, await c.database.facts()) ?? repository);
}

/** Host name of a node in the database; empty when the database does not tell. */
export function hostOf(node: TopologyNode | undefined): string {
  return node?.hostName ?? '';
}

function compare(site: Site, { nodes, central }: SiteTopology): CheckResult[] {
  const failed = (message: string, hint: string): CheckResult => ({
    id: 'topology',
    status: 'failed',
    message,
    hint,
  });
  const checks: CheckResult[] = [];
  const written = site.nodes.find((node) => node.role === 'central');
  if (central === undefined) {
    const count = nodes.filter((node) => node.isCentral === true).length;
    const message = `The site's database names ${count === 0 ? 'no' : String(count)} central nodes; it must be one.`;
    checks.push(failed(message, 'Look at the nodes in the QMC.'));
  } else if (written !== undefined && !sameHost(hostOf(central), written.host)) {
    checks.push(
      failed(
        `The central node is ${hostOf(central)} (${central.name ?? 'no name'}); site.yaml says ${written.host}.`,
        'The site has failed over, or a node was renamed. Correct the roles in site.yaml: the central node is stopped last and started first.',
      ),
    );
  }
  for (const node of nodes) {
    if (site.nodes.some((own) => sameHost(own.host, hostOf(node)))) continue;
    checks.push(
      failed(
        `${node.name ?? 'A node'} (${hostOf(node)}) belongs to the site and is not in site.yaml: its services would go on running.`,
        'Add the node to site.yaml, or remove it from the site in the QMC.',
      ),
    );
  }
  for (const own of site.nodes) {
    const node = nodes.find((candidate) => sameHost(hostOf(candidate), own.host));
    if (node === undefined) {
      const message = `${own.name} (${own.host}) is in site.yaml, but the site's database does not know it.`;
      checks.push({
        id: 'topology',
        status: 'warning',
        message,
        hint: 'Remove it from site.yaml, or correct its host.',
      });
    } else if (node.isCentral !== true && (node.failoverCandidate ?? false) !== own.failoverCandidate) {
      const message = `${own.name} is ${node.failoverCandidate === true ? '' : 'not '}a failover candidate; site.yaml says otherwise.`;
      checks.push({
        id: 'topology',
        status: 'warning',
        message,
        hint: 'Correct failover-candidate in site.yaml.',
      });
    }
  }
  if (checks.length > 0) return checks;
  const rims = nodes.length - 1;
  const others = rims === 0 ? 'no rim nodes' : formatCount(rims, 'rim node');
  return [
    {
      id: 'topology',
      status: 'ok',
      message: `Central node: ${hostOf(central)}; ${others}; as in site.yaml.`,
    },
  ];
}

function failover(
  { nodes, failoverTimeoutMs }: SiteTopology,
  failoverMs: number,
  predicted: number | undefined,
): CheckResult[] {
  const candidates = nodes.filter((node) => node.failoverCandidate === true && node.isCentral !== true);
  if (candidates.length === 0) return [];
  const checks: CheckResult[] = [];
  if (failoverTimeoutMs === undefined)
    checks.push({
      id: 'failover-timeout',
      status: 'warning',
      message: `The site's database does not tell after how long a failover candidate takes over; ${formatDuration(failoverMs)} is assumed.`,
      hint: 'Compare it with the cluster settings in the QMC (manual 2.4, p. 135).',
    });
  else if (failoverTimeoutMs !== DEFAULT_FAILOVER_MS)
    checks.push({
      id: 'failover-timeout',
      status: 'ok',
      message: `A failover candidate takes over after ${formatDuration(failoverMs)} without the central node, not after the usual ${formatDuration(DEFAULT_FAILOVER_MS)}.`,
    });
  if (predicted !== undefined && predicted >= failoverMs * NEAR)
    checks.push({
      id: 'failover',
      status: 'warning',
      message: `The downtime may reach ${formatDuration(predicted)}; after ${formatDuration(failoverMs)} without the central node a failover candidate takes over.`,
      hint: 'Raise the failover timeout in the QMC (cluster settings; manual 2.4, p. 135), or use quiesce=none.',
    });
  return checks;
}
