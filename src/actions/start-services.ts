import type { ExecuteContext } from '../contract/action.ts';
import { messageOf, NotReadyError, ServiceError, SiteDownError } from '../contract/errors.ts';
import type { ReadableNode } from '../contract/node.ts';
import type { HttpOperation, ServiceOperation } from '../contract/operation.ts';
import { adviceOf } from './failure.ts';

/** How long a port that no answer ever came from is tried; the services run by then. */
export const UNREACHABLE_MS = 2 * 60_000;

/** What a failure says was changed, and by which command the services are tried again. */
export interface StartWords {
  /** Of these services, which would not start. */
  readonly changed: (names: string) => string;
  /** When all run and the Repository Service does not answer. */
  readonly changedWhenUp: string;
  /** `sense-runbook recover`. */
  readonly again: string;
}

/** A service that would not start. */
export interface StartFailure {
  readonly service: string;
  readonly error: unknown;
}

/** The start of one service; one that is not `certain` happens if it does not run by then. */
export function startOperation(service: string, certain: boolean): ServiceOperation {
  const operation: ServiceOperation = { kind: 'service', verb: 'start', service, effect: 'change' };
  return certain ? operation : { ...operation, repeat: true };
}

/** Asking the Repository Service of a node for its state. */
export function readyOperation(node: ReadableNode): HttpOperation {
  return { kind: 'http', method: 'GET', url: node.readyUrl, effect: 'read' };
}

/** Tries every service of the group side by side, whatever happens to the others. */
export async function startGroup(
  group: readonly string[],
  context: ExecuteContext,
  how: {
    readonly certain: (service: string) => boolean;
    readonly timeoutMs: number;
    /** Those that say they run, but may have taken an order to stop. */
    readonly unsure?: readonly string[];
  },
): Promise<StartFailure[]> {
  const results = await Promise.allSettled(
    group.map((service) =>
      context.service(startOperation(service, how.certain(service)), {
        timeoutMs: how.timeoutMs,
        ...(how.unsure?.includes(service) === true && { mayBeStopping: true }),
      }),
    ),
  );
  context.signal.throwIfAborted();
  return results.flatMap((result, index) =>
    result.status === 'rejected' ? [{ service: group[index] ?? '', error: result.reason as unknown }] : [],
  );
}

/** Waits for the Repository Service; a port that was never reached is a warning. @throws SiteDownError */
export async function awaitReady(
  context: ExecuteContext,
  timeoutMs: number,
  words: Pick<StartWords, 'changedWhenUp'>,
): Promise<void> {
  const { node } = context;
  try {
    await context.perform(readyOperation(node), (signal) =>
      node.ready({ timeoutMs, unreachableMs: UNREACHABLE_MS, signal }),
    );
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof NotReadyError && error.unreachable) {
      context.warn(
        `${node.name}: the services run; whether the Repository Service is ready is not known: ${error.message}`,
        error.hint,
      );
      return;
    }
    throw new SiteDownError(
      `${node.name} (${node.host}): the services run, but the Repository Service does not answer: ${messageOf(error)}`,
      {
        hint:
          'Look into %ProgramData%\\Qlik\\Sense\\Log\\Repository\\Trace on that server and at the database. ' +
          'When it only needs longer, raise timeouts.ready in site.yaml (manual 8.9, p. 306).',
        changed: words.changedWhenUp,
        cause: error,
      },
    );
  }
}

/** What is thrown (exit code 7) when some of the services would not start. */
export function siteDown(
  node: ReadableNode,
  failures: readonly StartFailure[],
  words: StartWords,
): SiteDownError {
  const names = failures.map(({ service }) => service).join(', ');
  const reasons = failures.map(({ error }) => messageOf(error)).join('; ');
  return new SiteDownError(`${node.name} (${node.host}) is not up: could not start ${names} (${reasons})`, {
    hint: [...new Set(failures.map(({ error }) => adviceFor(error, words)))].join(' '),
    changed: words.changed(names),
    cause: failures[0]?.error,
  });
}

/** What to do about a service that will not start; meanings from the Win32 error and the manual, 8.9, p. 306. */
function adviceFor(error: unknown, { again }: StartWords): string {
  const code = error instanceof ServiceError ? error.serviceCode : undefined;
  const start = `\`${again}\` or in Windows Services.`;
  const other = error instanceof ServiceError ? undefined : adviceOf(error);
  if (other !== undefined) return `${other} Then start it with ${start}`;
  const order = 'Order: dispatcher, repository, then the others (manual 1.3, p. 40).';
  if (code === 1053) {
    return `Start it again with ${start} It did not answer in time: set ServicesPipeTimeout to 120000 in the registry (manual 8.9, p. 306). ${order}`;
  }
  if (code === 1058) {
    return `Set its start type to automatic, then \`${again}\`, or start it in Windows Services. ${order}`;
  }
  if (code === 1060) {
    return 'The service does not exist any more: look whether Qlik Sense was changed or removed meanwhile.';
  }
  return `Start it with ${start} Check its account and its log in %ProgramData%\\Qlik\\Sense\\Log (manual 8.9, p. 306). ${order}`;
}
