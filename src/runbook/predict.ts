import type { Plan, PlanItem, PlanStep } from '../contract/plan.ts';
import { awaited, stepsOf } from '../contract/plan.ts';

/** Predicted time of items one after the other, the longest branch of a group counting. Undefined when a step has none. */
function predictedMs(items: readonly PlanItem[]): number | undefined {
  let total = 0;
  for (const item of items) {
    const ends = predictedEnds(item);
    if (ends === undefined) return undefined;
    total += Math.max(0, ...ends.values());
  }
  return total;
}

/**
 * When each step of an item ends, from the item's begin. One that waits for a milestone of another step is taken to begin
 * with it: when a milestone is reached is not in the history. Undefined when a step has no prediction.
 */
function predictedEnds(item: PlanItem): Map<string, number> | undefined {
  const begins = new Map<string, number>();
  const ends = new Map<string, number>();
  for (const step of stepsOf([item])) {
    const skipped = step.skipped !== undefined;
    if (!skipped && step.predictedMs === undefined) return undefined;
    const other = new Map(stepsOf([item]).map((candidate) => [candidate.id, candidate]));
    const waits = (step.after ?? []).map(awaited).map(({ step: id, milestone }) => {
      const reaches =
        milestone !== undefined &&
        other.get(id)?.executions.every(({ milestones }) => milestones?.includes(milestone)) === true;
      return (reaches ? begins : ends).get(id) ?? 0;
    });
    const begin = Math.max(0, ...waits);
    begins.set(step.id, begin);
    ends.set(step.id, begin + (skipped ? 0 : (step.predictedMs ?? 0)));
  }
  return ends;
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
    basedOn === 0 || first === -1 || last < first
      ? undefined
      : sum(predictedMs(items.slice(first, last)), endOf(items[last], starts));
  return {
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(downtimeMs === undefined ? {} : { downtimeMs }),
    basedOn,
  };
}

/** When the last of the steps that fit ends within its item: what goes on beside it does not count. */
function endOf(item: PlanItem | undefined, fits: (item: PlanItem) => boolean): number | undefined {
  if (item === undefined) return 0;
  const ends = predictedEnds(item);
  if (ends === undefined) return undefined;
  return Math.max(0, ...stepsOf([item]).flatMap((step) => (fits(step) ? [ends.get(step.id) ?? 0] : [])));
}

function sum(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one + other;
}

function does(item: PlanItem, test: (step: PlanStep) => boolean): boolean {
  return stepsOf([item]).some((step) => step.skipped === undefined && test(step));
}
