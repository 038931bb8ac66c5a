import { allSteps, type Plan } from '../contract/plan.ts';
import type { ActionRegistry } from '../contract/action.ts';
import type { ExitCode } from '../contract/errors.ts';
import type { RunOutcome } from '../contract/event.ts';
import { insideBracket } from './bracket.ts';
import { undoBegun, type Execution, type RunState } from './run-state.ts';

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

/** How a run stands to what it changed: what of it can be led on with, put back, or removed for good. */
export interface Standing {
  /** Something is left on the site that was not put back. */
  readonly effects: boolean;
  /** Title of the point of no return that it has passed: nothing of it can be put back any more. */
  readonly pastNoReturn?: string;
  /** What it kept is removed, or a part of it: nothing of it can be put back any more. */
  readonly cleanedUp: boolean;
  /** A rollback has begun to put back: what is left of the run's steps does not rest on each other any more. */
  readonly undoBegun: boolean;
  /** Something is kept that `cleanup` removes. */
  readonly keeps: boolean;
}

/** Reads the standing off the journal. */
export function standingOf(plan: Plan, state: RunState, actions: ActionRegistry): Standing {
  const steps = new Map(allSteps(plan).map((step) => [step.id, step]));
  const begun = state.executions.filter(
    ({ always, begun, status }) => !always && begun && status !== 'undone',
  );
  const past = begun.map(({ step }) => steps.get(step)).find((step) => step?.pointOfNoReturn === true);
  return {
    effects: leavesEffects(plan, state, actions),
    ...(past === undefined ? {} : { pastNoReturn: past.title }),
    cleanedUp: state.executions.some(({ discard }) => discard !== undefined),
    undoBegun: undoBegun(state),
    keeps: keptBy(plan, state, actions).length > 0,
  };
}

/**
 * Executions that may keep something so that they can be undone, newest first. In a run that was given up also those that
 * did not come to their end: what they kept is looked at all the same.
 */
export function keptBy(plan: Plan, state: RunState, actions: ActionRegistry): Execution[] {
  const uses = new Map(allSteps(plan).map((step) => [step.id, step.uses]));
  const givenUp = state.ended?.outcome === 'abandoned';
  return state.executions
    .filter(
      ({ step, status, begun, discard }) =>
        (status === 'done' || (givenUp && begun && status !== 'undone')) &&
        discard !== 'done' &&
        actions.get(uses.get(step) ?? '')?.discard !== undefined,
    )
    .toReversed();
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
