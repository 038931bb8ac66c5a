import fs from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import type { execa as Execa, Options } from 'execa';
import type { Exec, ExecOptions } from '../../contract/node.ts';
import { isWindowsInstaller, windowsCommandLine } from '../windows/command-line.ts';
import { utf8Text, type ReadText } from './console-text.ts';
import { converse, type Conversation } from './converse.ts';
import { endTree, type Tree } from './end-tree.ts';
import { identifyNow, posixIdentities, type Identities } from './identity.ts';
import { trackChild } from './live-children.ts';
import { endedBadly, notStarted, tooLong, type Ending } from './messages.ts';
import { keepTail } from './tail.ts';

const DEFAULT_OUTPUT_BYTES = 1024 * 1024;
const LONGEST_TIMER_MS = 2 ** 31 - 1;
// A grandchild that was left running may hold the pipes open; the program itself has ended.
const DRAIN_MS = 2_000;

/** What the executor needs. */
export interface ExecCollaborators {
  readonly redact: (text: string) => string;
  /** Milliseconds between SIGTERM and SIGKILL; 5 s by default. */
  readonly graceMs?: number;
  /** Says who a child is, where that takes asking; default: as Linux and its like do. */
  readonly identify?: Identities['identify'];
  /** Reads what programs write; default: as UTF-8. */
  readonly readText?: ReadText;
}

/**
 * Makes the executor of this machine: argument arrays only, never a shell. Output is given as it came, with its last
 * line end.
 * @throws CommandError when it cannot start or ends badly, TimeLimitError, or the signal's reason; in the last two
 * cases after the whole tree has ended.
 */
export function createExec(collaborators: ExecCollaborators): Exec {
  return async function exec(argv, options = {}) {
    options.signal?.throwIfAborted();
    const { execa } = await import('execa');
    const file = options.stdoutFile === undefined ? undefined : await fs.open(options.stdoutFile, 'w', 0o600);
    try {
      options.signal?.throwIfAborted();
      const [program = '', ...rest] = argv;
      const started = performance.now();
      const child = startChild(execa, program, rest, childOptions(options, file?.fd));
      const maxBytes = options.maxOutputBytes ?? DEFAULT_OUTPUT_BYTES;
      const stdout = keepTail(child.stdout, maxBytes);
      const stderr = keepTail(child.stderr, maxBytes);
      const { pid } = child;
      if (pid === undefined)
        throw notStarted(argv.map(collaborators.redact), (await child).code, options.cwd);

      const tree = { pid, group: process.platform !== 'win32' };
      const end = await supervise(child, tree, options, collaborators);
      const durationMs = performance.now() - started;
      const { readText = utf8Text } = collaborators;
      const text = async () => ({
        stdout: await readText(stdout.bytes()),
        stderr: await readText(stderr.bytes()),
      });
      if (end.stoppedBy === undefined && (options.okCodes ?? [0]).includes(end.code ?? Number.NaN))
        return { ...(await text()), durationMs };
      // Windows finds nobody below a process that has ended, and its number may be another's by now.
      if (end.stoppedBy === undefined && tree.group) await endTree(tree, graceOf(collaborators));
      if (end.stoppedBy === 'abort') throw options.signal?.reason;
      const said = await text();
      const ending: Ending = {
        argv: argv.map(collaborators.redact),
        stdout: collaborators.redact(said.stdout),
        stderr: collaborators.redact(said.stderr),
        ...(end.code !== undefined && { code: end.code }),
        ...(end.signal !== undefined && { signal: end.signal }),
      };
      throw end.stoppedBy === 'limit' ? tooLong(ending, options.timeoutMs ?? 0) : endedBadly(ending);
    } finally {
      await file?.close();
    }
  };
}

/** Windows Installer does not read its command line as other programs do, and as Node.js writes it. */
function startChild(
  execa: typeof Execa,
  program: string,
  args: readonly string[],
  options: ReturnType<typeof childOptions>,
) {
  if (process.platform !== 'win32' || !isWindowsInstaller(program)) return execa(program, args, options);
  return execa(program, [windowsCommandLine(args, program)], { ...options, windowsVerbatimArguments: true });
}

function childOptions(options: ExecOptions, stdoutFd: number | undefined) {
  return {
    reject: false,
    buffer: false,
    cleanup: false,
    detached: process.platform !== 'win32',
    // A hidden console of its own: that Ctrl+C in ours must not reach an sc.exe that starts a service.
    windowsHide: true,
    // The child writes to the file itself; execa's types allow only small descriptors, its code any.
    stdout: (stdoutFd as 3 | undefined) ?? 'pipe',
    stderr: 'pipe',
    ...stdinOf(options),
    ...(options.env !== undefined && { env: options.env }),
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.asUser !== undefined && { uid: options.asUser.uid, gid: options.asUser.gid }),
  } satisfies Options;
}

function stdinOf({ converse: talk, input }: ExecOptions): Pick<Options, 'stdin' | 'input'> {
  if (talk !== undefined) return { stdin: 'pipe' };
  return input === undefined ? { stdin: 'ignore' } : { input };
}

/** What is used of execa's child. */
interface Child extends Promise<{ readonly exitCode?: number; readonly signal?: string }> {
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  once(event: 'exit', listener: () => void): unknown;
}

interface End {
  readonly code: number | undefined;
  readonly signal: string | undefined;
  readonly stoppedBy: 'limit' | 'abort' | undefined;
}

/** Waits for the child, and ends its tree on time limit or abort. A second reason to end cuts the grace short. */
async function supervise(
  child: Child,
  tree: Tree,
  options: ExecOptions,
  collaborators: ExecCollaborators,
): Promise<End> {
  const hurry = new AbortController();
  const how = { ...graceOf(collaborators), hurry: hurry.signal };
  const forget = trackChild(tree);
  const timers: NodeJS.Timeout[] = [];
  let stoppedBy: End['stoppedBy'];
  let ended: Promise<void> | undefined;
  let onAbort: (() => void) | undefined;
  let talk: Conversation | undefined;
  let notAnnounced: { readonly error: unknown } | undefined;
  let notAnswered: { readonly error: unknown } | undefined;
  try {
    const result = await new Promise<Awaited<typeof child>>((resolve, reject) => {
      function end(reason: 'limit' | 'abort'): void {
        if (stoppedBy !== undefined) return hurry.abort();
        stoppedBy = reason;
        ended = endTree(tree, how);
        ended.catch(reject);
      }
      child.then(resolve, reject);
      child.once('exit', () => timers.push(setTimeout(() => closePipes(child), DRAIN_MS)));
      if (options.timeoutMs !== undefined)
        timers.push(setTimeout(() => end('limit'), Math.min(options.timeoutMs, LONGEST_TIMER_MS)));
      onAbort = () => end('abort');
      options.signal?.addEventListener('abort', onAbort);
      if (options.converse !== undefined)
        talk = converse(child, options.converse, {
          readText: collaborators.readText ?? utf8Text,
          fail: (error) => {
            notAnswered = { error };
            end('abort');
          },
        });
      announce(tree.pid, options.onSpawn, collaborators.identify).catch((error: unknown) => {
        notAnnounced = { error };
        end('abort');
      });
    });
    await ended;
    // The last lines may tell why it ended; and an answer that is being found must not go on behind this.
    if (stoppedBy !== undefined) talk?.hush();
    await talk?.settled();
    await ended;
    for (const trouble of [notAnnounced, notAnswered]) if (trouble !== undefined) throw trouble.error;
    return { code: result.exitCode, signal: result.signal, stoppedBy };
  } finally {
    for (const timer of timers) clearTimeout(timer);
    if (onAbort !== undefined) options.signal?.removeEventListener('abort', onAbort);
    forget();
  }
}

function graceOf({ graceMs }: ExecCollaborators): { graceMs?: number } {
  return graceMs === undefined ? {} : { graceMs };
}

function closePipes(child: Child): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
}

/** Tells who was started. Where the start time takes a program to find out, a child that ended first is not told. */
async function announce(
  pid: number,
  onSpawn: ExecOptions['onSpawn'],
  identify = posixIdentities.identify,
): Promise<void> {
  if (onSpawn === undefined) return;
  const identity = identifyNow(pid) ?? (await identify(pid));
  if (identity !== undefined) onSpawn(identity);
}
