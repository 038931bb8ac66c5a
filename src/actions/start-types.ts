import type { ExecuteContext } from '../contract/action.ts';
import { ExpectedError, JournalError, messageOf, ServiceError, StepError } from '../contract/errors.ts';
import type { StartTypeOperation } from '../contract/operation.ts';
import { startTypeArguments, type StartType } from '../contract/start-type.ts';

/** That Windows is told when to start the service. */
export function startTypeOperation(service: string, startType: StartType): StartTypeOperation {
  return { kind: 'start-type', service, startType, effect: 'change' };
}

/**
 * Sets them side by side, whatever becomes of each. `then`: what the failure means, as a sentence.
 * @throws StepError naming those that could not be set, with the commands that do it
 */
export async function setStartTypes(
  operations: readonly StartTypeOperation[],
  context: ExecuteContext,
  { then }: { readonly then: string },
): Promise<void> {
  const results = await Promise.allSettled(operations.map((operation) => context.startType(operation)));
  context.signal.throwIfAborted();
  const failures = results.flatMap((result, index) => {
    const operation = operations[index];
    if (result.status === 'fulfilled' || operation === undefined) return [];
    const error: unknown = result.reason;
    if (!(error instanceof ExpectedError) || error instanceof JournalError) throw error;
    return [{ operation, error }];
  });
  if (failures.length === 0) return;
  const names = failures.map(({ operation }) => operation.service).join(', ');
  const reasons = [...new Set(failures.map(({ error }) => messageOf(error)))].join('; ');
  // What is no matter of the service, such as a full disk or a node that is gone, knows better.
  const other = failures.map(({ error }) => error).find((error) => !(error instanceof ServiceError));
  const advice = (other ?? failures[0]?.error)?.hint ?? '';
  const commands = failures.map(
    ({ operation }) => `\`sc.exe ${startTypeArguments(operation.service, operation.startType).join(' ')}\``,
  );
  throw new StepError(`${context.node.name}: the start type of ${names} could not be set: ${reasons}`, {
    hint: `${advice} By hand, on that server: ${commands.join(', ')}.`.trim(),
    changed: then,
    cause: failures[0]?.error,
  });
}
