import type { JsonObject } from '../contract/json.ts';
import type { TimeOfDay } from './time-of-day.ts';

/** What is to be scheduled: a backup every day, and the recovery at boot and every 15 minutes. */
export interface ScheduleRequest {
  /** Local time of this machine. */
  readonly at: TimeOfDay;
  /** `DOMAIN\\name` on Windows, a user of Linux; the one that runs this when absent. */
  readonly account?: string;
  /** The account is a group managed service account of Windows, which has no password for people. */
  readonly gmsa: boolean;
  /** After so many milliseconds a backup that still runs is ended. */
  readonly timeLimitMs: number;
}

/** Which site is scheduled, and how the tool is started for it. */
export interface SchedulePlace {
  readonly site: string;
  /** Complete path of the site file. */
  readonly siteFile: string;
  readonly stateFolder: string;
  /** Complete paths of node and of the bundle. */
  readonly program: readonly string[];
}

/** One thing that installing or removing does. */
export type ScheduleOperation =
  | {
      readonly kind: 'write';
      readonly file: string;
      readonly text: string;
      readonly encoding: 'utf8' | 'utf16';
    }
  | { readonly kind: 'remove'; readonly file: string }
  | { readonly kind: 'command'; readonly argv: readonly string[] }
  | {
      readonly kind: 'script';
      readonly script: string;
      readonly input: JsonObject;
      /** For people: what the script does. */
      readonly does: string;
      /** The password is added to the input when it is done. */
      readonly withPassword: boolean;
    };

/** Everything that installing or removing will do. What is printed is what is done. */
export interface SchedulePlan {
  readonly operations: readonly ScheduleOperation[];
  /** The account of the tasks. */
  readonly account: string;
  readonly needsPassword: boolean;
  readonly warnings: readonly string[];
}

/** How a run of a task ended. */
export interface TaskResult {
  /** Exit code of the tool, or a code of Task Scheduler; absent when a signal or limit ended it. */
  readonly code?: number;
  readonly meaning: string;
  readonly ok: boolean;
}

/** One of the two tasks as it is registered. Times are ISO 8601 UTC. */
export interface ScheduledTask {
  readonly kind: TaskKind;
  readonly name: string;
  readonly installed: boolean;
  readonly enabled?: boolean;
  readonly running?: boolean;
  readonly account?: string;
  readonly nextRun?: string;
  readonly lastRun?: string;
  readonly lastResult?: TaskResult;
  /** What is wrong with it as it is registered. */
  readonly warnings?: readonly string[];
}

/** What a task does. */
export type TaskKind = 'backup' | 'recover';

/** The scheduler of this machine. */
export interface Scheduler {
  /** Looks, and changes nothing. @throws UsageError, PreflightError */
  planInstall(request: ScheduleRequest): Promise<SchedulePlan>;
  /** No operations when there is nothing to remove. */
  planRemove(): Promise<SchedulePlan>;
  /** @throws StepError that says what was done before it failed */
  perform(plan: SchedulePlan, password?: string): Promise<void>;
  show(): Promise<ScheduledTask[]>;
}

/** The two tasks of a site. Their names end in what they do, so that no two sites can mean the same task. */
export function taskName(site: string, kind: TaskKind): string {
  return `sense-runbook-${site}-${kind}`;
}

/** What the tool is told in a task, after its own path. */
export function taskWords(kind: TaskKind, siteFile: string): string[] {
  return ['--site', siteFile, ...(kind === 'backup' ? ['backup', '--yes'] : ['recover', '--if-needed'])];
}

/** Recovering waits for orphans and for services to start; more than this it never needs. */
export const RECOVER_LIMIT_MS = 4 * 3_600_000;
