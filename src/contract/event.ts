import type { CheckResult, Progress } from './action.ts';
import type { ExitCode } from './errors.ts';
import type { JsonObject } from './json.ts';
import type { Operation } from './operation.ts';
import type { Plan } from './plan.ts';

/** How a run ended, or how it stands. `lost` is never written: it is a run without an end whose process is gone. */
export type RunOutcome = 'done' | 'failed' | 'interrupted' | 'stopped' | 'rolled-back' | 'abandoned';

/** Downtime of a run, from the journal. Milliseconds; absent when nothing was stopped. */
export interface Downtime {
  /** From the last service stopped to the first start command. */
  readonly quietMs?: number;
  /** From the first stop to ready: what users notice. */
  readonly downtimeMs?: number;
  /** Services were stopped, and when they ran again is not in the journal: they are down, or were started elsewhere. */
  readonly unknown?: true;
}

/** What the engine says while it works; displays subscribe. */
export type EngineEvent =
  | {
      type: 'run-started';
      run: string;
      plan: Plan;
      mode: 'run' | 'resume' | 'rollback' | 'recover' | 'cleanup';
      folder: string;
    }
  | { type: 'section-started'; section: string; title?: string; steps: number }
  | { type: 'section-finished'; section: string; status: 'done' | 'failed' }
  | { type: 'step-started'; step: string; node: string; title: string; attempt: number; always: boolean }
  | { type: 'step-progress'; step: string; node: string; progress: Progress }
  | { type: 'operation'; step: string; node: string; operation: Operation }
  | { type: 'check'; step: string; result: CheckResult }
  | {
      type: 'step-finished';
      step: string;
      node: string;
      title: string;
      status: 'done' | 'skipped' | 'failed' | 'cancelled' | 'undone';
      durationMs: number;
      outputs?: JsonObject;
      reason?: string;
    }
  | { type: 'step-retried'; step: string; node: string; attempt: number; delayMs: number; reason: string }
  /** `ofCheck`: the result of a check, which was told right before. */
  | { type: 'warning'; message: string; hint?: string; step?: string; ofCheck?: true }
  | { type: 'message'; text: string }
  | {
      type: 'run-finished';
      run: string;
      outcome: RunOutcome;
      exitCode: ExitCode;
      durationMs: number;
      downtime: Downtime;
    };

/** An event with its time, ISO 8601 UTC. */
export type StampedEvent = EngineEvent & { readonly at: string };

/** Takes events; must not throw. */
export type EventSink = (event: StampedEvent) => void;
