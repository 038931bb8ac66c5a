import path from 'node:path';
import { CommandError, TimeLimitError } from '../../contract/errors.ts';

const STDERR_LINES = 12;

/** How a child ended; texts are already without secrets. */
export interface Ending {
  readonly argv: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly code?: number;
  readonly signal?: string;
}

/** The arguments as one would type them: those with special characters are quoted. For reading only. */
export function quoteArgv(argv: readonly string[]): string {
  return argv
    .map((word) => (/^[\w@%+=:,./\\-]+$/u.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`))
    .join(' ');
}

/** The error of a program that ended with a code that is no success, or by a signal. */
export function endedBadly(ending: Ending): CommandError {
  const how =
    ending.signal === undefined ? `failed with exit code ${ending.code}` : `was ended by ${ending.signal}`;
  const lines = lastLines(ending.stderr) || lastLines(ending.stdout);
  const message = `${programName(ending.argv)} ${how}: ${quoteArgv(ending.argv)}`;
  return new CommandError(lines === '' ? message : `${message}\n${lines}`, ending);
}

/** The error of a program that could not be started at all; `code` is that of the operating system (`ENOENT`). */
export function notStarted(argv: readonly string[], code: string | undefined, cwd?: string): CommandError {
  const [program = ''] = argv;
  const { text, hint } = startFailure(program, code, cwd);
  return new CommandError(
    `${programName(argv)} could not be started: ${text}: ${quoteArgv(argv)}`,
    { argv },
    { hint },
  );
}

function startFailure(
  program: string,
  code: string | undefined,
  cwd?: string,
): { text: string; hint: string } {
  const inFolder = cwd === undefined ? '' : `, and that the folder ${cwd} exists`;
  const onPath = /[\\/]/u.test(program) ? '' : ' and that its folder is on PATH';
  switch (code) {
    case 'ENOENT':
      return {
        text: 'the program was not found',
        hint: `Check that ${program} is installed${onPath}${inFolder}.`,
      };
    case 'EACCES':
    case 'EPERM':
      return {
        text: `this user may not run it (${code})`,
        hint: 'Check the rights of the file and of the folders above it.',
      };
    case 'E2BIG':
      return { text: 'its arguments are too long (E2BIG)', hint: 'Give it fewer or shorter arguments.' };
    default:
      return {
        text: code ?? 'unknown reason',
        hint: 'Check the memory and the number of processes of this machine.',
      };
  }
}

/** The error of a program that ran past its limit and was ended. */
export function tooLong(ending: Ending, timeoutMs: number): TimeLimitError {
  const lines = lastLines(ending.stderr);
  const message =
    `${programName(ending.argv)} ran longer than its limit of ${timeoutMs / 1000} s ` +
    `and was ended: ${quoteArgv(ending.argv)}`;
  return new TimeLimitError(lines === '' ? message : `${message}\n${lines}`, {
    hint: 'When it only needs longer: raise timeouts.dump or timeouts.command in the site file, or the timeout of the step.',
  });
}

function programName(argv: readonly string[]): string {
  return path.win32.basename(argv[0] ?? 'the program');
}

function lastLines(text: string): string {
  return text.trimEnd().split(/\r?\n/u).slice(-STDERR_LINES).join('\n');
}
