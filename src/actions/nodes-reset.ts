import * as z from 'zod';
import type { Action, ExecuteContext } from '../contract/action.ts';
import { RepositoryApiError } from '../contract/errors.ts';
import type { ReadableNode } from '../contract/node.ts';
import type { HumanOperation } from '../contract/operation.ts';
import { askPerson } from './ask-person.ts';
import type { ActionCollaborators } from './collaborators.ts';
import {
  findRegistered,
  NODES_PATH,
  readNodes,
  resetByHand,
  type RegisteredNode,
} from './node-registration.ts';
import { asker, NOT_RESET, resetNode, resetOperations, type Ask } from './node-reset.ts';
import { discardKept, keepBefore, keepBeforeOperation, keptBefore } from './safety.ts';
import { call } from './repository-call.ts';
import { openCredentials, setCredentials } from './set-credentials.ts';
import { copyInput, setPlace, type PlaceCollaborators } from './set-place.ts';
import { setInput } from './set-paths.ts';

const input = z.strictObject({
  set: setInput,
  copy: copyInput,
  /** Until a rim takes the password on port 4570: its Repository Service needs time to start. Milliseconds. */
  'unlock-ms': z
    .int()
    .min(1)
    .default(5 * 60_000),
});

type Input = z.infer<typeof input>;

/**
 * Removes the rim nodes from the site and adds them again, as they were (manual 5.7, p. 214: after a restore to another host
 * name they must be reset), and gives each the one-time password that unlocks its certificates. Where the repository API
 * or a rim cannot be reached, a person does it in the QMC. It has no undo: when it would be its turn, no service runs that could register a node, and
 * the registration that the rim had before is known to another central node; a rollback says so.
 */
export function createNodesReset(
  c: Pick<ActionCollaborators, 'site' | 'secrets' | 'openPfx' | 'clock' | 'hide' | 'person' | 'stateFolder'> &
    PlaceCollaborators,
): Action<Input, null> {
  const rimsOf = (nodes: readonly ReadableNode[]): ReadableNode[] =>
    nodes.filter(({ role }) => role === 'rim');

  return {
    name: 'nodes.reset',
    effect: 'change',
    input,
    onCancel: 'wait',

    describe({ set, copy }, context) {
      const { node, nodes } = context;
      const rims = rimsOf(nodes);
      const { repository } = node;
      if (rims.length === 0)
        return Promise.resolve({ operations: [], notes: ['The site has no rim nodes.'] });
      if (repository === undefined)
        return Promise.resolve(
          node.transport === 'simulated'
            ? { operations: [], notes: [SIMULATED] }
            : { operations: [byHand(rims, node)], notes: ['The repository API cannot be asked from here.'] },
        );
      const place = setPlace(c, copy, context);
      return Promise.resolve({
        operations: [
          openCredentials(place, set),
          call(repository, 'GET', NODES_PATH),
          keepBeforeOperation(c, context),
          ...rims.flatMap((rim) => resetOperations(repository, rim)),
          byHand(rims, node),
        ],
        basis: 'assumed' as const,
        notes: [
          'Each node is added with the settings that the repository has of it.',
          `A rollback does not undo this: ${staysText(rims.map(({ name }) => name))}`,
        ],
        approval: [`Not undone by a rollback: ${staysText(rims.map(({ name }) => name))}`],
      });
    },

    prepare: () => Promise.resolve(null),

    async execute({ set, copy, 'unlock-ms': unlockMs }, _before, context) {
      const { node, nodes } = context;
      const rims = rimsOf(nodes);
      if (rims.length === 0) return { reset: [] };
      const { repository } = node;
      if (repository === undefined) {
        if (node.transport === 'simulated') return { reset: [] };
        await askPerson(c, byHand(rims, node), NOT_RESET, context);
        return { reset: rims.map(({ name }) => name), byHand: true };
      }
      const place = setPlace(c, copy, context);
      const credentials = await context.perform(openCredentials(place, set), () =>
        setCredentials(c, place, set),
      );
      const ask = asker(repository, credentials, context);
      let registered: RegisteredNode[];
      try {
        registered = await nodesNow(ask);
      } catch (error) {
        context.signal.throwIfAborted();
        if (!(error instanceof RepositoryApiError)) throw error;
        context.warn(`The repository API cannot be asked: ${error.message}`, error.hint);
        await askPerson(c, byHand(rims, node), NOT_RESET, context);
        return { reset: rims.map(({ name }) => name), byHand: true };
      }
      const settings = await settingsOf(registered, rims, context);
      for (const one of registered.filter(({ isCentral }) => !isCentral))
        if (!rims.some((rim) => findRegistered([one], rim) !== undefined))
          context.warn(
            `The node ${one.name} (${one.hostName}) is in the repository and not in the site file: it was left as it is.`,
            'Reset it in the QMC, or delete it there when it is gone.',
          );
      for (const rim of rims) {
        context.progress({ text: `${rim.name}: removed and added again` });
        const found = { now: findRegistered(registered, rim), known: settings[rim.name] };
        await resetNode(c, rim, found, { ask, context, unlockMs });
      }
      return { reset: rims.map(({ name }) => name), byHand: false };
    },

    // Done again it does no harm: each node is removed and added once more.
    check: () => Promise.resolve('not-done'),

    leaves(outputs, nodes) {
      const central = nodes.find(({ role }) => role === 'central');
      if (central?.repository === undefined && central?.transport === 'simulated') return [];
      const rims = rimsOf(nodes).map(({ name }) => name);
      const names = outputs?.['reset'];
      // Cut off, or done by a person: any of them may be.
      const reset = Array.isArray(names) ? rims.filter((name) => names.includes(name)) : rims;
      if (reset.length === 0) return [];
      return [`${names === undefined ? 'As far as they were reset: ' : ''}${staysText(reset)}`];
    },

    ...discardKept(c, () => []),
  };

  /** Settings of every rim, of this or an earlier attempt: what was removed tells nothing any more. */
  async function settingsOf(
    registered: readonly RegisteredNode[],
    rims: readonly ReadableNode[],
    context: ExecuteContext,
  ): Promise<Record<string, RegisteredNode>> {
    const kept = ((await keptBefore(c, context)) ?? {}) as Record<string, RegisteredNode>;
    const settings = { ...kept };
    for (const rim of rims) {
      const now = findRegistered(registered, rim);
      // The first one counts: a node that was just added may not have all of its settings.
      if (now !== undefined) settings[rim.name] ??= now;
    }
    await keepBefore(c, context, settings);
    return settings;
  }
}

/** What a rollback does not bring back. */
function staysText(rims: readonly string[]): string {
  return `${rims.join(', ')}: registration, and certificates that were not put back, are those of the restored site, which the one that is put back does not know. Where that one runs again, delete and add each of them there in the QMC (Nodes; manual 2.2, p. 126).`;
}

const SIMULATED = 'The nodes are simulated and have no repository API: nothing is reset.';

async function nodesNow(ask: Ask): Promise<RegisteredNode[]> {
  const nodes = readNodes(await ask('GET', NODES_PATH));
  if (nodes !== undefined) return nodes;
  throw new RepositoryApiError('the list of nodes that it gave was not understood');
}

function byHand(rims: readonly ReadableNode[], { host }: ReadableNode): HumanOperation {
  return { kind: 'human', text: resetByHand(rims, host), effect: 'change', repeat: true };
}
