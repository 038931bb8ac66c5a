import { CommandError, ExpectedError, messageOf } from '../contract/errors.ts';
import { reasonOf } from '../foundation/system-reason.ts';
import { commandLine } from './operation-text.ts';

/** How an error is worded. `logFile`: where the stack of an unexpected error was written. */
export interface ErrorTextOptions {
  readonly verbose: boolean;
  readonly logFile?: string | undefined;
}

/** Lines of a program's stderr that are shown without `--verbose`. */
const STDERR_LINES = 8;

/** Exit codes that promise that nothing was changed when the error does not say otherwise. */
const NOTHING_CHANGED = new Set([1, 2, 3, 6]);

/** An error for a person: what happened, what was changed, what to do. Several lines, the last ends with a newline. */
export function wordError(error: unknown, options: ErrorTextOptions): string {
  const lines =
    error instanceof ExpectedError ? expectedLines(error, options.verbose) : bugLines(error, options.logFile);
  if (options.verbose && error instanceof Error && error.stack !== undefined) lines.push(error.stack);
  return `${lines.join('\n')}\n`;
}

/** The same as JSON, for `--json`. */
export function errorJson(error: unknown, options: ErrorTextOptions): object {
  const expected = error instanceof ExpectedError;
  const hint = expected ? error.hint : bugHint(options.logFile);
  return {
    error: {
      code: expected ? error.exitCode : 1,
      name: error instanceof Error ? error.name : 'Error',
      message: messageOf(error),
      ...(hint === undefined ? {} : { hint }),
      ...(expected && error.changed !== undefined ? { changed: error.changed } : {}),
    },
  };
}

function expectedLines(error: ExpectedError, verbose: boolean): string[] {
  const lines = [`error: ${error.message}`, ...causeLines(error)];
  if (error instanceof CommandError) lines.push(...commandLines(error, verbose));
  if (error.changed !== undefined) lines.push(`changed: ${error.changed}`);
  else if (NOTHING_CHANGED.has(error.exitCode) && !saysNothingChanged(error))
    lines.push('Nothing was changed.');
  if (error.hint !== undefined) lines.push(...error.hint.split('\n').map((line) => `hint: ${line}`));
  return lines;
}

function saysNothingChanged({ message, hint = '' }: ExpectedError): boolean {
  return [message, hint].some((text) => /nothing was changed/i.test(text));
}

/** Causes that say more than the message does. */
function causeLines(error: ExpectedError): string[] {
  const lines: string[] = [];
  let said = error.message;
  let cause = error.cause;
  // A chain of causes is short; the limit only guards against one that points to itself.
  for (let depth = 0; cause !== undefined && depth < 5; depth += 1) {
    const message = messageOf(cause);
    const reason = reasonOf(cause);
    if (message !== '' && !said.includes(message) && !said.includes(reason)) {
      const path = (cause as NodeJS.ErrnoException).path;
      lines.push(`  because: ${path !== undefined && said.includes(path) ? reason : message}`);
      said += `\n${message}`;
    }
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return lines;
}

function commandLines(error: CommandError, verbose: boolean): string[] {
  const lines = verbose ? [`  command: ${commandLine(error.argv)}`] : [];
  const said = error.stderr.split(/\r?\n/).filter((line) => line.trim() !== '');
  const shown = verbose ? said : said.slice(-STDERR_LINES);
  return [
    ...lines,
    ...shown.filter((line) => !error.message.includes(line.trim())).map((line) => `  | ${line}`),
  ];
}

function bugLines(error: unknown, logFile: string | undefined): string[] {
  return [
    `error: something went wrong inside sense-runbook itself: ${messageOf(error)}`,
    'This is a bug of ours, not a mistake of yours.',
    `hint: ${bugHint(logFile)}`,
  ];
}

function bugHint(logFile: string | undefined): string {
  const look = 'sense-runbook runs (is a run unfinished?), then report the bug';
  return logFile === undefined
    ? `${look} with the output of --verbose`
    : `${look} with the log file ${logFile}`;
}
