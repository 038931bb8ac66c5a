import { allSteps, type Plan } from '../contract/plan.ts';
import type { ActionRegistry } from '../contract/action.ts';
import type { ExitCode } from '../contract/errors.ts';
import type { RunOutcome } from '../contract/event.ts';
import { insideBracket, type RunState } from './run-state.ts';

/**
 * Whether a run that is over has left something on the site that can be gone on with or put back: then it keeps the
 * site (design rule 9). A failed backup leaves nothing: its services are up again and the next night may come.
 */
export function leavesEffects(plan: Plan, state: RunState, actions: ActionRegistry): boolean {
  if (insideBracket(plan, state)) return true;
  const uses = new Map(allSteps(plan).map((step) => [step.id, step]));
  return state.executions.some(({ step, status, always, begun }) => {
    if (always || !begun || status === 'undone') return false;
    const planned = uses.get(step);
    if (planned === undefined) return false;
    return planned.pointOfNoReturn || actions.get(planned.uses)?.undo !== undefined;
  });
}

/** Whether a run that has ended goes on holding the site: to be continued, put back or recovered. */
export function keepsSite(
  plan: Plan,
  state: RunState,
  { outcome, exitCode }: { readonly outcome: RunOutcome; readonly exitCode: ExitCode },
  actions: ActionRegistry,
): boolean {
  if (outcome === 'done' || outcome === 'rolled-back' || outcome === 'abandoned') return false;
  return outcome === 'stopped' || exitCode === 7 || leavesEffects(plan, state, actions);
}
