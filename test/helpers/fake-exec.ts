import { CommandError } from '../../src/contract/errors.ts';
import type { Exec, ExecOptions } from '../../src/contract/node.ts';

/** One program the fake knows. `command` is the argument array joined with blanks, or a pattern of it. */
export interface FakeCommand {
  readonly command: string | RegExp;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exitCode?: number;
  /** Answers the first `times` calls only; after that earlier rows count again. */
  readonly times?: number;
}

/** A call that was made. */
export interface FakeCall {
  readonly argv: readonly string[];
  readonly command: string;
  readonly options: ExecOptions;
}

/** An executor that starts nothing: it answers from rows, the last match wins, and throws on what it was not told about. */
export function createFakeExec(rows: readonly FakeCommand[]): { exec: Exec; calls: FakeCall[] } {
  const calls: FakeCall[] = [];
  const used = new Map<FakeCommand, number>();
  async function exec(argv: readonly string[], options: ExecOptions = {}) {
    const command = argv.join(' ');
    const row = rows.findLast(
      (candidate) =>
        (typeof candidate.command === 'string'
          ? candidate.command === command
          : candidate.command.test(command)) && (used.get(candidate) ?? 0) < (candidate.times ?? Infinity),
    );
    if (row === undefined) throw new Error(`fake exec was not told about: ${command}`);
    used.set(row, (used.get(row) ?? 0) + 1);
    calls.push({ argv, command, options });
    const { stdout = '', stderr = '', exitCode = 0 } = row;
    if (!(options.okCodes ?? [0]).includes(exitCode))
      throw new CommandError(`${command} failed with exit code ${exitCode}`, {
        argv,
        code: exitCode,
        stdout,
        stderr,
      });
    return { stdout, stderr, durationMs: 1 };
  }
  return { exec, calls };
}
