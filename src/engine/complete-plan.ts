import { PreflightError } from '../contract/errors.ts';
import type { Operation } from '../contract/operation.ts';
import { allSteps, stepsOf, type Plan, type PlannedExecution, type PlanStep } from '../contract/plan.ts';

/**
 * Refuses a plan in which a step could not be told, since that step could do nothing, or in which services are stopped
 * that no step which reverses it knows on that node. A node or the database did not answer, or not to the end, for a moment
 * while the plan was made: met here, before anything is stopped, and not by the start.
 * @throws PreflightError naming every such step
 */
export function refuseIncomplete(plan: Plan): void {
  const steps = allSteps(plan).filter(({ skipped }) => skipped === undefined);
  const problems = steps.flatMap((step) =>
    [
      ...step.executions.flatMap(
        (execution) => execution.incomplete ?? unknownServices(step, execution, steps) ?? [],
      ),
      ...leftDown(step, plan),
    ].map((problem) => `  - ${step.title}: ${problem}`),
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

/**
 * What this step stops and no step that reverses it starts on that node: a failure may come before any other than an
 * always-step, where there is one. A step that nothing reverses stops services for good.
 */
function leftDown({ id, executions }: PlanStep, plan: Plan): string[] {
  const always = stepsOf(plan.always).filter(({ reverses }) => reverses.includes(id));
  const reversing =
    always.length > 0 ? always : allSteps(plan).filter(({ reverses }) => reverses.includes(id));
  if (reversing.length === 0) return [];
  const starting = reversing.filter(({ skipped }) => skipped === undefined);
  return executions.flatMap(({ node, operations }) => {
    const started = starting
      .flatMap((step) => step.executions.filter((execution) => execution.node === node))
      .flatMap((execution) => servicesOf(execution.operations, 'start'));
    const left = servicesOf(operations, 'stop').filter((service) => !started.includes(service));
    if (left.length === 0) return [];
    const ever = always.length > 0 ? ', whatever happens' : '';
    return [`no step starts ${left.join(', ')} on ${node} again${ever}`];
  });
}

function servicesOf(operations: readonly Operation[], verb: 'start' | 'stop'): string[] {
  return operations.flatMap((one) => (one.kind === 'service' && one.verb === verb ? [one.service] : []));
}
