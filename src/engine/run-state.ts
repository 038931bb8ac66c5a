import type { JsonObject, JsonValue } from '../contract/json.ts';
import type { JournalEntry, RunMode, Worker } from './records.ts';
import type { Answer, StepRecord } from './types.ts';
import { warningsOf, type Warning } from './warnings.ts';

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
  /** Services it told to stop, of which the journal says neither that they did nor that they refused. */
  readonly unanswered: Set<string>;
  /** A rollback has begun to put it back; with status `undone` it has. */
  undoing?: true;
  /** How far `cleanup` is with what it keeps. */
  discard?: 'began' | 'done';
  /** A person did it, or was about to. */
  readonly byHand: boolean;
  /** Made by a rollback, which stops services before it puts back: it saw what the run left, not what was before. */
  readonly inRollback: boolean;
  outputs?: JsonObject;
  durationMs?: number;
  reason?: string;
}

/** A step that was left out on a node. */
type Skipped = Extract<JournalEntry, { type: 'skipped' }>;

/** A child process that has no recorded end. */
export interface OpenChild {
  readonly pid: number;
  readonly startedAt: string;
  readonly program: string;
  readonly step: string;
}

/** The journal folded: what happened, in order. */
export interface RunState {
  readonly executions: readonly Execution[];
  readonly skipped: readonly Skipped[];
  readonly answers: readonly Answer[];
  readonly openChildren: readonly OpenChild[];
  /** The last worker; its process may be gone. */
  readonly worker: Worker | undefined;
  readonly startedAt: string;
  /** Number of the line with which the newest `run`, `resume` or `rollback` began; `recover` belongs to what it recovers. */
  readonly stretch: number;
  /** That stretch is a rollback. */
  readonly rollingBack: boolean;
  /** A `cleanup` has begun and not ended. */
  readonly cleaning: boolean;
  readonly ended: Extract<JournalEntry, { type: 'ended' }> | undefined;
  readonly sections: ReadonlyMap<string, 'began' | 'done' | 'failed'>;
  readonly warnings: readonly Warning[];
}

/**
 * Folds a journal. The last `ended` counts only when nothing began after it. A cleanup changes nothing of how the run
 * ended, nor does a rollback of a done run that came to nothing before it put anything back.
 */
export function foldJournal(entries: readonly JournalEntry[]): RunState {
  const executions: Execution[] = [];
  const byKey = new Map<string, Execution>();
  const children = new Map<string, OpenChild>();
  const skipped: Skipped[] = [];
  const answers: Answer[] = [];
  const sections = new Map<string, 'began' | 'done' | 'failed'>();
  let worker: Worker | undefined;
  let ended: Extract<JournalEntry, { type: 'ended' }> | undefined;
  let doneBefore: typeof ended;
  let mode: RunMode = 'run';
  let stretch = 0;
  let rollingBack = false;
  let cleaning = false;
  function addExecution(
    entry: Pick<Execution, 'step' | 'node' | 'attempt' | 'title' | 'always' | 'input' | 'before'> & {
      seq: number;
      at: string;
    },
    begun: boolean,
    byHand = false,
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
      byHand,
      inRollback: rollingBack,
      unanswered: new Set(),
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
        mode = entry.mode;
        cleaning = mode === 'cleanup';
        if (cleaning) break;
        if (mode !== 'recover')
          doneBefore = mode === 'rollback' && ended?.outcome === 'done' ? ended : undefined;
        ended = undefined;
        if (mode === 'recover' || mode === 'abandon') break;
        stretch = entry.seq;
        rollingBack = mode === 'rollback';
        break;
      case 'section-began':
        sections.set(entry.section, 'began');
        break;
      case 'section-ended':
        sections.set(entry.section, entry.status);
        break;
      case 'intent': {
        const earlier = byKey.get(keyOf(entry));
        if (entry.discard === true) {
          if (earlier !== undefined) earlier.discard = 'began';
        } else if (entry.undo) {
          if (earlier !== undefined) earlier.undoing = true;
          doneBefore = undefined;
        } else addExecution(entry, true, entry.byHand === true);
        break;
      }
      case 'result': {
        const execution = byKey.get(keyOf(entry));
        if (execution === undefined) break;
        if (entry.discard === true) {
          execution.discard = 'done';
          break;
        }
        execution.status = entry.undo ? 'undone' : 'done';
        if (entry.undo) doneBefore = undefined;
        else {
          execution.outputs = entry.outputs;
          execution.durationMs = entry.durationMs;
        }
        break;
      }
      case 'failure': {
        if (entry.undo || entry.discard === true) break;
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
      case 'answer': {
        const { step, title, nodes, answer, reason, who, at } = entry;
        answers.push({ step, title, nodes, answer, who, at, ...(reason === undefined ? {} : { reason }) });
        break;
      }
      case 'ended':
        if (cleaning) cleaning = false;
        else ended = cameToNothing(entry) && doneBefore !== undefined ? doneBefore : entry;
        break;
      case 'operation':
        noteStop(byKey.get(keyOf(entry)), entry);
        break;
      case 'bound':
      case 'milestone':
      case 'check':
      case 'warning':
      case 'cleaned-up':
        break;
    }
  }
  const startedAt = entries[0]?.at ?? '';
  return {
    executions,
    skipped,
    answers,
    openChildren: [...children.values()],
    worker,
    startedAt,
    stretch,
    rollingBack,
    cleaning,
    ended,
    sections,
    warnings: warningsOf(entries),
  };
}

function noteStop(
  execution: Execution | undefined,
  { phase, operation, refused }: Extract<JournalEntry, { type: 'operation' }>,
): void {
  if (operation.kind !== 'service' || operation.verb !== 'stop') return;
  if (phase === 'begin') execution?.unanswered.add(operation.service);
  else if (phase === 'end' || refused === true) execution?.unanswered.delete(operation.service);
}

/** How a rollback ended that failed, with services up. */
function cameToNothing({ outcome, exitCode }: Extract<JournalEntry, { type: 'ended' }>): boolean {
  return (outcome === 'failed' || outcome === 'interrupted') && exitCode !== 7;
}

function keyOf(entry: { step: string; node: string; attempt: number }): string {
  return `${entry.step} ${entry.node} ${String(entry.attempt)}`;
}

/** Whether the last work on the run ended with services that could not be started: `recover` tries again. */
export function siteDown(state: Pick<RunState, 'ended'>): boolean {
  return state.ended?.exitCode === 7;
}

/** Whether a rollback has begun to put anything back. */
export function undoBegun({ executions }: Pick<RunState, 'executions'>): boolean {
  return executions.some(({ undoing, status }) => undoing === true || status === 'undone');
}

/** The newest execution of a step on a node. */
export function lastExecution(state: RunState, step: string, node: string): Execution | undefined {
  return state.executions.findLast((execution) => execution.step === step && execution.node === node);
}

/** Whether a person wanted the step left out on that node, and it was not done since. */
export function leftOutByPerson(state: RunState, step: string, node: string): boolean {
  const last = state.skipped.findLast(
    (entry) => entry.byPerson === true && entry.step === step && entry.node === node,
  );
  return last !== undefined && last.seq > (lastExecution(state, step, node)?.seq ?? 0);
}

/** The number the next attempt of a step on a node gets. */
export function nextAttempt(state: RunState, step: string, node: string): number {
  return (lastExecution(state, step, node)?.attempt ?? 0) + 1;
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
    ...(execution.byHand ? { byHand: true as const } : {}),
    ...(execution.discard === undefined ? {} : { cleanup: execution.discard }),
  }));
  const skipped = state.skipped.map(({ step, node, title, reason, always }): StepRecord => ({
    step,
    node,
    title,
    reason,
    always,
    status: 'skipped',
    attempt: 0,
  }));
  return [...records, ...skipped];
}
