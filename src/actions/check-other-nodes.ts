import * as z from 'zod';
import type { Action, CheckResult, ReadContext } from '../contract/action.ts';
import type { Operation } from '../contract/operation.ts';
import { sameHost } from '../foundation/same-host.ts';
import { createCheck, type Look } from './check-action.ts';
import { hostOf, readNodes, readTopology } from './check-topology.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { repositoryName } from './database-names.ts';
import { factOf } from './failure.ts';
import { isPlaceholder } from './input.ts';
import { knock, leadsHere, openPorts, REPOSITORY_PORTS } from './old-ports.ts';
import { setPlace, copyInput, type PlaceCollaborators } from './set-place.ts';
import { setInput } from './set-paths.ts';

const input = z.strictObject({
  set: setInput,
  copy: copyInput,
  /** The central node that was, which is looked at on its own; empty: none. */
  'old-central': z.string().default(''),
  /** A person says that the old site is gone for good: what answers then is a warning. */
  'confirmed-dead': z.boolean().default(false),
  /** For one port of a node. Milliseconds. */
  'limit-ms': z.int().min(1).default(3000),
});

type Input = z.infer<typeof input>;

const otherNode = z.object({ name: z.string(), host: z.string() });
const ofManifest = z.object({ site: z.object({ nodes: z.array(otherNode) }) });

/** A node of the site that site.yaml does not name. */
type OtherNode = z.infer<typeof otherNode>;

const ID = 'other-nodes';

/**
 * Whether nodes of the site that site.yaml does not name still answer: those of the set, and those that the repository database
 * names now. Their services would not be stopped, and would write to the restored databases and to the share while they are
 * half restored (manual 5.7 step 2, p. 211). A database that cannot be read is no fault here: it may be why all this is done.
 */
export function createCheckOtherNodes(
  c: Pick<ActionCollaborators, 'site' | 'network' | 'database'> & PlaceCollaborators,
): Action<Input, null> {
  const repository = repositoryName(c.site.database.names);
  const read = readNodes(repository);

  async function ofSet(given: Input, context: ReadContext): Promise<OtherNode[]> {
    if (isPlaceholder(given.set)) return [];
    const manifest = await setPlace(c, given.copy, context).read(given.set);
    return ofManifest.safeParse(manifest).data?.site.nodes ?? [];
  }

  /** Undefined: it cannot be read. */
  async function ofDatabase({ signal }: ReadContext): Promise<OtherNode[] | undefined> {
    try {
      const { nodes } = await readTopology(c, repository);
      return nodes.map((node) => ({ name: node.name ?? 'a node', host: hostOf(node) }));
    } catch (error) {
      signal.throwIfAborted();
      factOf(error);
      return undefined;
    }
  }

  /** Each host once. */
  function unnamed(nodes: readonly OtherNode[], given: Input): OtherNode[] {
    const known = [...c.site.nodes.map(({ host }) => host), given['old-central']].filter(
      (host) => host !== '',
    );
    const others: OtherNode[] = [];
    for (const node of nodes)
      if (
        node.host !== '' &&
        ![...known, ...others.map(({ host }) => host)].some((host) => sameHost(host, node.host))
      )
        others.push(node);
    return others;
  }

  async function lookAt(
    { name, host }: OtherNode,
    given: Input,
    { node, signal }: ReadContext,
    look: Look,
  ): Promise<CheckResult> {
    const what = `${name} (${host}) is of the site and not in site.yaml`;
    if (node.transport === 'simulated')
      return {
        id: ID,
        status: 'ok',
        message: `${what}; whether it answers is not asked for a simulated node.`,
      };
    if (await leadsHere(c.network, host))
      return { id: ID, status: 'ok', message: `${what}; its name leads to this machine by now.` };
    // Not that of the proxy: whatever else such a server became may answer there.
    const knocking = { ports: REPOSITORY_PORTS, timeoutMs: given['limit-ms'], signal };
    const open = await openPorts(c.network, host, knocking, look);
    if (open.length === 0)
      return {
        id: ID,
        status: 'warning',
        message: `${what}; its Repository Service does not answer on ports ${REPOSITORY_PORTS.join(', ')}.`,
        hint: 'See that it stays down, or that its Qlik Sense services do, until the restore is over.',
      };
    return {
      id: ID,
      status: given['confirmed-dead'] ? 'warning' : 'failed',
      message: `${what}, and answers on port ${open.join(', ')}: its services would go on writing while all is replaced.`,
      hint: 'Add it to "nodes" of site.yaml, so that its services are stopped and started too; or stop them there, and see that they stay down.',
    };
  }

  return createCheck({
    name: 'check.other-nodes',
    input,
    whilePlanning: true,
    async operations(given, context): Promise<readonly Operation[]> {
      const others = unnamed(
        [...(await ofSet(given, context)), ...((await ofDatabase(context)) ?? [])],
        given,
      );
      return [read, ...others.flatMap(({ host }) => REPOSITORY_PORTS.map((port) => knock(host, port)))];
    },
    async probe(given, context, look) {
      const here = await look(read, () => ofDatabase(context));
      const others = unnamed([...(await ofSet(given, context)), ...(here ?? [])], given);
      if (others.length === 0) {
        const by =
          here === undefined ? 'of the set; the database cannot be read' : 'of the set and of the database';
        return { checks: [{ id: ID, status: 'ok', message: `site.yaml names every node ${by}.` }] };
      }
      return { checks: await Promise.all(others.map((other) => lookAt(other, given, context, look))) };
    },
  });
}
