import { allSteps, stepsOf, type Plan, type PlanItem, type PlanStep } from '../contract/plan.ts';
import { undoBegun, type Execution, type RunState } from './run-state.ts';

/**
 * Whether the journal stands inside a `site-consistent: false` bracket: the site must not be started. That is so from the
 * first thing that was changed in it, and not before: what only looked leaves the site whole. Once the bracket is closed, a
 * rollback that has begun to put back what came after its beginning opens it again, until all of it is undone.
 */
export function insideBracket(plan: Plan, { executions }: Pick<RunState, 'executions'>): boolean {
  const steps = allSteps(plan);
  const looking = new Set(steps.filter(({ effect }) => effect === 'read').map(({ id }) => id));
  const closing = steps.filter(({ siteConsistent }) => siteConsistent === true);
  return steps.some(({ id, siteConsistent }) => {
    if (siteConsistent !== false) return false;
    const opened = executions.filter(({ step, begun }) => step === id && begun);
    const [first] = opened;
    const open = opened.filter(({ status }) => status !== 'undone');
    if (first === undefined || open.length === 0) return false;
    const changed = executions.some(
      ({ step, seq, always, begun, status }) =>
        seq >= first.seq && !always && begun && status !== 'undone' && !looking.has(step),
    );
    if (!changed) return false;
    return (
      beingPutBack(executions, first.seq) ||
      open.some(({ seq }) => !closing.some((step) => isClosedBy(step, executions, seq)))
    );
  });
}

/** Whether a bracket that begins behind the step was closed after that line of the journal. */
export function isBehindClosed(
  plan: Plan,
  { executions }: Pick<RunState, 'executions'>,
  step: string,
  seq: number,
): boolean {
  const steps = allSteps(plan);
  const place = steps.findIndex(({ id }) => id === step);
  return steps.some(
    (other, index) => other.siteConsistent === true && index > place && isClosedBy(other, executions, seq),
  );
}

/**
 * What must have been carried out before the bracket begins, and holds for all of it: the steps before its beginning that
 * an always-step reverses, which are the stops of services.
 */
export function stepsBeforeBracket(plan: Plan): PlanItem[] {
  const items = plan.sections.filter(({ preflight }) => !preflight).flatMap((section) => section.items);
  const begins = items.findIndex((item) =>
    stepsOf([item]).some(({ siteConsistent }) => siteConsistent === false),
  );
  const reversed = new Set(stepsOf(plan.always).flatMap(({ reverses }) => reverses));
  return items
    .slice(0, Math.max(0, begins))
    .filter((item) => stepsOf([item]).some(({ id, skipped }) => skipped === undefined && reversed.has(id)));
}

/**
 * Whether the run itself started again on purpose what the step stopped on a node (a node that is through, while the next
 * one is at it): that goes on running while the bracket is open, unless all of it is being put back.
 */
export function isStartedOnPurpose(plan: Plan, state: RunState, step: string, node: string): boolean {
  if (state.rollingBack && undoBegun(state)) return false;
  const stopped = state.executions.findLast((one) => one.step === step && one.node === node);
  const starting = plan.sections
    .flatMap(({ items }) => stepsOf(items))
    .filter(({ reverses }) => reverses.includes(step))
    .map(({ id }) => id);
  return (
    stopped !== undefined &&
    state.executions.some(
      (one) =>
        starting.includes(one.step) && one.node === node && one.status === 'done' && one.seq > stopped.seq,
    )
  );
}

/**
 * The nodes whose services were stopped before the bracket: those on which the run itself started all of them again on
 * purpose, and the others, whose services stay down while it is open.
 */
export function nodesInBracket(plan: Plan, state: RunState): { startedAgain: string[]; keptDown: string[] } {
  const stops = stepsOf(stepsBeforeBracket(plan)).flatMap(({ id, executions }) =>
    executions.flatMap(({ node }) =>
      state.executions.some((one) => one.step === id && one.node === node && one.begun) ? [{ id, node }] : [],
    ),
  );
  const nodes = [...new Set(stops.map(({ node }) => node))];
  const isUp = (node: string): boolean =>
    stops.every((stop) => stop.node !== node || isStartedOnPurpose(plan, state, stop.id, node));
  return { startedAgain: nodes.filter(isUp), keptDown: nodes.filter((node) => !isUp(node)) };
}

/** Whether a step lies in a bracket, its first step included. */
export function liesInBracket(plan: Plan, step: string): boolean {
  let inside = false;
  for (const { id, siteConsistent } of plan.sections.flatMap(({ items }) => stepsOf(items))) {
    if (siteConsistent === false) inside = true;
    if (id === step) return inside;
    if (siteConsistent === true) inside = false;
  }
  return false;
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
