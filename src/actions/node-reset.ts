import type { ExecuteContext } from '../contract/action.ts';
import {
  ExpectedError,
  messageOf,
  RepositoryApiError,
  StepError,
  StoppedError,
  UnreachableError,
} from '../contract/errors.ts';
import type { JsonValue } from '../contract/json.ts';
import type { ReadableNode, RepositoryApi, RepositoryCredentials } from '../contract/node.ts';
import type { HttpOperation, HumanOperation, Operation } from '../contract/operation.ts';
import { askPerson } from './ask-person.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { adviceOf } from './failure.ts';
import { call } from './repository-call.ts';
import {
  ADD_PATH,
  addedId,
  additionOf,
  isMarked,
  marksText,
  nodePath,
  oneTimePassword,
  readEntity,
  startPath,
  withEverything,
  withMarks,
  type NodeSettings,
  type RegisteredNode,
} from './node-registration.ts';

const ANSWER_LIMIT_MS = 120_000;
const PAUSE_MS = 3_000;

/** How things stand while a person is asked. */
export const NOT_RESET = 'the rim nodes are not reset yet';

type Collaborators = Pick<ActionCollaborators, 'site' | 'clock' | 'hide' | 'person'>;

/** Asks the repository API. */
export type Ask = (method: HttpOperation['method'], path: string, body?: JsonValue) => Promise<JsonValue>;

/** What it is asked with. */
export function asker(
  repository: RepositoryApi,
  credentials: RepositoryCredentials,
  context: ExecuteContext,
): Ask {
  return (method, path, body) =>
    context.request(call(repository, method, path), credentials, {
      timeoutMs: ANSWER_LIMIT_MS,
      ...(body === undefined ? {} : { body }),
    });
}

/** What is done for one node. */
export function resetOperations(repository: RepositoryApi, rim: ReadableNode): Operation[] {
  const added = nodePath(`<new-id.${rim.name}>`);
  return [
    { ...call(repository, 'DELETE', nodePath(`<old-id.${rim.name}>`)), repeat: true },
    call(repository, 'POST', ADD_PATH),
    call(repository, 'GET', startPath(`<new-id.${rim.name}>`)),
    rim.canUnlock === true ? unlockOperation(rim) : { ...unlockByHand(rim), repeat: true },
    readyOperation(rim),
    // Where it had custom properties or tags.
    { ...call(repository, 'GET', added), repeat: true },
    { ...call(repository, 'PUT', added), repeat: true },
  ];
}

/**
 * Removes a node (`now`, where the repository has it) and adds it with the settings that are `known` of it; absent: with every
 * service. @throws StepError that says how far it came
 */
export async function resetNode(
  c: Collaborators,
  rim: ReadableNode,
  { now, known }: { readonly now?: RegisteredNode | undefined; readonly known?: NodeSettings | undefined },
  how: { readonly ask: Ask; readonly context: ExecuteContext; readonly unlockMs: number },
): Promise<void> {
  const { ask, context } = how;
  if (known === undefined)
    context.warn(
      `${rim.name}: the repository does not have it; it is added with every service, for production and development.`,
      'Look at its settings in the QMC (Nodes).',
    );
  let done = `${rim.name} is as it was.`;
  try {
    if (now !== undefined) {
      context.bind(`<old-id.${rim.name}>`, now.id);
      await ask('DELETE', nodePath(now.id));
      done = `${rim.name} was removed from the site.`;
    }
    const id = addedId(await ask('POST', ADD_PATH, additionOf(known ?? withEverything(rim), rim.host)));
    if (id === undefined) throw new RepositoryApiError('the answer to the new node has no id');
    done = `${rim.name} was added anew; its certificates are not unlocked yet.`;
    context.bind(`<new-id.${rim.name}>`, id);
    const password = oneTimePassword(await ask('GET', startPath(id)));
    if (password === undefined) throw new RepositoryApiError('the registration gave no password');
    c.hide(password);
    await unlock(c, rim, password, how);
    done = `${rim.name} was added anew, and its certificates are unlocked.`;
    await context.perform(readyOperation(rim), (signal) =>
      rim.ready({ timeoutMs: c.site.timeouts.ready, signal }),
    );
    if (known !== undefined && isMarked(known)) await giveMarks(rim, id, known, how);
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof ExpectedError) || error instanceof StoppedError) throw error;
    throw new StepError(`${rim.name} (${rim.host}): ${messageOf(error)}`, {
      hint: [
        adviceOf(error) ?? '',
        ...(error instanceof UnreachableError ? [WAIT_HINT] : []),
        'Then `sense-runbook resume`: each node is removed and added once more. Its settings are kept.',
      ]
        .filter((text) => text !== '')
        .join(' '),
      changed: done,
      cause: error,
    });
  }
}

/** For a node whose service does not open port 4570 by itself, or no longer since an earlier attempt gave it certificates. */
const WAIT_HINT =
  'Where the services there do not run as an administrator, run `repository.exe -bootstrap` elevated there and leave it at "Waiting for certificates to be installed" meanwhile (manual 2.11, p. 160). ' +
  'A node that has certificates by now does not wait for any: export and remove those of Qlik Sense there (manual 6.1 step 2, p. 219), then start its Repository Service again.';

/** Custom properties and tags: no reason to stop, for the site runs without them. */
async function giveMarks(
  rim: ReadableNode,
  id: string,
  known: NodeSettings,
  { ask, context }: { readonly ask: Ask; readonly context: ExecuteContext },
): Promise<void> {
  try {
    const now = readEntity(await ask('GET', nodePath(id)));
    if (now === undefined) throw new RepositoryApiError('the answer for the new node was not understood');
    await ask('PUT', nodePath(id), withMarks(now, known));
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof RepositoryApiError)) throw error;
    context.warn(
      `${rim.name} did not get back its ${marksText(known)}: ${error.message}`,
      'Set them again in the QMC (Nodes); rules and load balancing may go by them.',
    );
  }
}

/** The service opens its port a while after it was started. */
async function unlock(
  c: Collaborators,
  rim: ReadableNode,
  password: string,
  { context, unlockMs }: { readonly context: ExecuteContext; readonly unlockMs: number },
): Promise<void> {
  if (rim.canUnlock !== true) return askPerson(c, unlockByHand(rim), NOT_RESET, context);
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

/** Its password is shown to nobody here, so a new one is made in the QMC. */
function unlockByHand({ name, host }: ReadableNode): HumanOperation {
  return {
    kind: 'human',
    text: `${name} was added anew. In the QMC, under Nodes, select it and press Redistribute; on ${host} itself open http://localhost:4570/certificateSetup in a browser and enter the password that the QMC shows.`,
    effect: 'change',
  };
}
