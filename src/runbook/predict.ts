import type { Plan, PlanItem, PlanStep } from '../contract/plan.ts';
import { stepsOf } from '../contract/plan.ts';

/** Predicted time of items one after the other, the longest branch of a group counting. Undefined when a step has none. */
export function predictedMs(items: readonly PlanItem[]): number | undefined {
  let total = 0;
  for (const item of items) {
    let longest = 0;
    for (const step of stepsOf([item])) {
      if (step.skipped !== undefined) continue;
      if (step.predictedMs === undefined) return undefined;
      longest = Math.max(longest, step.predictedMs);
    }
    total += longest;
  }
  return total;
}

/** Predicted duration, and downtime from the first stop of services to the end of the last start of the sections. */
export function predictPlan(plan: Pick<Plan, 'sections' | 'always'>, basedOn: number): Plan['predicted'] {
  const sections = plan.sections.flatMap((section) => section.items);
  const items = [...sections, ...plan.always];
  const durationMs = basedOn === 0 ? undefined : predictedMs(items);
  const first = items.findIndex((item) => does(item, (step) => step.uses === 'services.stop'));
  const starts = (item: PlanItem): boolean => does(item, (step) => step.uses.startsWith('services.start'));
  // The always-steps start only what the sections did not.
  const last = sections.some(starts) ? sections.findLastIndex(starts) : items.findLastIndex(starts);
  const downtimeMs =
    basedOn === 0 || first === -1 || last < first ? undefined : predictedMs(items.slice(first, last + 1));
  return {
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(downtimeMs === undefined ? {} : { downtimeMs }),
    basedOn,
  };
}

function does(item: PlanItem, test: (step: PlanStep) => boolean): boolean {
  return stepsOf([item]).some((step) => step.skipped === undefined && test(step));
}
