import { EXIT_CODES } from '../contract/errors.ts';
import type { TaskResult } from './scheduler.ts';

/**
 * What Task Scheduler itself says in place of an exit code (Microsoft: "Task Scheduler Error and Success Constants", and the
 * Win32 errors that it passes on).
 */
const SCHEDULER_CODES: Readonly<Record<number, string>> = {
  0x41300: 'ready to run at its next time',
  0x41301: 'running now',
  0x41302: 'disabled',
  0x41303: 'it has not run yet',
  0x41304: 'there are no more runs',
  0x41306:
    'ended by Task Scheduler: at its time limit, or by somebody. If it was a backup, the recovery task looks after it',
  0x41325: 'waiting to be started',
  0x80070002: 'a file was not found: was node.exe or sense-runbook moved? Install the schedule again',
  0x80070005: 'access was denied to the account of the task',
  0x8007010b: 'its working folder, that of the site file, is not there',
  0x8007052e: 'the account could not log on: was its password changed? Install the schedule again',
  0x80070569: 'the account lacks the right "Log on as a batch job"',
  0x80070533: 'the account is disabled',
  0x80070775: 'the account is locked out',
  0x800710e0: 'Task Scheduler refused to start it: it was still running, or its account may not be used',
  0xc000013a: 'ended from outside (Ctrl+C, log-off or shutdown)',
};

/** Those that are no failure. */
const FINE = new Set([0x41300, 0x41301, 0x41303, 0x41325]);

/** What a last result of a task means: an exit code of this tool, or a code of Task Scheduler. */
export function taskResult(code: number): TaskResult {
  const own = (EXIT_CODES as Readonly<Record<number, string>>)[code];
  if (own !== undefined) return { code, meaning: own, ok: code === 0 };
  const meaning =
    SCHEDULER_CODES[code] ?? 'neither an exit code of sense-runbook nor a known one of Task Scheduler';
  return { code, meaning, ok: FINE.has(code) };
}

/** A result of Task Scheduler as people look it up: `5`, `0x41306`. */
export function resultCodeText(code: number): string {
  return code < 256 ? String(code) : `0x${code.toString(16).toUpperCase()}`;
}
