import { PreflightError } from '../contract/errors.ts';
import type { Operation } from '../contract/operation.ts';
import { allSteps, type Plan, type PlannedExecution, type PlanStep } from '../contract/plan.ts';

/**
 * Refuses a plan in which a step could not be told, since that step could do nothing, or in which services are stopped
 * that the step which reverses it does not know. A node or the database did not answer, or not to the end, for a moment
 * while the plan was made: met here, before anything is stopped, and not by the start.
 * @throws PreflightError naming every such step
 */
export function refuseIncomplete(plan: Plan): void {
  const steps = allSteps(plan).filter(({ skipped }) => skipped === undefined);
  const problems = steps.flatMap((step) =>
    step.executions.flatMap((execution) =>
      [execution.incomplete ?? unknownServices(step, execution, steps)].flatMap((problem) =>
        problem === undefined ? [] : [`  - ${step.title}: ${problem}`],
      ),
    ),
  );
  if (problems.length === 0) return;
  throw new PreflightError(
    ['The plan is not complete, so that it is not run; nothing was changed', ...new Set(problems)].join('\n'),
    {
      hint: 'The checks passed, so it may have been for a moment: run it again. When it comes again, look at what is named here.',
    },
  );
}

/** Services that a step which this one reverses stops on this node, and that this one could not start. */
function unknownServices(
  { reverses }: PlanStep,
  { node, operations }: PlannedExecution,
  steps: readonly PlanStep[],
): string | undefined {
  const started = servicesOf(operations, 'start');
  const stopped = steps
    .filter(({ id }) => reverses.includes(id))
    .flatMap(({ executions }) => executions.filter((execution) => execution.node === node))
    .flatMap((execution) => servicesOf(execution.operations, 'stop'));
  const unknown = [...new Set(stopped)].filter((service) => !started.includes(service));
  return unknown.length === 0
    ? undefined
    : `${node} did not name ${unknown.join(', ')}, which would be stopped`;
}

function servicesOf(operations: readonly Operation[], verb: 'start' | 'stop'): string[] {
  return operations.flatMap((one) => (one.kind === 'service' && one.verb === verb ? [one.service] : []));
}
