import type { ExecuteContext } from '../contract/action.ts';
import { messageOf, ServiceError, StepError } from '../contract/errors.ts';
import type { ServiceOperation } from '../contract/operation.ts';
import { adviceOf } from './failure.ts';

/** The stop of one service; one that is not `certain` to run then is stopped only if it does. */
export function stopOperation(service: string, certain: boolean): ServiceOperation {
  const operation: ServiceOperation = { kind: 'service', verb: 'stop', service, effect: 'change' };
  return certain ? operation : { ...operation, repeat: true };
}

/**
 * Stops the services of a group side by side and awaits all of them. `then`: what becomes of those that did stop, as a
 * sentence. @throws StepError naming those that did not stop
 */
export async function stopGroup(
  group: readonly string[],
  context: ExecuteContext,
  how: {
    readonly certain: (service: string) => boolean;
    readonly timeoutMs: number;
    readonly then: string;
  },
): Promise<void> {
  const results = await Promise.allSettled(
    group.map((service) =>
      context.service(stopOperation(service, how.certain(service)), { timeoutMs: how.timeoutMs }),
    ),
  );
  context.signal.throwIfAborted();
  const failures = results.flatMap((result, index) =>
    result.status === 'rejected' ? [{ service: group[index] ?? '', error: result.reason as unknown }] : [],
  );
  if (failures.length === 0) return;
  const names = failures.map(({ service }) => service).join(', ');
  const reasons = [...new Set(failures.map(({ error }) => messageOf(error)))].join('; ');
  // What is no matter of the service, such as a full disk or a node that is gone, knows better.
  const other = failures.map(({ error }) => error).find((error) => !(error instanceof ServiceError));
  const advice =
    adviceOf(other) ??
    'Look at the log of the service, and raise timeouts.service-stop when it only needs longer.';
  throw new StepError(`${context.node.name}: ${names} did not stop: ${reasons}`, {
    hint: `${how.then} ${advice}`,
    cause: failures[0]?.error,
  });
}
