import type { ZodType } from 'zod';
import type { Fill } from '../foundation/fill.ts';
import type { ExpectedError } from './errors.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { ExecOptions, ExecResult, ReadableNode, RepositoryCredentials, StartWait } from './node.ts';
import type {
  CertificateOperation,
  CommandOperation,
  EffectClass,
  HttpOperation,
  Operation,
  ServiceOperation,
  StartTypeOperation,
} from './operation.ts';

/** Result of one check; a preflight fails when any of its checks `failed`. */
export interface CheckResult {
  /** Stable identifier, kebab-case: `services-running`, `database-reachable`. */
  readonly id: string;
  readonly status: 'ok' | 'warning' | 'failed';
  /** What was found, one plain sentence. */
  readonly message: string;
  readonly hint?: string;
  readonly node?: string;
  /** It judges what the run itself changes: once the run has begun, a failure of it is a warning. */
  readonly beforehand?: true;
}

/** What an action will do, told before it does it. */
export interface Description {
  readonly operations: readonly Operation[];
  /** Rough size of the work, for progress and prediction. */
  readonly estimate?: { readonly bytes?: number; readonly files?: number };
  /** Outputs as far as they can be told now; what is known only later is a placeholder such as `<set>`. */
  readonly outputs?: JsonObject;
  /** Facts the plan rests on; they go into its fingerprint. */
  readonly observed?: JsonObject;
  /** `checked`: looked at now; `assumed`: taken from the site file or an earlier run. Default `checked`. */
  readonly basis?: 'checked' | 'assumed';
  /** Plain sentences for the person who reads the plan. */
  readonly notes?: readonly string[];
  /** Lines that the question for approval shows besides: which backup set, how old, from which host. */
  readonly approval?: readonly string[];
  /** Why the operations could not be told: no run begins with such a plan. */
  readonly incomplete?: string;
  /** Those of the action's milestones that will be reached before the step ends. */
  readonly milestones?: readonly string[];
}

/** A step whose effects another one reverses: what was there before, from the journal. */
export interface ReversedStep {
  readonly step: string;
  readonly node: string;
  readonly before: JsonValue;
  readonly outputs?: JsonObject;
  /** Services it told to stop that were not seen stopped and did not refuse: they may still do it. */
  readonly unanswered?: readonly string[];
}

/** What an action may see while nothing is changed. */
export interface ReadContext {
  readonly node: ReadableNode;
  readonly nodes: readonly ReadableNode[];
  /** `id` is `<run>` while planning. */
  readonly run: { readonly id: string; readonly step: string; readonly attempt: number };
  readonly signal: AbortSignal;
  /** The executions of the steps this one `reverses`, newest first; empty while planning. */
  readonly reversed: readonly ReversedStep[];
}

/** How an undo that is foreseen stands among the others of its step. */
export interface UndoAhead<Before = JsonValue> {
  /** A rollback has begun to put the step back on that node: what it kept may be gone because it is in its place again. */
  readonly begun: boolean;
  /** What newer attempts of the step on that node found before them, newest first: those are put back first. */
  readonly newer: readonly Before[];
}

/** Work done so far in one step. */
export interface Progress {
  readonly bytesDone?: number;
  readonly bytesTotal?: number;
  readonly filesDone?: number;
  readonly filesTotal?: number;
  readonly text?: string;
}

/** The only way to an effect. Every call is refused unless the plan describes that operation. */
export interface ExecuteContext extends ReadContext {
  /** Does `work` as the described operation and journals it. */
  perform<T>(operation: Operation, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /**
   * Whether the plan has this operation and it may still be performed. For an action that can find more to do than
   * there was when it was planned: it leaves that to a later run, since nothing is done that no plan has shown.
   */
  isPlanned(operation: Operation): boolean;
  /**
   * Runs `operation.argv` on the node; pid and start time are journaled, `PGAPPNAME` is set. `options.signal` ends it
   * besides what ends the step. `fill` gives the placeholders in it that only this step knows: the operation counts, and
   * is journaled, as it was planned.
   */
  exec(
    operation: CommandOperation,
    options?: Omit<ExecOptions, 'onSpawn'> & { readonly fill?: Fill },
  ): Promise<ExecResult>;
  /** Starts or stops the service on the node and waits for it. */
  service(operation: ServiceOperation, wait?: Omit<StartWait, 'signal'>): Promise<void>;
  /** Tells Windows of the node when to start the service. */
  startType(operation: StartTypeOperation): Promise<void>;
  /** Exports, imports, removes, or gives access to a key; `password` protects the file. */
  certificate(operation: CertificateOperation, password: string): Promise<void>;
  /** Asks the repository API of the node what the operation says. Neither `body` nor the answer is journaled. */
  request(
    operation: HttpOperation,
    credentials: RepositoryCredentials,
    options: { readonly body?: JsonValue; readonly timeoutMs: number },
  ): Promise<JsonValue>;
  /** Tells another node the one-time password of its registration, which unlocks its certificates there. */
  unlock(
    operation: HttpOperation,
    secret: { readonly node: string; readonly password: string; readonly timeoutMs: number },
  ): Promise<void>;
  /** Gives a placeholder of this step's own operations (`<snapshot>`) its value; journaled. */
  bind(placeholder: string, value: string): void;
  /** Says that a milestone of the action is reached: steps beside this one may wait for it. Journaled. */
  reached(milestone: string): void;
  progress(progress: Progress): void;
  /** A warning of the run: printed, in the report, and with `--strict` exit code 8. */
  warn(message: string, hint?: string): void;
}

/** Whether an earlier attempt took effect. */
export type Judgement = 'done' | 'partial' | 'not-done' | 'unknown';

/**
 * One word of the vocabulary: what a step `uses`. Collaborators (site, vault, database) are given when it is made;
 * the context gives the node and the only way to effects.
 */
export interface Action<Input = unknown, Before extends JsonValue = JsonValue> {
  readonly name: string;
  readonly effect: EffectClass | ((input: Input) => EffectClass);
  readonly input: ZodType<Input>;
  /** `kill`: an abort ends its children at once; `wait`: it is let finish (an installer, a rename). */
  readonly onCancel: 'wait' | 'kill';
  /** False: what it does is given back in the end of each stretch of work (a lock), so that `resume` does it again. */
  readonly lasting?: false;
  /** Points that an execution may reach before its end, for `after: [STEP.MILESTONE]` beside it. */
  readonly milestones?: readonly string[];
  describe(input: Input, context: ReadContext): Promise<Description>;
  /** What is there before the effect; on disk before `execute` is called. */
  prepare(input: Input, context: ReadContext): Promise<Before>;
  execute(input: Input, before: Before, context: ExecuteContext): Promise<JsonObject>;
  check(input: Input, before: Before, context: ReadContext): Promise<Judgement>;
  /**
   * True: a program of it that goes on after the tool was killed is waited for, never ended: setup that is cut off leaves
   * half an installation.
   */
  readonly orphansFinish?: true;
  /** True: once the run is done, putting it back loses what was done on the site since, whatever its own effect was. */
  readonly undoLoses?: true;
  /** True: `check` may say `unknown`; `resume` asks it first then, since doing it twice may do harm. */
  readonly mayBeUnknown?: true;
  /** False: `check` cannot tell that a person did it, so that doing it by hand is not offered. */
  readonly byHand?: false;
  /** Puts back what `before` says. Operations of an undo are described by `describeUndo`. */
  undo?(
    input: Input,
    before: Before,
    outputs: JsonObject | undefined,
    context: ExecuteContext,
  ): Promise<void>;
  describeUndo?(
    input: Input,
    before: Before,
    outputs: JsonObject | undefined,
    context: ReadContext,
  ): Promise<Description>;
  /**
   * What `undo` would fail with as things stand, asked of every step before a rollback changes anything; empty: nothing.
   * Changes nothing, and judges by the code that `undo` itself judges by. What it throws counts as well.
   */
  foreseeUndo?(
    input: Input,
    before: Before,
    outputs: JsonObject | undefined,
    context: ReadContext,
    ahead: UndoAhead<Before>,
  ): Promise<readonly ExpectedError[]>;
  /**
   * For a step without a way back: what of it stays when the run is rolled back, and what to do then. Plain sentences, said
   * before the rollback and after it; none where it did nothing that stays. `outputs` is absent when it was cut off.
   */
  leaves?(outputs: JsonObject | undefined, nodes: readonly ReadableNode[]): readonly string[];
  /**
   * Removes for good what a done step keeps so that it can be undone (old databases, files moved aside): `cleanup RUN`.
   * May be called again after it was cut off. Without it the step keeps nothing.
   */
  discard?(
    input: Input,
    before: Before,
    outputs: JsonObject | undefined,
    context: ExecuteContext,
  ): Promise<void>;
  /** What `discard` would remove, with how large it is in `estimate`; no operations: nothing is kept any more. */
  describeDiscard?(
    input: Input,
    before: Before,
    outputs: JsonObject | undefined,
    context: ReadContext,
  ): Promise<Description>;
  /** Ends and removes what a killed attempt left behind (database backends, temporary files). Never a site effect. */
  cleanUp?(input: Input, before: Before, context: ReadContext): Promise<string[]>;
}

/** Actions by name. */
export type ActionRegistry = ReadonlyMap<string, Action>;
