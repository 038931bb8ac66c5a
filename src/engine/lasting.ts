import { allSteps, type Plan } from '../contract/plan.ts';
import type { ActionRegistry } from '../contract/action.ts';
import { insideBracket, type RunState } from './run-state.ts';

/**
 * Whether a run that is over has left something on the site that can be gone on with or put back: then it keeps the
 * site (design rule 9). A failed backup leaves nothing: its services are up again and the next night may come.
 */
export function leavesEffects(plan: Plan, state: RunState, actions: ActionRegistry): boolean {
  if (insideBracket(plan, state)) return true;
  const uses = new Map(allSteps(plan).map((step) => [step.id, step]));
  return state.executions.some(({ step, status, always }) => {
    if (always || status === 'undone') return false;
    const planned = uses.get(step);
    if (planned === undefined) return false;
    return planned.pointOfNoReturn || actions.get(planned.uses)?.undo !== undefined;
  });
}
