import * as z from 'zod';
import type { Action, ExecuteContext } from '../contract/action.ts';
import {
  ConfirmationError,
  ExpectedError,
  messageOf,
  RepositoryApiError,
  StepError,
  StoppedError,
  UnreachableError,
} from '../contract/errors.ts';
import type { JsonValue } from '../contract/json.ts';
import type { ReadableNode, RepositoryApi, RepositoryCredentials } from '../contract/node.ts';
import type { FileOperation, HttpOperation, HumanOperation } from '../contract/operation.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { adviceOf } from './failure.ts';
import {
  ADD_PATH,
  addedId,
  additionOf,
  findRegistered,
  NODES_PATH,
  oneTimePassword,
  readNodes,
  removePath,
  resetByHand,
  startPath,
  type RegisteredNode,
} from './node-registration.ts';
import { keepBefore, keepOperation, keptBefore } from './safety-folder.ts';
import { setCredentials } from './set-credentials.ts';
import { copyInput, setPlace, type PlaceCollaborators } from './set-place.ts';
import { inSet, setInput } from './set-paths.ts';

const ANSWER_LIMIT_MS = 120_000;
const PAUSE_MS = 3_000;

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
 * or a rim cannot be reached, a person does it in the QMC. It has no undo: the repository database has the nodes, and is put back as a whole.
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
          readOperation(inSet(place, set, 'certificates')),
          call(repository, 'GET', NODES_PATH),
          keepOperation(c, context, KEPT),
          ...rims.flatMap((rim) => [
            { ...call(repository, 'DELETE', removePath(`<old-id.${rim.name}>`)), repeat: true as const },
            call(repository, 'POST', ADD_PATH),
            call(repository, 'GET', startPath(`<new-id.${rim.name}>`)),
            ...(rim.canUnlock === true
              ? [unlockOperation(rim)]
              : [{ ...unlockByHand(rim), repeat: true as const }]),
            readyOperation(rim),
          ]),
          byHand(rims, node),
        ],
        basis: 'assumed' as const,
        notes: [
          'Each node is added with the settings that the repository has of it. This cannot be undone by itself: a rollback puts the whole repository database back, and the certificates of the rim nodes stay as they are then.',
        ],
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
        await askPerson(byHand(rims, node), context);
        return { reset: rims.map(({ name }) => name), byHand: true };
      }
      const place = setPlace(c, copy, context);
      const credentials = await context.perform(readOperation(inSet(place, set, 'certificates')), () =>
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
        await askPerson(byHand(rims, node), context);
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
        await resetOne(rim, findRegistered(registered, rim), settings, { ask, context, unlockMs });
      }
      return { reset: rims.map(({ name }) => name), byHand: false };
    },

    // Done again it does no harm: each node is removed and added once more.
    check: () => Promise.resolve('not-done'),
  };

  /** Settings of every rim, of this or an earlier attempt: what was removed tells nothing any more. */
  async function settingsOf(
    registered: readonly RegisteredNode[],
    rims: readonly ReadableNode[],
    context: ExecuteContext,
  ): Promise<Record<string, RegisteredNode>> {
    const operation = keepOperation(c, context, KEPT);
    const kept = ((await keptBefore(operation.path)) ?? {}) as Record<string, RegisteredNode>;
    const settings = { ...kept };
    for (const rim of rims) {
      const now = findRegistered(registered, rim);
      // The first one counts: a node that was just added may not have all of its settings.
      if (now !== undefined) settings[rim.name] ??= now;
    }
    await keepBefore(context, operation, settings);
    return settings;
  }

  async function resetOne(
    rim: ReadableNode,
    now: RegisteredNode | undefined,
    settings: Readonly<Record<string, RegisteredNode>>,
    {
      ask,
      context,
      unlockMs,
    }: { readonly ask: Ask; readonly context: ExecuteContext; readonly unlockMs: number },
  ): Promise<void> {
    const known = settings[rim.name];
    if (known === undefined)
      context.warn(
        `${rim.name}: the repository does not have it; it is added with every service, for production and development.`,
        'Look at its settings in the QMC (Nodes).',
      );
    let done = `${rim.name} is as it was.`;
    try {
      if (now !== undefined) {
        context.bind(`<old-id.${rim.name}>`, now.id);
        await ask('DELETE', removePath(now.id));
        done = `${rim.name} was removed from the site.`;
      }
      const id = addedId(await ask('POST', ADD_PATH, additionOf(known ?? withEverything(rim), rim.host)));
      if (id === undefined) throw new RepositoryApiError('the answer to the new node has no id');
      done = `${rim.name} was added anew; its certificates are not unlocked yet.`;
      context.bind(`<new-id.${rim.name}>`, id);
      const password = oneTimePassword(await ask('GET', startPath(id)));
      if (password === undefined) throw new RepositoryApiError('the registration gave no password');
      c.hide(password);
      await unlock(rim, password, unlockMs, context);
      await context.perform(readyOperation(rim), (signal) =>
        rim.ready({ timeoutMs: c.site.timeouts.ready, signal }),
      );
    } catch (error) {
      context.signal.throwIfAborted();
      if (!(error instanceof ExpectedError) || error instanceof StoppedError) throw error;
      throw new StepError(`${rim.name} (${rim.host}): ${messageOf(error)}`, {
        hint: [
          adviceOf(error) ?? '',
          'Then `sense-runbook resume`: each node is removed and added once more. Its settings are kept.',
        ]
          .filter((text) => text !== '')
          .join(' '),
        changed: done,
        cause: error,
      });
    }
  }

  /** The service opens its port a while after it was started. */
  async function unlock(
    rim: ReadableNode,
    password: string,
    unlockMs: number,
    context: ExecuteContext,
  ): Promise<void> {
    if (rim.canUnlock !== true) return askPerson(unlockByHand(rim), context);
    const deadline = c.clock.monotonic() + unlockMs;
    for (;;) {
      try {
        return await context.unlock(unlockOperation(rim), {
          node: rim.name,
          password,
          timeoutMs: ANSWER_LIMIT_MS,
        });
      } catch (error) {
        if (!(error instanceof UnreachableError) || c.clock.monotonic() >= deadline) throw error;
        await c.clock.sleep(PAUSE_MS, context.signal);
      }
    }
  }

  async function askPerson(operation: HumanOperation, context: ExecuteContext): Promise<void> {
    if (!c.person.canAsk)
      throw new ConfirmationError(
        `someone has to do this by hand, and there is no terminal:\n${operation.text}`,
        {
          hint: 'Run it again with a terminal.',
        },
      );
    const done = await context.perform(operation, (signal) => c.person.confirm(operation.text, signal));
    if (!done)
      throw new StoppedError('the rim nodes are not reset yet', {
        hint: '`sense-runbook resume` asks again.',
      });
  }
}

type Ask = (method: HttpOperation['method'], path: string, body?: JsonValue) => Promise<JsonValue>;

const KEPT = 'nodes.json';
const SIMULATED = 'The nodes are simulated and have no repository API: nothing is reset.';

function asker(repository: RepositoryApi, credentials: RepositoryCredentials, context: ExecuteContext): Ask {
  return (method, path, body) =>
    context.request(call(repository, method, path), credentials, {
      timeoutMs: ANSWER_LIMIT_MS,
      ...(body === undefined ? {} : { body }),
    });
}

async function nodesNow(ask: Ask): Promise<RegisteredNode[]> {
  const nodes = readNodes(await ask('GET', NODES_PATH));
  if (nodes !== undefined) return nodes;
  throw new RepositoryApiError('the list of nodes that it gave was not understood');
}

function withEverything({
  name,
  host,
  failoverCandidate,
}: ReadableNode): Omit<RegisteredNode, 'id' | 'isCentral'> {
  return {
    ...{ name, hostName: host, failoverCandidate, nodePurpose: 2 },
    ...{ engineEnabled: true, proxyEnabled: true, schedulerEnabled: true, printingEnabled: true },
  };
}

function call(repository: RepositoryApi, method: HttpOperation['method'], path: string): HttpOperation {
  return { kind: 'http', method, url: repository.url(path), effect: method === 'GET' ? 'read' : 'change' };
}

/** On the rim itself; the host behind the address says which one it is. */
function unlockOperation({ host }: ReadableNode): HttpOperation {
  return {
    kind: 'http',
    method: 'POST',
    url: `http://localhost:4570/certificateSetup#${host}`,
    effect: 'change',
    repeat: true,
  };
}

function readyOperation({ readyUrl }: ReadableNode): HttpOperation {
  return { kind: 'http', method: 'GET', url: readyUrl, effect: 'read' };
}

function readOperation(path: string): FileOperation {
  return { kind: 'file', verb: 'read', path, effect: 'read' };
}

function byHand(rims: readonly ReadableNode[], { host }: ReadableNode): HumanOperation {
  return { kind: 'human', text: resetByHand(rims, host), effect: 'change', repeat: true };
}

/** Its password is shown to nobody here, so a new one is made in the QMC. */
function unlockByHand({ name, host }: ReadableNode): HumanOperation {
  return {
    kind: 'human',
    text: `${name} was added anew. In the QMC, under Nodes, select it and press Redistribute; on ${host} itself open http://localhost:4570/certificateSetup in a browser and enter the password that the QMC shows.`,
    effect: 'change',
  };
}
