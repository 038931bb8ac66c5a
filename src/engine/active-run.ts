import type { EngineEvent } from '../contract/event.ts';
import type { JsonObject, JsonValue } from '../contract/json.ts';
import type { Node } from '../contract/node.ts';
import type { Action } from '../contract/action.ts';
import type { Plan, PlannedExecution } from '../contract/plan.ts';
import { messageOf } from '../contract/errors.ts';
import { bindExecution } from '../runbook/placeholders.ts';
import type { Scope } from '../runbook/scope.ts';
import { measureDowntime } from './downtime.ts';
import { hideSecrets } from './hide-secrets.ts';
import type { Journal } from './journal.ts';
import type { JournalEntry, JournalRecord } from './records.ts';
import { foldJournal, type RunState } from './run-state.ts';
import type { EngineCollaborators, RunOptions } from './types.ts';

/** Lines have whole numbers; far fewer than a million follow each other unwritten. */
const SMALL = 1e-6;

/** Where records go: a run's journal, or nowhere while only looking. */
export type Recorder = Pick<Journal, 'append' | 'entries'>;

/** What one stretch of work on a run shares: plan, journal, placeholders, events. */
export class ActiveRun {
  readonly id: string;
  readonly folder: string;
  readonly plan: Plan;
  readonly options: Pick<RunOptions, 'signal' | 'hurry' | 'guided' | 'secretParams'>;
  /** Values of placeholders that are known by now. */
  readonly bindings = new Map<string, string>();
  readonly collaborators: EngineCollaborators;
  readonly #journal: Recorder;
  readonly #began: number;
  /** What the journal should say and could not be written: the run itself goes by it all the same. */
  readonly #unwritten: JournalEntry[] = [];
  /** Outputs as they were given; the journal has them with secrets hidden. */
  readonly #outputs = new Map<string, JsonObject>();
  #journalLost = false;
  #displayLost = false;

  constructor(parts: {
    id: string;
    folder: string;
    plan: Plan;
    journal: Recorder;
    options: Pick<RunOptions, 'signal' | 'hurry' | 'guided' | 'secretParams'>;
    collaborators: EngineCollaborators;
  }) {
    this.id = parts.id;
    this.folder = parts.folder;
    this.plan = parts.plan;
    this.options = parts.options;
    this.collaborators = parts.collaborators;
    this.#journal = parts.journal;
    this.#began = parts.collaborators.clock.monotonic();
    this.bindings.set('<run>', parts.id);
  }

  /** Milliseconds of this stretch of work. */
  get elapsedMs(): number {
    return Math.round(this.collaborators.clock.monotonic() - this.#began);
  }

  get entries(): Journal['entries'] {
    if (this.#unwritten.length === 0) return this.#journal.entries;
    return [...this.#journal.entries, ...this.#unwritten].sort((a, b) => a.seq - b.seq);
  }

  state(): RunState {
    return foldJournal(this.entries);
  }

  /** Tells the displays. One that fails is said once and must never end a run: services would stay down. */
  emit(event: EngineEvent): void {
    try {
      this.collaborators.sink({
        ...hideSecrets(event, this.collaborators.redact),
        at: this.collaborators.clock.now().toISOString(),
      });
    } catch (error) {
      if (this.#displayLost) return;
      this.#displayLost = true;
      const message = `what happens can no longer be shown: ${messageOf(error)}`;
      this.appendIfPossible({ type: 'warning', message });
    }
  }

  append(record: JournalRecord, durable = false): void {
    this.#journal.append(record, durable);
  }

  /** For the always-steps, which run even when the journal cannot be written: says so once and goes on. */
  appendIfPossible(record: JournalRecord, durable = false): void {
    try {
      this.#journal.append(record, durable);
    } catch (error) {
      this.#keep(record);
      if (this.#journalLost) return;
      this.#journalLost = true;
      this.emit({ type: 'warning', message: `the journal can no longer be written: ${messageOf(error)}` });
    }
  }

  /** Stands after the last line of the journal and before the next one, should it be written again. */
  #keep(record: JournalRecord): void {
    const last = Math.max(this.#journal.entries.length, this.#unwritten.at(-1)?.seq ?? 0);
    const at = this.collaborators.clock.now().toISOString();
    const hidden = hideSecrets(record, this.collaborators.redact);
    this.#unwritten.push({ ...hidden, seq: last + SMALL, at, prev: '' });
  }

  /** `ofCheck`: the result of a check, which was told right before. `leftOut`: that the step, an always-step, is left out. */
  warn(
    message: string,
    hint?: string,
    step?: string,
    { ofCheck = false, leftOut = false }: { readonly ofCheck?: boolean; readonly leftOut?: boolean } = {},
  ): void {
    const warning = {
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(step === undefined ? {} : { step }),
    };
    this.appendIfPossible({ type: 'warning', ...warning, ...(leftOut ? { leftOut } : {}) });
    this.emit({ type: 'warning', ...warning, ...(ofCheck ? { ofCheck } : {}) });
  }

  node(name: string): Node {
    const node = this.collaborators.nodes.find((candidate) => candidate.name === name);
    if (node === undefined) throw new Error(`the plan names node ${name}, which the site has not`);
    return node;
  }

  action(name: string): Action {
    const action = this.collaborators.actions.get(name);
    if (action === undefined) throw new Error(`the plan uses ${name}, which is no action`);
    return action;
  }

  /** Settles the placeholders that the outputs of a finished execution give values to. */
  bindOutputs(step: string, planned: PlannedExecution, outputs: JsonObject): void {
    this.#outputs.set(keyOf({ step, node: planned.node }), outputs);
    for (const [name, value] of bindExecution(step, planned, outputs)) this.bindings.set(name, value);
  }

  /** What expressions see now. */
  scope(): Scope {
    const state = this.state();
    const steps: Record<string, { outputs: JsonObject; nodes: Record<string, JsonObject> }> = {};
    for (const execution of state.executions) {
      if (execution.status !== 'done' || execution.outputs === undefined) continue;
      const entry = (steps[execution.step] ??= { outputs: {}, nodes: {} });
      entry.nodes[execution.node] = this.#outputs.get(keyOf(execution)) ?? execution.outputs;
      entry.outputs = Object.assign({}, ...Object.values(entry.nodes)) as JsonObject;
    }
    return {
      params: { ...this.plan.params, ...this.options.secretParams },
      site: this.collaborators.site.values,
      steps,
      run: this.#runValues(state),
    };
  }

  #runValues(state: RunState): JsonObject {
    const downtime = measureDowntime(this.entries);
    const values: Record<string, JsonValue | undefined> = {
      id: this.id,
      startedAt: state.startedAt,
      durationMs: this.elapsedMs,
      downtimeMs: downtime.downtimeMs,
      quietMs: downtime.quietMs,
      warnings: state.warnings.map((warning) => warning.message),
      failedStep: state.executions.findLast(({ status }) => status === 'failed')?.step,
    };
    const known = Object.entries(values).map(([key, value]): [string, JsonValue] => [key, value ?? null]);
    return Object.fromEntries(known);
  }
}

function keyOf({ step, node }: { step: string; node: string }): string {
  return `${step} ${node}`;
}
