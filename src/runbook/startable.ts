import { allSteps, stepsOf, type Plan, type PlannedExecution } from '../contract/plan.ts';

/** Services that a step stops on a node and that no always-step may start again. */
export interface Unstartable {
  readonly step: string;
  readonly node: string;
  readonly services: readonly string[];
  /** Some always-step reverses the step, but its plan has not these services. */
  readonly reversed: boolean;
}

/**
 * What a plan stops and could not start again whatever happens (design rule 5.1): a start that is not in the plan is
 * refused while it runs. A node that stopped answering in the middle of planning leaves such a gap.
 */
export function findUnstartable(plan: Pick<Plan, 'sections' | 'onFailure' | 'always'>): Unstartable[] {
  const always = stepsOf(plan.always).filter((step) => step.skipped === undefined);
  return allSteps(plan)
    .filter((step) => step.skipped === undefined)
    .flatMap((step) => {
      const reversing = always.filter(({ reverses }) => reverses.includes(step.id));
      return step.executions.flatMap(({ node, ...execution }): Unstartable[] => {
        const starts = new Set(
          reversing
            .flatMap(({ executions }) => executions)
            .filter((other) => other.node === node)
            .flatMap((other) => servicesOf(other, 'start')),
        );
        const services = stoppedBy(execution).filter((service) => !starts.has(service));
        return services.length === 0
          ? []
          : [{ step: step.id, node, services, reversed: reversing.length > 0 }];
      });
    });
}

/** Not what the step itself starts before: it takes that back, so that nothing is down that ran. */
function stoppedBy({ operations }: Pick<PlannedExecution, 'operations'>): string[] {
  const started = new Set<string>();
  return operations.flatMap((operation) => {
    if (operation.kind !== 'service') return [];
    if (operation.verb === 'start') started.add(operation.service);
    return operation.verb === 'stop' && !started.has(operation.service) ? [operation.service] : [];
  });
}

function servicesOf({ operations }: Pick<PlannedExecution, 'operations'>, verb: 'start' | 'stop'): string[] {
  return operations.flatMap((operation) =>
    operation.kind === 'service' && operation.verb === verb ? [operation.service] : [],
  );
}
