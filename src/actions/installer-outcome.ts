import { StepError } from '../contract/errors.ts';
import type { ReadableNode } from '../contract/node.ts';
import { explainExitCode } from '../installers/exit-codes.ts';
import { causesInLog } from '../installers/log-causes.ts';
import { callOf, type InstallerInput } from './installer-input.ts';

/** Of Windows Installer: a restart is needed, and a restart was begun (learn.microsoft.com, "MsiExec.exe and InstMsi.exe error messages"). */
const MSI_RESTART = new Set([3010, 1641]);
/** "Pending reboot must be applied first" (manual 8.11, p. 308). */
const RESTART_FIRST = -8;

/** Exit codes of Windows are 32 bits without a sign: 4294967288 is -8. */
export function signedCode(code: number): number {
  return code > 0x7fffffff ? code - 0x1_0000_0000 : code;
}

/** Whether setup says that it did its work, with or without a restart to come. */
export function isSuccess(code: number): boolean {
  return code === 0 || MSI_RESTART.has(code);
}

/** Why Windows has to be restarted now: what it did not want before, or what setup says. Empty: it has not. */
export function wantsRestart(code: number, before: readonly string[], after: readonly string[]): string[] {
  const fresh = after.filter((reason) => !before.includes(reason));
  if (fresh.length > 0) return fresh;
  if (code === RESTART_FIRST) return after.length > 0 ? [...after] : ['setup says that a restart is pending'];
  return MSI_RESTART.has(code) ? ['setup says that it needs a restart'] : [];
}

/** What is known of an installer that did not do what it was to do. */
export interface InstallerFailure {
  readonly given: InstallerInput;
  readonly code: number;
  readonly release?: string;
  readonly node: Pick<ReadableNode, 'host'>;
  readonly log: string;
  /** Undefined when there is no log. */
  readonly logText: string | undefined;
}

/** The failure in the vendor's words, what its log tells of the cause, and what to do. */
export function failureOf({ given, code, release, node, log, logText }: InstallerFailure): StepError {
  const { program } = callOf(given.mode);
  const known = explainExitCode(code);
  const ended =
    code === 0
      ? `${program} says that it went well, but ${given.to} is not installed`
      : `${program} ended with ${String(code)}${known === undefined ? ', which the manual does not have' : ` (${known.meaning})`}`;
  const causes = logText === undefined ? [] : causesInLog(logText);
  const hints = [
    ...(known === undefined || code === 0 ? [] : [`${known.remedy} (manual ${known.source})`]),
    ...causes.map(({ text, source }) => `Its log says: ${text} (manual ${source})`),
    logText === undefined ? `There is no log at ${log} on ${node.host}.` : `Its log: ${log} on ${node.host}.`,
  ];
  return new StepError(`${node.host}: ${ended}${release === undefined ? '' : `; installed is ${release}`}`, {
    hint: hints.join('\n'),
    changed: `${program} was run on ${node.host}.`,
  });
}
