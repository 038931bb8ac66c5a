import { awaited } from '../contract/plan.ts';
import type { EffectClass } from '../contract/operation.ts';
import type { OperationParts } from './operation-text.ts';

/** One step with its number in the whole plan. */
export interface StepView {
  readonly number: number;
  readonly id: string;
  readonly title: string;
  /** Facts of one or two words: effect class, label, manual reference, predicted duration. */
  readonly tags: readonly string[];
  readonly effect: EffectClass;
  /** Not done: nothing to tick. */
  readonly skipped: boolean;
  readonly remarks: readonly string[];
  /** Those of the remarks that must not be overlooked: point of no return, where the site must not be started. */
  readonly alerts: readonly string[];
  /** Nothing before it can be put back once it is begun. */
  readonly noReturn: boolean;
  /** The site must not be started when it is done; `until`: only from then on again. */
  readonly closed?: Closed;
  readonly nodes: readonly NodeView[];
  readonly explain?: string;
  /** What can be put back of it afterwards, where anything of the plan can. */
  readonly undo?: string;
}

/** What happens on one node. */
export interface NodeView {
  readonly node: string;
  readonly operations: readonly string[];
  /** The same operations, for a page from which commands are copied. */
  readonly parts: readonly OperationParts[];
  readonly notes: readonly string[];
  /** The operations are no commands to be typed: lines may be broken at any space. */
  readonly prose?: true;
}

/** What a step of a plan and one of a runbook file have in common. */
export interface StepWords {
  readonly id: string;
  readonly when?: string;
  readonly skipped?: string;
  readonly confirm?: string;
  readonly pointOfNoReturn: boolean;
  readonly undo?: true;
  readonly siteConsistent?: boolean;
  readonly after?: readonly string[];
  readonly reverses: readonly string[];
  readonly onFailure: 'stop' | 'continue';
  readonly origin: string;
}

/** Where a step is in the part of a plan in which the site must not be started. */
export type Closed = 'closed' | 'until';

/** Number of each step in the whole plan, by its id. */
export type StepNumbers = ReadonlyMap<string, number>;

/** Numbers the steps in the order of printing, from 1. */
export function numberSteps(steps: readonly { readonly id: string }[]): StepNumbers {
  return new Map(steps.map(({ id }, index) => [id, index + 1]));
}

/** What must not be overlooked at a step. */
export function stepAlerts(step: StepWords): string[] {
  if (step.skipped !== undefined) return [];
  return [
    ...(step.pointOfNoReturn ? ['Point of no return: rollback ends here.'] : []),
    ...(step.siteConsistent === false ? ['From here on the site must not be started.'] : []),
    ...(step.siteConsistent === true ? ['From here on the site may be started again.'] : []),
  ];
}

/** Everything there is to say of a step besides its tags, the alerts among it. */
export function stepRemarks(step: StepWords, numbers: StepNumbers): string[] {
  const remarks: string[] = [];
  if (step.skipped !== undefined) remarks.push(`Skipped: ${step.skipped}`);
  else if (step.when !== undefined) remarks.push(`Only when: ${step.when}`);
  if (step.confirm !== undefined) remarks.push(`Asks first: ${step.confirm}`);
  remarks.push(...stepAlerts(step));
  if (step.after !== undefined && step.after.length > 0) remarks.push(afterText(step.after, numbers));
  if (step.reverses.length > 0)
    remarks.push(`Reverses: ${step.reverses.map((id) => stepName(id, numbers)).join(', ')}`);
  if (step.onFailure === 'continue') remarks.push('A failure here does not stop the run.');
  if (step.origin !== 'runbook') remarks.push(`From: ${step.origin}`);
  return remarks;
}

/**
 * The steps between which the site must not be started, by their ids: the bracket `site-consistent: false` to `true`.
 * Steps that are skipped neither open nor close it.
 */
export function closedSteps(steps: readonly StepWords[]): ReadonlyMap<string, Closed> {
  const closed = new Map<string, Closed>();
  let open = false;
  for (const { id, skipped, siteConsistent } of steps) {
    const turns = skipped === undefined ? siteConsistent : undefined;
    if (turns === false) open = true;
    if (open) closed.set(id, turns === true ? 'until' : 'closed');
    if (turns === true) open = false;
  }
  return closed;
}

/**
 * What can be put back of each step of a plan afterwards, by its id. Empty when nothing of it can be undone: a backup
 * has nothing to put back, and need not say so at every step.
 */
export function undoTexts(
  steps: readonly (StepWords & { readonly effect: EffectClass })[],
  numbers: StepNumbers,
): ReadonlyMap<string, string> {
  const done = steps.filter(({ skipped }) => skipped === undefined);
  const last = done.findIndex(({ pointOfNoReturn }) => pointOfNoReturn);
  if (!done.some(({ undo }) => undo) && last === -1) return new Map();
  const end = done[last] === undefined ? '' : `, until ${stepName(done[last].id, numbers)} is begun`;
  const text = (step: StepWords, index: number): string => {
    if (last !== -1 && index >= last)
      return `nothing any more, ${stepName(done[last]?.id ?? '', numbers)} was the point of no return`;
    if (step.undo) return `sense-runbook rollback puts it back${end}`;
    const by = done.filter(({ reverses }) => reverses.includes(step.id)).map(({ id }) => id);
    if (by.length > 0) return `reversed by ${by.map((id) => stepName(id, numbers)).join(', ')}`;
    return 'rollback leaves it as it is';
  };
  return new Map(
    done.flatMap((step, index) =>
      step.effect === 'read' ? [] : [[step.id, text(step, index)] satisfies [string, string]],
    ),
  );
}

/** What a step of a parallel group waits for: `After: step 18 (locked), step 24`. */
function afterText(after: readonly string[], numbers: StepNumbers): string {
  const words = after
    .map(awaited)
    .map(
      ({ step, milestone }) =>
        `${stepName(step, numbers)}${milestone === undefined ? '' : ` (${milestone})`}`,
    );
  return `After: ${words.join(', ')}`;
}

/** As the page numbers it; one that is not on the page by its id. */
function stepName(id: string, numbers: StepNumbers): string {
  const number = numbers.get(id);
  return number === undefined ? id : `step ${String(number)}`;
}
