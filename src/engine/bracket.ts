import { allSteps, type Plan, type PlanStep } from '../contract/plan.ts';
import type { Execution, RunState } from './run-state.ts';

/**
 * Whether the journal stands inside a `site-consistent: false` bracket: the site must not be started. Once it is closed,
 * a rollback that has begun to put back what came after its beginning opens it again, until its first step is undone.
 */
export function insideBracket(plan: Plan, { executions }: Pick<RunState, 'executions'>): boolean {
  const steps = allSteps(plan);
  const closing = steps.filter(({ siteConsistent }) => siteConsistent === true);
  return steps.some(({ id, siteConsistent }) => {
    if (siteConsistent !== false) return false;
    const opened = executions.filter(({ step, begun }) => step === id && begun);
    const [first] = opened;
    const open = opened.filter(({ status }) => status !== 'undone');
    if (first === undefined || open.length === 0) return false;
    return (
      beingPutBack(executions, first.seq) ||
      open.some(({ seq }) => !closing.some((step) => isClosedBy(step, executions, seq)))
    );
  });
}

/** Whether a rollback has begun with anything from that line of the journal on. */
function beingPutBack(executions: readonly Execution[], from: number): boolean {
  return executions.some(
    ({ seq, undoing, status }) => seq >= from && (undoing === true || status === 'undone'),
  );
}

/** Done on every node since then. */
function isClosedBy(closing: PlanStep, executions: readonly Execution[], since: number): boolean {
  return (
    closing.executions.length > 0 &&
    closing.executions.every(({ node }) =>
      executions.some(
        (execution) =>
          execution.step === closing.id &&
          execution.node === node &&
          execution.status === 'done' &&
          execution.seq > since,
      ),
    )
  );
}
