import { isStartedOnPurpose, stepsBeforeBracket } from './bracket.ts';
import type { ActiveRun } from './active-run.ts';
import { runItems, type StepFailure } from './steps.ts';

/**
 * Stops services again before anything of a half changed site is touched: the run's own always-steps may have started
 * them since, a person, or Windows when the machine came up again. What the run itself started on purpose goes on, unless
 * `everything` is put back under it. Gives the step that could not.
 */
export async function stopAgain(
  run: ActiveRun,
  { everything = false }: { readonly everything?: boolean } = {},
): Promise<StepFailure | undefined> {
  const state = run.state();
  return runItems(run, stepsBeforeBracket(run.plan), { always: false }, ({ id, executions }) =>
    executions.filter(({ node }) => everything || !isStartedOnPurpose(run.plan, state, id, node)),
  );
}
