import type { CheckResult } from '../contract/action.ts';
import type { Downtime, RunOutcome } from '../contract/event.ts';
import type { ExitCode } from '../contract/errors.ts';
import type { JsonObject, JsonValue } from '../contract/json.ts';
import type { Operation } from '../contract/operation.ts';
import type { Answer, RunResult } from './types.ts';

/** Who works on a run. */
export interface Worker {
  readonly host: string;
  readonly pid: number;
  readonly startedAt: string;
}

/** Why a stretch of work on a run began. */
export type RunMode = 'run' | 'resume' | 'rollback' | 'recover' | 'abandon' | 'cleanup';

/** Names one attempt of one step on one node: the journal's key. */
export interface AttemptKey {
  readonly step: string;
  readonly node: string;
  readonly attempt: number;
}

/** What stands in `journal.jsonl`, without the envelope (`seq`, `at`, `prev`). */
export type JournalRecord =
  | ({ type: 'began'; mode: RunMode } & Worker)
  | { type: 'section-began'; section: string; round: number }
  | { type: 'section-ended'; section: string; status: 'done' | 'failed' }
  | ({
      type: 'intent';
      title: string;
      input: JsonObject;
      before: JsonValue;
      always: boolean;
      undo: boolean;
      /** `cleanup` removes what the attempt kept. */
      discard?: true;
      /** A person does it. */
      byHand?: true;
    } & AttemptKey)
  | ({
      type: 'operation';
      phase: 'begin' | 'end' | 'failed';
      operation: Operation;
      /** A service refused it: it stays as it is. */
      refused?: true;
    } & AttemptKey)
  | ({ type: 'bound'; placeholder: string; value: string } & AttemptKey)
  | ({ type: 'milestone'; milestone: string } & AttemptKey)
  | ({ type: 'child'; pid: number; startedAt: string; program: string } & AttemptKey)
  | ({ type: 'child-ended'; pid: number } & AttemptKey)
  | ({
      type: 'result';
      title: string;
      outputs: JsonObject;
      durationMs: number;
      always: boolean;
      undo: boolean;
      /** `cleanup` removes what the attempt kept. */
      discard?: true;
      /** A person did it, and it was found done. */
      byHand?: true;
    } & AttemptKey)
  | ({
      type: 'failure';
      title: string;
      status: 'failed' | 'cancelled';
      reason: string;
      durationMs: number;
      always: boolean;
      undo: boolean;
      /** `cleanup` removes what the attempt kept. */
      discard?: true;
    } & AttemptKey)
  | {
      type: 'skipped';
      step: string;
      node: string;
      title: string;
      reason: string;
      always: boolean;
      /** Somebody wanted it left out: it stays so when the run is resumed. */
      byPerson?: true;
    }
  | ({ type: 'answer' } & Omit<Answer, 'at'>)
  | { type: 'cleaned-up'; step: string; node: string; what: string[] }
  | { type: 'check'; step: string; result: CheckResult }
  /** `leftOut`: the always-step of that name was left out. */
  | { type: 'warning'; message: string; hint?: string; step?: string; leftOut?: true }
  | {
      type: 'ended';
      outcome: RunOutcome;
      exitCode: ExitCode;
      durationMs: number;
      downtime: Downtime;
      error?: NonNullable<RunResult['error']>;
    };

/** A record as it stands in the file. */
export type JournalEntry = JournalRecord & {
  readonly seq: number;
  readonly at: string;
  readonly prev: string;
};
