import fs from 'node:fs/promises';
import { CommandError, TimeLimitError, UsageError } from '../../contract/errors.ts';
import type { JsonObject, JsonValue } from '../../contract/json.ts';
import type { Exec, ExecOptions, ExecResult } from '../../contract/node.ts';
import { createConsoleText } from '../process/console-text.ts';
import { quoteArgv } from '../process/messages.ts';
import { refuseBatchFile, windowsCommandLine } from './command-line.ts';
import type { PowerShell } from './powershell.ts';

const DEFAULT_OUTPUT_BYTES = 1024 * 1024;
const DEFAULT_LIMIT_MS = 10 * 60_000;
// Starting PowerShell on a loaded server takes many seconds.
const START_MS = 60_000;
const LONGEST_MS = 2 ** 31 - 1 - START_MS;

// winerror.h
const START_FAILURES: Readonly<Record<number, string>> = {
  2: 'the program was not found',
  3: 'its folder was not found',
  5: 'access was denied',
  193: 'it is no program for this Windows',
  206: 'its arguments are too long',
  267: 'the working folder was not found',
};

/**
 * Runs programs on another Windows server through its PowerShell: arguments as they are, without a shell. Output that
 * is wanted in a file comes here in one piece, so it must fit `maxOutputBytes`. `onSpawn` tells of the process of this
 * machine that is connected to the server.
 * @throws CommandError, TimeLimitError, UnreachableError or the signal's reason
 */
export function createRemoteExec(options: {
  readonly powershell: PowerShell;
  readonly host: string;
  readonly redact?: (text: string) => string;
}): Exec {
  const { powershell, host, redact = (text) => text } = options;
  return async function exec(argv, given = {}) {
    given.signal?.throwIfAborted();
    const timeoutMs = Math.min(given.timeoutMs ?? DEFAULT_LIMIT_MS, LONGEST_MS);
    const started = performance.now();
    const answer = await powershell.run('run-program', requestOf(argv, given, timeoutMs), {
      timeoutMs: timeoutMs + START_MS,
      ...(given.signal === undefined ? {} : { signal: given.signal }),
      ...(given.onSpawn === undefined ? {} : { onSpawn: given.onSpawn }),
    });
    return judge(answer, { argv: argv.map(redact), host, redact, given, timeoutMs, started });
  };
}

function requestOf(argv: readonly string[], given: ExecOptions, timeoutMs: number): JsonObject {
  const [program = '', ...rest] = argv;
  refuseBatchFile(program);
  if (given.asUser !== undefined)
    throw new UsageError('a program on another server runs as the account there');
  if (given.converse !== undefined)
    throw new UsageError('a program on another server cannot be talked with from here', {
      hint: 'Run it on that server.',
    });
  return {
    program,
    arguments: windowsCommandLine(rest, program),
    stdin: Buffer.from(given.input ?? '', 'utf8').toString('base64'),
    folder: given.cwd ?? '',
    env: given.env ?? {},
    timeoutMs,
    maxBytes: given.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES,
  };
}

interface Call {
  readonly argv: readonly string[];
  readonly host: string;
  readonly redact: (text: string) => string;
  readonly given: ExecOptions;
  readonly timeoutMs: number;
  readonly started: number;
}

async function judge(answer: JsonValue, call: Call): Promise<ExecResult> {
  const { argv, host, redact, given } = call;
  const what = `${argv[0] ?? ''} on ${host}`;
  const facts = typeof answer === 'object' && answer !== null && !Array.isArray(answer) ? answer : {};
  const refused = facts['notStarted'];
  if (typeof refused === 'number')
    throw new CommandError(
      `${what} could not be started: ${START_FAILURES[refused] ?? `Windows error ${refused}`} (${refused}): ${quoteArgv(argv)}`,
      { argv },
      { hint: `Look whether the program is installed on ${host} and on its PATH.` },
    );
  const page = facts['consolePage'];
  const readText = createConsoleText(() => Promise.resolve(typeof page === 'number' ? page : undefined));
  const stdout = bytesOf(facts['stdout']);
  const stderr = await readText(bytesOf(facts['stderr']));
  if (facts['timedOut'] === true)
    throw new TimeLimitError(
      `${what} ran longer than its limit of ${call.timeoutMs / 1000} s and was ended: ${quoteArgv(argv)}`,
      {
        hint: 'When it only needs longer: raise timeouts.command in the site file, or the timeout of the step.',
      },
    );
  const code = facts['code'];
  if (typeof code !== 'number')
    throw new CommandError(`${what}: the server did not say how it ended`, { argv });
  if (given.stdoutFile !== undefined) await fs.writeFile(given.stdoutFile, stdout, { mode: 0o600 });
  const texts = { stdout: given.stdoutFile === undefined ? await readText(stdout) : '', stderr };
  // Exit codes of Windows have 32 bits without a sign, as Node.js gives them; .NET gives them with one.
  if ((given.okCodes ?? [0]).includes(code >>> 0))
    return { ...texts, durationMs: performance.now() - call.started };
  const last = redact(stderr.trim() === '' ? texts.stdout : stderr)
    .trimEnd()
    .split(/\r?\n/u)
    .slice(-12);
  throw new CommandError(
    [`${what} failed with exit code ${code >>> 0}: ${quoteArgv(argv)}`, ...last].join('\n').trimEnd(),
    { argv, code: code >>> 0, stdout: redact(texts.stdout), stderr: redact(stderr) },
  );
}

function bytesOf(value: JsonValue | undefined): Buffer {
  return Buffer.from(typeof value === 'string' ? value : '', 'base64');
}
