import type { Plan, PlanItem, PlanStep } from '../contract/plan.ts';
import { awaited, stepsOf } from '../contract/plan.ts';

/** Says how long a step will take, in milliseconds, and where that is from; undefined when nothing measured tells. */
export type Predict = (
  step: PlanStep,
) => Promise<(Required<Pick<PlanStep, 'predictedMs'>> & Pick<PlanStep, 'predictedFrom'>) | undefined>;

/** A part that is known to be shorter says nothing of a run: nearly all of it was not measured. */
const WORTH_TELLING_MS = 1000;

/** A sum of predictions in milliseconds; not `whole` when some of what is summed is not known. */
interface Sum {
  readonly ms: number;
  readonly whole: boolean;
}

/** When the steps of an item end, in milliseconds from its begin. */
interface Ends {
  readonly ends: ReadonlyMap<string, number>;
  readonly whole: boolean;
}

/** Predicted time of items one after the other, the longest branch of a group counting. */
function predictedTime(items: readonly PlanItem[]): Sum {
  const all = items.map(predictedEnds);
  return {
    ms: all.reduce((total, { ends }) => total + Math.max(0, ...ends.values()), 0),
    whole: all.every(({ whole }) => whole),
  };
}

/**
 * When each step of an item ends. One that waits for a milestone of another step is taken to begin with it: when a
 * milestone is reached is not in the history. One without a prediction is taken to need no time.
 */
function predictedEnds(item: PlanItem): Ends {
  const begins = new Map<string, number>();
  const ends = new Map<string, number>();
  const steps = stepsOf([item]);
  const other = new Map(steps.map((candidate) => [candidate.id, candidate]));
  for (const step of steps) {
    const waits = (step.after ?? []).map(awaited).map(({ step: id, milestone }) => {
      const reaches =
        milestone !== undefined &&
        other.get(id)?.executions.every(({ milestones }) => milestones?.includes(milestone)) === true;
      return (reaches ? begins : ends).get(id) ?? 0;
    });
    const begin = Math.max(0, ...waits);
    begins.set(step.id, begin);
    ends.set(step.id, begin + (step.skipped === undefined ? (step.predictedMs ?? 0) : 0));
  }
  return { ends, whole: steps.every(isKnown) };
}

/** A drill measures the loading of databases alone: comparing them, which a restore does in the same step, is not in it. */
function isKnown({ skipped, predictedMs, predictedFrom }: PlanStep): boolean {
  if (skipped !== undefined) return true;
  return predictedMs !== undefined && (predictedFrom === undefined || !('drill' in predictedFrom));
}

/** Predicted duration, and downtime from the first stop of services to the end of the last start of the sections. */
export function predictPlan(plan: Pick<Plan, 'sections' | 'always'>, basedOn: number): Plan['predicted'] {
  const sections = plan.sections.flatMap((section) => section.items);
  const items = [...sections, ...plan.always];
  if (!items.some((item) => does(item, (step) => step.predictedMs !== undefined))) return { basedOn };
  const duration = predictedTime(items);
  const first = items.findIndex((item) => does(item, (step) => step.uses === 'services.stop'));
  const starts = (item: PlanItem): boolean => does(item, (step) => step.uses.startsWith('services.start'));
  // The always-steps start only what the sections did not.
  const last = sections.some(starts) ? sections.findLastIndex(starts) : items.findLastIndex(starts);
  const downtime =
    first === -1 || last < first
      ? undefined
      : sum(predictedTime(items.slice(first, last)), endOf(items[last], starts));
  const atLeast = { ...partly('durationMs', duration), ...partly('downtimeMs', downtime) };
  return {
    ...wholly('durationMs', duration),
    ...wholly('downtimeMs', downtime),
    ...(Object.keys(atLeast).length === 0 ? {} : { atLeast }),
    basedOn,
  };
}

function wholly(
  name: 'durationMs' | 'downtimeMs',
  time: Sum | undefined,
): Partial<Record<typeof name, number>> {
  return time?.whole === true ? { [name]: time.ms } : {};
}

function partly(
  name: 'durationMs' | 'downtimeMs',
  time: Sum | undefined,
): Partial<Record<typeof name, number>> {
  return time === undefined || time.whole || time.ms < WORTH_TELLING_MS ? {} : { [name]: time.ms };
}

/** When the last of the steps that fit ends within its item: what goes on beside it does not count. */
function endOf(item: PlanItem | undefined, fits: (item: PlanItem) => boolean): Sum {
  if (item === undefined) return { ms: 0, whole: true };
  const { ends, whole } = predictedEnds(item);
  const fitting = stepsOf([item]).flatMap((step) => (fits(step) ? [ends.get(step.id) ?? 0] : []));
  return { ms: Math.max(0, ...fitting), whole };
}

function sum(one: Sum, other: Sum): Sum {
  return { ms: one.ms + other.ms, whole: one.whole && other.whole };
}

function does(item: PlanItem, test: (step: PlanStep) => boolean): boolean {
  return stepsOf([item]).some((step) => step.skipped === undefined && test(step));
}
