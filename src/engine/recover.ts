import { messageOf } from '../contract/errors.ts';
import { allSteps } from '../contract/plan.ts';
import type { ActiveRun } from './active-run.ts';
import { readContext } from './step-context.ts';
import { insideBracket } from './run-state.ts';
import { conclude, runAlways } from './work.ts';
import type { RunResult } from './types.ts';

/**
 * Puts a killed run in order (design section 5a): ends what it left running, removes leftovers, starts what it had
 * stopped. The run then counts as failed; it is never closed as done.
 */
export async function recoverRun(run: ActiveRun): Promise<RunResult> {
  await endOrphans(run);
  await cleanUpLeftovers(run);
  const bracket = insideBracket(run.plan, run.state());
  const failures = await runAlways(run);
  const concluded = conclude(run, undefined, failures);
  if (failures.length > 0) return { ...concluded, outcome: 'failed' };
  const message = bracket
    ? 'The run was killed inside a part that leaves the site half changed; its services were not started.'
    : 'The run was killed; what it had stopped runs again.';
  return { ...concluded, outcome: 'failed', exitCode: 0, error: { name: 'LostRun', message } };
}

async function endOrphans(run: ActiveRun): Promise<void> {
  for (const child of run.state().openChildren) {
    const ended = await run.collaborators.endOrphan(child);
    if (ended)
      run.warn(`ended ${child.program} (process ${String(child.pid)}), which the killed run had left`);
  }
}

/** Leftovers of one step must not keep the services of the site down: a failure here is a warning. */
async function cleanUpLeftovers(run: ActiveRun): Promise<void> {
  const steps = new Map(allSteps(run.plan).map((step) => [step.id, step]));
  for (const execution of run.state().executions.filter(({ status }) => status === 'unfinished')) {
    const step = steps.get(execution.step);
    const action = step === undefined ? undefined : run.action(step.uses);
    if (step === undefined || action?.cleanUp === undefined) continue;
    const { node, attempt } = execution;
    try {
      const input = action.input.parse(execution.input);
      const context = readContext(run, step, { step: step.id, node, attempt }, AbortSignal.timeout(60_000));
      const what = await action.cleanUp(input, execution.before, context);
      if (what.length > 0) run.appendIfPossible({ type: 'cleaned-up', step: step.id, node, what });
    } catch (error) {
      run.warn(
        `what step ${step.id} left on ${node} could not be removed: ${messageOf(error)}`,
        undefined,
        step.id,
      );
    }
  }
}
