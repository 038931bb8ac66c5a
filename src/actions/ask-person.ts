import type { ExecuteContext } from '../contract/action.ts';
import { ConfirmationError, StoppedError } from '../contract/errors.ts';
import type { HumanOperation } from '../contract/operation.ts';
import type { ActionCollaborators } from './collaborators.ts';

/**
 * Waits until a person says that the operation is done; `undone` is how things stand until then.
 * @throws ConfirmationError without a terminal; StoppedError when it is not done
 */
export async function askPerson(
  { person }: Pick<ActionCollaborators, 'person'>,
  operation: HumanOperation,
  undone: string,
  context: ExecuteContext,
): Promise<void> {
  if (!person.canAsk)
    throw new ConfirmationError(
      `someone has to do this by hand, and there is no terminal:\n${operation.text}`,
      { hint: 'Run it again with a terminal.' },
    );
  const done = await context.perform(operation, (signal) => person.confirm(operation.text, signal));
  if (!done) throw new StoppedError(undone, { hint: '`sense-runbook resume` asks again.' });
}
