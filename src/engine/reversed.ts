import type { ReversedStep } from '../contract/action.ts';
import { allSteps, stepsOf, type Plan } from '../contract/plan.ts';
import { undoBegun, type Execution, type RunState } from './run-state.ts';

/**
 * Executions of the named steps, newest first, as a reversing step sees them. Not those that were reversed with success
 * before this stretch of work began: what the site was like then is no matter any more. A rollback goes back to before
 * the run: there those count that saw what ran before it, whatever was started since. One that has put nothing back yet
 * leaves the site as it found it.
 */
export function reversedBy(plan: Plan, state: RunState, steps: readonly string[]): ReversedStep[] {
  const begun = state.executions.filter(({ begun, step }) => begun && steps.includes(step));
  const goesBack = state.rollingBack && undoBegun(state);
  const counts = goesBack ? sawBefore(plan, state, steps) : unsettled(plan, state);
  return begun
    .filter(counts)
    .toReversed()
    .map(({ step, node, before, outputs, unanswered }) => ({
      ...{ step, node, before },
      ...(outputs !== undefined && { outputs }),
      ...(unanswered.size > 0 && { unanswered: [...unanswered] }),
    }));
}

function unsettled(plan: Plan, state: RunState): (execution: Execution) => boolean {
  const reverses = new Map(allSteps(plan).map((step) => [step.id, step.reverses]));
  return ({ step, node, seq }) =>
    !state.executions.some(
      (later) =>
        later.node === node &&
        later.status === 'done' &&
        later.seq > seq &&
        later.seq < state.stretch &&
        reverses.get(later.step)?.includes(step) === true,
    );
}

/**
 * Which executions saw the site as it was before the run: those of a step before anything on that node was started after
 * it, and none after the run's own steps (not the always-steps, which put back) started something that need not have run.
 */
function sawBefore(plan: Plan, state: RunState, steps: readonly string[]): (execution: Execution) => boolean {
  const starting = startingSteps(plan, steps);
  const always = new Set(stepsOf(plan.always).map(({ id }) => id));
  const starts = state.executions.filter(({ step, begun }) => begun && starting.has(step));
  const first = (fits: (other: Execution) => boolean): number =>
    state.executions.find((other) => other.begun && steps.includes(other.step) && fits(other))?.seq ??
    Number.POSITIVE_INFINITY;
  return ({ step, node, seq, inRollback }) => {
    if (inRollback) return false;
    const firstOfStep = first((other) => other.node === node && other.step === step);
    const firstOfNode = first((other) => other.node === node);
    return !starts.some(
      (start) =>
        start.node === node &&
        start.seq < seq &&
        (start.seq > firstOfStep || (start.seq > firstOfNode && !always.has(start.step))),
    );
  };
}

/** Steps that start services again: they say so, or their plan does. */
function startingSteps(plan: Plan, stopping: readonly string[]): ReadonlySet<string> {
  return new Set(
    allSteps(plan)
      .filter(
        ({ reverses, executions }) =>
          reverses.some((id) => stopping.includes(id)) ||
          executions.some(({ operations }) =>
            operations.some((operation) => operation.kind === 'service' && operation.verb === 'start'),
          ),
      )
      .map(({ id }) => id),
  );
}
