import type { UndoAhead } from '../contract/action.ts';
import { ExpectedError, messageOf, PreflightError, StepError } from '../contract/errors.ts';
import type { ActiveRun } from './active-run.ts';
import { insideBracket } from './bracket.ts';
import { undoTitle, type Undo } from './rollback.ts';
import { undoBegun } from './run-state.ts';
import { readContext } from './step-context.ts';
import type { RunSummary } from './types.ts';

/** What stands in the way of putting back one step. */
interface Obstacle {
  readonly undo: Undo;
  readonly error: ExpectedError;
}

/**
 * Asks every step whether it can be put back before the first is: one that cannot, found half-way, would leave the site
 * between old and new, where it must not start. `run` looks without a trace; `next` is what leads the run on.
 *
 * @throws PreflightError naming all that stands in the way; the signal's reason
 */
export async function refuseForeseen(
  run: ActiveRun,
  undos: readonly Undo[],
  next: RunSummary['next'],
): Promise<void> {
  const found: Obstacle[] = [];
  for (const undo of undos) {
    run.options.signal.throwIfAborted();
    for (const error of await obstaclesOf(run, undo, undos)) found.push({ undo, error });
  }
  if (found.length === 0) return;
  const lines = found.map(
    ({ undo, error }) => `  - ${undoTitle(undo)} (${undo.execution.node}): ${error.message}`,
  );
  const hints = found.flatMap(({ error }) => error.hint ?? []);
  throw new PreflightError(
    [`run ${run.id} cannot be rolled back as things stand; nothing was changed`, ...new Set(lines)].join(
      '\n',
    ),
    { hint: [...new Set(hints), ...waysOn(run, next)].join('\n') },
  );
}

/** What an undo would fail with; one that could not look could not put back either. */
async function obstaclesOf(
  run: ActiveRun,
  { step, execution, action }: Undo,
  undos: readonly Undo[],
): Promise<readonly ExpectedError[]> {
  if (action?.foreseeUndo === undefined) return [];
  const { node, attempt, before, outputs } = execution;
  const { signal } = run.options;
  const context = readContext(run, step, { step: step.id, node, attempt }, signal);
  try {
    const input = action.input.parse(execution.input);
    return await action.foreseeUndo(input, before, outputs, context, aheadOf(run, execution, undos));
  } catch (error) {
    signal.throwIfAborted();
    return [error instanceof ExpectedError ? error : new StepError(messageOf(error), { cause: error })];
  }
}

function aheadOf(
  run: ActiveRun,
  { step, node, attempt }: Undo['execution'],
  undos: readonly Undo[],
): UndoAhead {
  const executions = run.state().executions.filter((one) => one.step === step && one.node === node);
  return {
    begun: undoBegun({ executions }),
    newer: undos
      .map(({ execution }) => execution)
      .filter((one) => one.step === step && one.node === node && one.attempt > attempt)
      .map(({ before }) => before),
  };
}

/** What leads on, also where the obstacle stays: the rollback alone would lead in circles then. */
function waysOn(run: ActiveRun, next: RunSummary['next']): string[] {
  const { id, plan } = run;
  const state = run.state();
  const again = `Once that is put right: \`sense-runbook rollback ${id}\`.`;
  const giveUp = `\`sense-runbook runs abandon ${id}\`, then restore a backup set`;
  if (undoBegun(state))
    return [
      `A rollback of this run had begun, and what it has put back stays so.${insideBracket(plan, state) ? ' The site is half put back, and its services must not start.' : ''}`,
      `${again} Where it cannot be: ${giveUp}.`,
    ];
  if (state.ended?.outcome !== 'done')
    return [
      `${again} Where it cannot be: ${next.includes('resume') ? `\`sense-runbook resume ${id}\` goes on with the run, or ` : ''}${giveUp}.`,
    ];
  const clean = next.includes('cleanup')
    ? ` (\`sense-runbook cleanup ${id}\` removes what else the run keeps)`
    : '';
  return [
    'The site stays as the run left it, and goes on as it was.',
    `${again} Where it cannot be: keep the site as it is${clean}, or restore a backup set.`,
  ];
}
