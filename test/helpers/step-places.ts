import { expect } from 'vitest';
import { stepsOf, type Plan, type PlanStep } from '../../src/contract/plan.ts';
import type { Place } from './kill-places.ts';

/** Steps of a plan, those left out as well. */
export function everyStep({ sections, always }: Plan): PlanStep[] {
  return [...sections.flatMap(({ items }) => stepsOf(items)), ...stepsOf(always)];
}

/** Steps that a rollback has something to do for: what is put back, what is stopped once more, and what is done always. */
export function stepsOfRollback(plan: Plan): PlanStep[] {
  const always = stepsOf(plan.always);
  const stopped = new Set(always.flatMap(({ reverses }) => reverses));
  return everyStep(plan).filter(
    (step) =>
      step.skipped === undefined && (step.undo === true || stopped.has(step.id) || always.includes(step)),
  );
}

/** Steps by what ending them can show. */
export interface StepKinds {
  /** They change nothing. */
  readonly looks: ReadonlySet<string>;
  readonly preflight: ReadonlySet<string>;
  /** What they do an always-step does as well, when they failed: what goes on finds nothing left to do. */
  readonly doneAlways: ReadonlySet<string>;
}

/** Kinds of the steps of a plan. */
export function stepKinds(plan: Plan): StepKinds {
  const ids = (steps: readonly PlanStep[]): Set<string> => new Set(steps.map(({ id }) => id));
  const sections = plan.sections.filter(({ preflight }) => preflight);
  return {
    looks: ids(everyStep(plan).filter(({ effect }) => effect === 'read')),
    preflight: ids(sections.flatMap(({ items }) => stepsOf(items))),
    doneAlways: ids(
      plan.sections.flatMap(({ items }) => stepsOf(items)).filter(({ reverses }) => reverses.length > 0),
    ),
  };
}

/** Whether the place is where a step, or the run, begins or ends; otherwise it is inside. */
export function isBoundary({ at }: Pick<Place, 'at'>): boolean {
  return at.startsWith('result ') || at.startsWith('began ');
}

/** That each of the steps is ended inside, by each of the signals, and at its boundary; preflight: not by SIGINT, which comes inside only. */
export function expectEachStep(
  steps: readonly PlanStep[],
  cuts: readonly Place[],
  signals: readonly Place['signal'][],
  { preflight }: StepKinds,
): void {
  expect(steps.length).toBeGreaterThan(0);
  const missing = steps.flatMap(({ id }) =>
    signals.flatMap((signal) => {
      if (signal === 'SIGINT' && preflight.has(id)) return [];
      const here = cuts.filter((cut) => cut.step === id && cut.signal === signal);
      const lacks = (what: string): string => `${String(signal)} ${what} ${id}`;
      return [
        ...(signal === 'SIGINT' || here.some(isBoundary) ? [] : [lacks('at the boundary of')]),
        ...(here.every(isBoundary) ? [lacks('inside')] : []),
      ];
    }),
  );
  expect(missing, `steps without a place: ${missing.join(', ')}`).toEqual([]);
}
