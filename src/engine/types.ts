import type { ActionRegistry, CheckResult } from '../contract/action.ts';
import type { Downtime, EventSink, RunOutcome } from '../contract/event.ts';
import type { EffectClass, Operation } from '../contract/operation.ts';
import type { ExitCode } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import type { Node } from '../contract/node.ts';
import type { Plan, PlanStep } from '../contract/plan.ts';
import type { Clock } from '../foundation/clock.ts';

/** Approval given beforehand by flags: `--approve change`, `--approve destroy=SITE`, `--yes`. */
export interface GivenApprovals {
  readonly change: boolean;
  /** Site name given with `destroy=`; must equal the site's. */
  readonly destroy?: string;
}

/** What a person is asked before effects. */
export interface ApprovalQuestion {
  readonly effect: Exclude<EffectClass, 'read'>;
  readonly site: string;
  readonly host: string;
  readonly title: string;
  /** Plain lines: what will happen, the backup set where there is one, the predicted downtime. */
  readonly lines: readonly string[];
  /** Of `destroy`: what is replaced is kept, so that `rollback` can put all of it back until `cleanup`. */
  readonly kept?: true;
}

/** What a person answers at a step's `confirm`; undefined: the question was closed. */
type StepAnswer = 'go' | 'stop' | undefined;

/** What a person answers before a step in guided mode. `by-hand`: they did it, and it is to be looked at. */
export type GuidedAnswer =
  | { readonly answer: 'run' | 'by-hand' }
  /** With a reason where nobody said stop. */
  | { readonly answer: 'stop'; readonly reason?: string }
  | { readonly answer: 'skip'; readonly reason: string };

/** What a person answered to the question before a step. */
export interface Answer {
  readonly step: string;
  readonly title: string;
  readonly nodes: readonly string[];
  readonly answer: GuidedAnswer['answer'];
  /** Why it is left out, or why it stopped where nobody said so. */
  readonly reason?: string;
  /** The account that ran the tool. */
  readonly who: string;
  /** When, ISO 8601 UTC. */
  readonly at: string;
}

/** Everything a person is told of a step before they answer. */
export interface GuidedStep {
  readonly step: PlanStep;
  /** Its place among the steps of the run, from 1. */
  readonly number: number;
  readonly of: number;
  /** What happens on each node, with values instead of placeholders as far as they are known. */
  readonly nodes: readonly {
    readonly node: string;
    readonly operations: readonly Operation[];
    readonly notes: readonly string[];
  }[];
  /**
   * What can be undone afterwards: `undo`: by a rollback; `reversed`: services that it stops are started again in the
   * end; `nothing`: there is nothing to put back; `none`: the tool cannot put it back.
   */
  readonly wayBack: 'undo' | 'reversed' | 'reversed-when-whole' | 'point-of-no-return' | 'nothing' | 'none';
  /** Why it cannot be left out. */
  readonly noSkip?: string;
  /** Why it cannot be done by hand. */
  readonly noByHand?: string;
  /** Only a person can do it. */
  readonly human: boolean;
  /** The person does it by hand now; `by-hand` is the answer when it is done. */
  readonly byHand: boolean;
  /** What came of the last answer. */
  readonly said?: string;
}

/** Asks the person; one port for every prompt, so that displays can be paused. */
export interface Prompter {
  /** False without a terminal: then nothing is ever asked. */
  readonly canAsk: boolean;
  /** `change`: yes or no; `destroy`: true only when the site's name was typed. */
  approve(question: ApprovalQuestion, signal: AbortSignal): Promise<boolean>;
  step(step: PlanStep, text: string, signal: AbortSignal): Promise<StepAnswer>;
  /** Tells of a step and asks what to do; "show more" is answered by the port itself. */
  guide(step: GuidedStep, signal: AbortSignal): Promise<GuidedAnswer>;
  /** Tells of a step that is not asked about, since it only looks. */
  show(step: GuidedStep, signal: AbortSignal): Promise<void>;
}

/** What the engine is made of. */
export interface EngineCollaborators {
  readonly site: { readonly name: string; readonly values: JsonObject };
  /** `<state>`: holds `runs/`, `claim.json` and the reserve file. */
  readonly stateFolder: string;
  readonly nodes: readonly Node[];
  readonly actions: ActionRegistry;
  readonly clock: Clock;
  readonly prompter: Prompter;
  readonly sink: EventSink;
  readonly redact: (text: string) => string;
  readonly tool: string;
  /** Ends a child that a killed run left, when pid and start time are still the same. Gives whether it was there. */
  readonly endOrphan: (child: { pid: number; startedAt: string }) => Promise<boolean>;
  /** Whether a child that a killed run left still runs, by pid and start time. */
  readonly orphanRuns: (child: { pid: number; startedAt: string }) => Promise<boolean>;
  /** Makes `report.html` from a report. */
  readonly renderReport: (report: RunReport) => string;
  /** Takes the lock that the operating system drops when this process dies. @throws BusyError naming the holder. */
  readonly lockSite: (info: JsonObject) => Promise<{ release(): Promise<void> }>;
  /** Whether some process holds that lock now. */
  readonly siteLocked: () => Promise<boolean>;
  /** Makes `<state>` for its owner alone where the mode of mkdir does not. */
  readonly makeState?: () => Promise<void>;
  /** Hides a secret from now on: the values of secret parameters. */
  readonly hide?: (secret: string) => void;
  /** The identity of this process, for locks, and its account, for the answers of a person. */
  readonly self: {
    readonly pid: number;
    readonly startedAt: string;
    readonly host: string;
    readonly user: string;
  };
}

/** Options of one execution. */
export interface RunOptions {
  readonly approvals: GivenApprovals;
  readonly guided: boolean;
  /** `resume`: be guided where the run was before, if somebody can be asked. */
  readonly guidedAsBefore?: true;
  /** Aborted by the first Ctrl+C with an InterruptedError. */
  readonly signal: AbortSignal;
  /** Aborted by the second Ctrl+C: actions that are waited for are ended too; starting services is not. */
  readonly hurry: AbortSignal;
  /** Values of secret parameters; they are in no file. */
  readonly secretParams: JsonObject;
  readonly strict: boolean;
  /** `run`: told the new run's identifier before its first effect, so that whoever keeps it finds the run after a kill. */
  readonly begun?: (run: string) => Promise<void>;
}

/** How an execution ended. */
export interface RunResult {
  readonly run: string;
  readonly folder: string;
  readonly outcome: RunOutcome;
  readonly exitCode: ExitCode;
  readonly durationMs: number;
  readonly downtime: Downtime;
  readonly warnings: readonly { message: string; hint?: string }[];
  readonly checks: readonly CheckResult[];
  /** The first error, already worded for a person. */
  readonly error?: {
    readonly name: string;
    readonly message: string;
    readonly hint?: string;
    readonly changed?: string;
  };
}

/**
 * One run as a history shows it. `lost`: no end in its journal and its process is gone; `running`: the process lives;
 * `damaged`: its plan or journal cannot be trusted.
 */
export interface RunSummary {
  readonly id: string;
  readonly folder: string;
  readonly runbook: string;
  readonly title: string;
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly outcome: RunOutcome | 'lost' | 'running' | 'damaged';
  readonly durationMs?: number;
  readonly downtime: Downtime;
  /** Services are kept down: between the old site and the new one, it must not start. */
  readonly halfChanged?: true;
  /** With `halfChanged`: nodes whose services the run started again on purpose, since they are through. */
  readonly startedAgain?: readonly string[];
  /** With `halfChanged`: the other nodes whose services it stopped. */
  readonly keptDown?: readonly string[];
  /** Holds the site: no other run may start. */
  readonly holdsSite: boolean;
  /** What leads on, or what may still be done with a run that is over: `rollback`, `cleanup`. */
  readonly next: readonly ('resume' | 'rollback' | 'recover' | 'abandon' | 'cleanup')[];
}

/** One line of `runs show`: a step execution with how it ended. */
export interface StepRecord {
  readonly step: string;
  readonly node: string;
  readonly title: string;
  readonly status: 'done' | 'skipped' | 'failed' | 'cancelled' | 'unfinished' | 'undone';
  readonly attempt: number;
  readonly startedAt?: string;
  readonly durationMs?: number;
  readonly outputs?: JsonObject;
  readonly reason?: string;
  readonly always: boolean;
  /** What the step kept so that it could be put back is removed (`done`), or a part of it may be. */
  readonly cleanup?: 'began' | 'done';
  /** A person did it. */
  readonly byHand?: true;
}

/** What one step of a done run keeps, so that it can be put back, until `cleanup` removes it. */
export interface Kept {
  readonly step: string;
  readonly node: string;
  readonly attempt: number;
  readonly title: string;
  /** What removing it takes; none: it is gone already. */
  readonly operations: readonly Operation[];
  readonly bytes?: number;
  readonly files?: number;
  readonly notes: readonly string[];
  /** Plain lines for the question. */
  readonly lines: readonly string[];
}

/** `report.json`: everything of one run that a person or a program may want to know afterwards. */
export interface RunReport {
  readonly schemaVersion: 1;
  readonly run: RunSummary;
  readonly site: string;
  readonly tool: string;
  readonly steps: readonly StepRecord[];
  /** What persons answered to questions before steps, in order. */
  readonly answers: readonly Answer[];
  readonly warnings: readonly { message: string; hint?: string }[];
  readonly checks: readonly CheckResult[];
  readonly error?: RunResult['error'];
}

/** Plans run, resume, recover, undo; one object a site. */
export interface Engine {
  /** Looks only: executes the preflight steps of the plan and gives every check's result. Takes no lock. */
  preflight(plan: Plan, signal: AbortSignal): Promise<CheckResult[]>;
  /** @throws BusyError (6), PreflightError (3), ConfirmationError (4) while nothing is changed; failures after that are in the result. */
  run(plan: Plan, options: RunOptions): Promise<RunResult>;
  resume(run: string | undefined, options: RunOptions): Promise<RunResult>;
  rollback(run: string | undefined, options: RunOptions): Promise<RunResult>;
  /** Gives undefined when there was nothing to recover. */
  recover(options: Pick<RunOptions, 'signal' | 'hurry'>): Promise<RunResult | undefined>;
  /** Gives what it leaves of services that a person has to set right, as sentences. */
  abandon(run: string, options: RunOptions): Promise<readonly string[]>;
  /** What `cleanup` would remove, newest step first. Looks only, takes no lock. @throws UsageError when it cannot be cleaned up. */
  kept(run: string, signal: AbortSignal): Promise<readonly Kept[]>;
  /** Removes for good what a done run keeps; it can be repeated when it was cut off. The run stays done. */
  cleanup(run: string, options: RunOptions): Promise<RunResult>;
  /** Newest last. */
  runs(): Promise<RunSummary[]>;
  report(run: string): Promise<RunReport>;
  /** The plan that a run carried out. */
  plan(run: string): Promise<Plan>;
  /** The run that holds the site, or was lost. */
  unfinished(): Promise<RunSummary | undefined>;
}
