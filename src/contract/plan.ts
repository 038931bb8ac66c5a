import type { CheckResult, Description } from './action.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { EffectClass, Operation } from './operation.ts';

/** How sure the plan is of a step: looked at, taken on trust, or known only after the named step. */
export type PlanLabel = 'checked' | 'assumed' | `unknown until ${string}`;

/** What one step does on one node. */
export interface PlannedExecution {
  readonly node: string;
  /** `with` of the runbook with every value that is known now; the rest are placeholders. */
  readonly input: JsonObject;
  readonly operations: readonly Operation[];
  readonly estimate?: NonNullable<Description['estimate']>;
  /** Predicted outputs; a value that is exactly a placeholder (`<set>`) is bound when the step is done. */
  readonly outputs: JsonObject;
  readonly notes: readonly string[];
  /** Lines that the question for approval shows besides. */
  readonly approval?: readonly string[];
  /** Why its operations could not be told, and are not here. */
  readonly incomplete?: string;
  /** Milestones that will be reached before the end. */
  readonly milestones?: readonly string[];
}

/**
 * Where a prediction comes from: good runs of other runbooks that did the same, by their names; or a drill that loaded the
 * databases, by its set.
 */
export type PredictedFrom = { readonly runs: readonly string[] } | { readonly drill: string };

/** One step of a plan. */
export interface PlanStep {
  readonly id: string;
  readonly title: string;
  readonly uses: string;
  readonly effect: EffectClass;
  readonly label: PlanLabel;
  /** One entry a node, in the order of the site file. */
  readonly executions: readonly PlannedExecution[];
  /** `with` as written, expressions and all: resolved again when the step runs. */
  readonly with: JsonObject;
  /** Decided at planning; absent when the condition holds or is known only later (then `when` is set). */
  readonly skipped?: string;
  readonly when?: string;
  readonly confirm?: string;
  readonly source?: string;
  readonly explain?: string;
  readonly timeoutMs?: number;
  readonly retry?: { readonly attempts: number; readonly delayMs: number };
  readonly onFailure: 'stop' | 'continue';
  /** Only in a parallel group: steps above it that it waits for, `STEP` until done or `STEP.MILESTONE`. */
  readonly after?: readonly string[];
  readonly reverses: readonly string[];
  readonly pointOfNoReturn: boolean;
  /** The action can put back what the step did (`rollback`). */
  readonly undo?: true;
  /** Opens (`false`) or closes (`true`) the bracket in which the site must not be started. */
  readonly siteConsistent?: boolean;
  /** `runbook`, or the file and hook it came from. */
  readonly origin: string;
  readonly predictedMs?: number;
  /** Absent: earlier runs of the same runbook. */
  readonly predictedFrom?: PredictedFrom;
}

/** Steps side by side, but for what waits for another (`after`). */
interface PlanParallel {
  readonly parallel: readonly PlanStep[];
}

export type PlanItem = PlanStep | PlanParallel;

/** A section: steps that belong together. */
export interface PlanSection {
  readonly id: string;
  readonly title?: string;
  /** Its steps only look, all of them are looked at, and a failed check ends with 3 before anything is asked. */
  readonly preflight: boolean;
  readonly restart: 'step' | 'whole';
  /** All steps on the first node, then all on the next one; otherwise a step is done on all nodes side by side. */
  readonly nodeByNode?: true;
  readonly items: readonly PlanItem[];
}

/** A runbook resolved against a site. */
export interface Plan {
  readonly schemaVersion: 1;
  readonly tool: string;
  readonly runbook: {
    readonly name: string;
    readonly title: string;
    readonly source?: string;
    readonly file: string;
    readonly sha256: string;
  };
  readonly site: string;
  readonly createdAt: string;
  /** Secret parameters are `***`. */
  readonly params: JsonObject;
  /** Which of them are durations, in milliseconds. */
  readonly durations?: readonly string[];
  readonly sections: readonly PlanSection[];
  readonly always: readonly PlanItem[];
  /** Steps of `on-failure` hooks of the runbook: run when it failed, after `always`: services run by then. */
  readonly onFailure: readonly PlanItem[];
  /** What was observed; a saved plan is refused when it no longer holds. */
  readonly fingerprint: { readonly [key: string]: JsonValue };
  readonly checks: readonly CheckResult[];
  readonly predicted: {
    readonly durationMs?: number;
    readonly downtimeMs?: number;
    /** The sum of what is known, where it is not all: stands instead of the one above of the same name. */
    readonly atLeast?: { readonly durationMs?: number; readonly downtimeMs?: number };
    /** Earlier runs of the same runbook. */
    readonly basedOn: number;
  };
  readonly warnings: readonly string[];
}

/** What a step waits for: another step, or a milestone of it. */
export interface Awaited {
  readonly step: string;
  readonly milestone?: string;
}

/** One entry of `after` read: `dump-qsr` or `dump-qsr.locked`. */
export function awaited(entry: string): Awaited {
  const [step = '', milestone] = entry.split('.');
  return milestone === undefined ? { step } : { step, milestone };
}

/** The steps of a list of items, parallel groups flattened, in order. */
export function stepsOf(items: readonly PlanItem[]): PlanStep[] {
  return items.flatMap((item) => ('parallel' in item ? [...item.parallel] : [item]));
}

/** Every step of a plan, the always-steps last. */
export function allSteps(plan: Pick<Plan, 'sections' | 'onFailure' | 'always'>): PlanStep[] {
  return [
    ...plan.sections.flatMap((section) => stepsOf(section.items)),
    ...stepsOf(plan.onFailure),
    ...stepsOf(plan.always),
  ];
}
