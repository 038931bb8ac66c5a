import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { StepError } from '../contract/errors.ts';

/** How the demo starts the tool and talks. */
export interface NarratorOptions {
  /** The tool: node and the bundle. */
  readonly program: readonly string[];
  /** Absent: commands that need no site. */
  readonly siteFile?: string;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Tells what comes next, prints each command before it runs it, and looks at how it ended. */
export interface Narrator {
  say(text: string): void;
  /** @throws StepError when the command does not end with `expected`; the signal's reason after the child has ended. */
  command(args: readonly string[], expected: number): Promise<void>;
  /** Starts the command and kills it, and nothing else, with SIGKILL once `moment` resolves. */
  killed(args: readonly string[], moment: (signal: AbortSignal) => Promise<void>): Promise<void>;
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Makes the narrator of one demo. */
export function createNarrator(options: NarratorOptions): Narrator {
  async function command(args: readonly string[], expected: number): Promise<void> {
    const child = start(args);
    const forward = () => interrupt(child);
    options.signal.addEventListener('abort', forward, { once: true });
    const ending = await endingOf(child);
    options.signal.removeEventListener('abort', forward);
    options.signal.throwIfAborted();
    if (ending.code !== expected) {
      const how = ending.code === null ? `signal ${ending.signal}` : `exit code ${ending.code}`;
      throw new StepError(
        `The demo's command \`${shown(args)}\` ended with ${how}; ${expected} was expected.`,
        {
          hint: 'Its output above says why. Keep the site to look at it with `demo --dir DIR --setup-only`.',
        },
      );
    }
  }

  async function killed(
    args: readonly string[],
    moment: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const child = start(args);
    const over = new AbortController();
    const ended = endingOf(child).finally(() => over.abort());
    try {
      await moment(AbortSignal.any([options.signal, over.signal]));
      child.kill('SIGKILL');
    } catch (error) {
      interrupt(child);
      await ended;
      options.signal.throwIfAborted();
      throw new StepError(`The demo's command \`${shown(args)}\` ended before it could be killed.`, {
        cause: error,
      });
    }
    await ended;
  }

  function start(args: readonly string[]): ChildProcess {
    options.signal.throwIfAborted();
    const { siteFile } = options;
    const site = siteFile === undefined ? [] : ['--site', siteFile];
    options.print(`\n$ sense-runbook ${shown([...site, ...args])}`);
    const [program = process.execPath, ...words] = options.program;
    return spawn(program, [...words, ...site, ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
      // Its own process group: Ctrl+C reaches the demo alone, which passes it on once.
      detached: process.platform !== 'win32',
    });
  }

  return { say: (text) => options.print(`\n${text}`), command, killed };
}

/** Resolves when `what` is true; it is looked at every 10 ms. @throws the signal's reason. */
export async function waitUntil(what: () => boolean, signal: AbortSignal): Promise<void> {
  while (!what()) await delay(10, undefined, { signal });
}

/** Windows gives Ctrl+C to every process of the console by itself, and has no SIGINT for one of them. */
function interrupt(child: ChildProcess): void {
  if (process.platform !== 'win32') child.kill('SIGINT');
}

function endingOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

function shown(args: readonly string[]): string {
  return args.map((word) => (/^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word}'`)).join(' ');
}
