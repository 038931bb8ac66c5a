import type { ReversedStep } from '../contract/action.ts';
import type { JsonObject, JsonValue } from '../contract/json.ts';
import { allSteps, type Plan } from '../contract/plan.ts';
import type { JournalEntry, Worker } from './records.ts';
import type { StepRecord } from './types.ts';

/** What the journal says of one attempt of a step on a node. */
export interface Execution {
  readonly step: string;
  readonly node: string;
  readonly attempt: number;
  readonly title: string;
  readonly always: boolean;
  readonly input: JsonObject;
  readonly before: JsonValue;
  readonly seq: number;
  readonly startedAt: string;
  /** False when it failed while it only looked at what is there: nothing was done. */
  readonly begun: boolean;
  status: 'unfinished' | 'done' | 'failed' | 'cancelled' | 'undone';
  outputs?: JsonObject;
  durationMs?: number;
  reason?: string;
}

/** A child process that has no recorded end. */
export interface OpenChild {
  readonly pid: number;
  readonly startedAt: string;
  readonly program: string;
}

/** The journal folded: what happened, in order. */
export interface RunState {
  readonly executions: readonly Execution[];
  readonly skipped: readonly { step: string; node: string; title: string; reason: string; always: boolean }[];
  readonly openChildren: readonly OpenChild[];
  /** The last worker; its process may be gone. */
  readonly worker: Worker | undefined;
  readonly startedAt: string;
  /** Number of the line with which the newest `run`, `resume` or `rollback` began; `recover` belongs to what it recovers. */
  readonly stretch: number;
  readonly ended: Extract<JournalEntry, { type: 'ended' }> | undefined;
  readonly sections: ReadonlyMap<string, 'began' | 'done' | 'failed'>;
  readonly warnings: readonly { message: string; hint?: string }[];
}

/** Folds a journal. The last `ended` counts only when nothing began after it. */
export function foldJournal(entries: readonly JournalEntry[]): RunState {
  const executions: Execution[] = [];
  const byKey = new Map<string, Execution>();
  const children = new Map<string, OpenChild>();
  const skipped: { step: string; node: string; title: string; reason: string; always: boolean }[] = [];
  const sections = new Map<string, 'began' | 'done' | 'failed'>();
  const warnings: { message: string; hint?: string }[] = [];
  let worker: Worker | undefined;
  let ended: Extract<JournalEntry, { type: 'ended' }> | undefined;
  let stretch = 0;
  function addExecution(
    entry: Pick<Execution, 'step' | 'node' | 'attempt' | 'title' | 'always' | 'input' | 'before'> & {
      seq: number;
      at: string;
    },
    begun: boolean,
  ): Execution {
    const { step, node, attempt, title, always, input, before, seq, at } = entry;
    const execution: Execution = {
      step,
      node,
      attempt,
      title,
      always,
      input,
      before,
      seq,
      startedAt: at,
      begun,
      status: 'unfinished',
    };
    executions.push(execution);
    byKey.set(keyOf(entry), execution);
    return execution;
  }
  for (const entry of entries) {
    switch (entry.type) {
      case 'began':
        worker = { host: entry.host, pid: entry.pid, startedAt: entry.startedAt };
        ended = undefined;
        if (entry.mode !== 'recover' && entry.mode !== 'abandon') stretch = entry.seq;
        break;
      case 'section-began':
        sections.set(entry.section, 'began');
        break;
      case 'section-ended':
        sections.set(entry.section, entry.status);
        break;
      case 'intent': {
        if (entry.undo) break;
        addExecution(entry, true);
        break;
      }
      case 'result': {
        const execution = byKey.get(keyOf(entry));
        if (execution === undefined) break;
        execution.status = entry.undo ? 'undone' : 'done';
        if (!entry.undo) {
          execution.outputs = entry.outputs;
          execution.durationMs = entry.durationMs;
        }
        break;
      }
      case 'failure': {
        if (entry.undo) break;
        // Without an intent nothing was done: it failed while it looked at what is there.
        const execution =
          byKey.get(keyOf(entry)) ?? addExecution({ ...entry, input: {}, before: null }, false);
        execution.status = entry.status;
        execution.durationMs = entry.durationMs;
        execution.reason = entry.reason;
        break;
      }
      case 'child':
        children.set(`${String(entry.pid)} ${entry.step} ${entry.node}`, entry);
        break;
      case 'child-ended':
        children.delete(`${String(entry.pid)} ${entry.step} ${entry.node}`);
        break;
      case 'skipped':
        skipped.push(entry);
        break;
      case 'warning':
        warnings.push(
          entry.hint === undefined
            ? { message: entry.message }
            : { message: entry.message, hint: entry.hint },
        );
        break;
      case 'ended':
        ended = entry;
        break;
      case 'operation':
      case 'bound':
      case 'milestone':
      case 'check':
      case 'cleaned-up':
        break;
    }
  }
  const startedAt = entries[0]?.at ?? '';
  return {
    executions,
    skipped,
    openChildren: [...children.values()],
    worker,
    startedAt,
    stretch,
    ended,
    sections,
    warnings,
  };
}

function keyOf(entry: { step: string; node: string; attempt: number }): string {
  return `${entry.step} ${entry.node} ${String(entry.attempt)}`;
}

/** Whether the last work on the run ended with services that could not be started: `recover` tries again. */
export function siteDown(state: Pick<RunState, 'ended'>): boolean {
  return state.ended?.exitCode === 7;
}

/** The newest execution of a step on a node. */
export function lastExecution(state: RunState, step: string, node: string): Execution | undefined {
  return state.executions.findLast((execution) => execution.step === step && execution.node === node);
}

/** The number the next attempt of a step on a node gets. */
export function nextAttempt(state: RunState, step: string, node: string): number {
  return (lastExecution(state, step, node)?.attempt ?? 0) + 1;
}

/**
 * Executions of the named steps, newest first, as a reversing step sees them. Not those that were reversed with success
 * before this stretch of work began: what the site was like then is no matter any more.
 */
export function reversedBy(plan: Plan, state: RunState, steps: readonly string[]): ReversedStep[] {
  const reverses = new Map(allSteps(plan).map((step) => [step.id, step.reverses]));
  const settled = ({ step, node, seq }: Execution): boolean =>
    state.executions.some(
      (later) =>
        later.node === node &&
        later.status === 'done' &&
        later.seq > seq &&
        later.seq < state.stretch &&
        reverses.get(later.step)?.includes(step) === true,
    );
  return state.executions
    .filter((execution) => execution.begun && steps.includes(execution.step) && !settled(execution))
    .toReversed()
    .map(({ step, node, before, outputs }) =>
      outputs === undefined ? { step, node, before } : { step, node, before, outputs },
    );
}

/** Whether the journal stands inside a `site-consistent: false` bracket: the site must not be started. */
export function insideBracket(plan: Plan, state: RunState): boolean {
  const marks = new Map(
    allSteps(plan).flatMap((step) =>
      step.siteConsistent === undefined ? [] : [[step.id, step.siteConsistent]],
    ),
  );
  let inside = false;
  for (const { step, status, begun } of state.executions) {
    const consistent = marks.get(step);
    if (consistent === false && begun) inside = status !== 'undone';
    if (consistent === true && status === 'done') inside = false;
  }
  return inside;
}

/** The lines of `runs show`, in the order things happened. */
export function stepRecords(state: RunState): StepRecord[] {
  const records: StepRecord[] = state.executions.map((execution) => ({
    step: execution.step,
    node: execution.node,
    title: execution.title,
    status: execution.status,
    attempt: execution.attempt,
    startedAt: execution.startedAt,
    always: execution.always,
    ...(execution.durationMs === undefined ? {} : { durationMs: execution.durationMs }),
    ...(execution.outputs === undefined ? {} : { outputs: execution.outputs }),
    ...(execution.reason === undefined ? {} : { reason: execution.reason }),
  }));
  const skipped = state.skipped.map((entry): StepRecord => ({ ...entry, status: 'skipped', attempt: 0 }));
  return [...records, ...skipped];
}
