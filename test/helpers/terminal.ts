import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { execa } from 'execa';
import type { ToolResult } from './lab.ts';

/** The tool as it is packed. */
export const BUNDLE = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));

/** Whether there is a program here that gives others a terminal of their own. */
export const HAS_TERMINAL = spawnSync('script', ['--version']).status === 0;

/** What is typed once something stands on the screen since the last answer. */
export interface Exchange {
  readonly seen: RegExp;
  /** Done before it is typed. */
  readonly first?: () => void;
  readonly typed: string;
}

/** A program on a terminal: what it writes, and where its keys go. */
interface Typist {
  readonly all: NodeJS.ReadableStream;
  readonly stdin: NodeJS.WritableStream;
}

/** How a program on a terminal ended; `stdout` is everything that was written there. */
export type TerminalResult = Pick<ToolResult, 'code' | 'stdout'>;

/** The key that goes down in a list. */
export const DOWN = '\u001b[B';

/** Runs the bundle on a terminal of its own, 80 columns wide and without colours, and types. */
export async function onTerminal(
  siteFile: string,
  args: readonly string[],
  exchanges: readonly Exchange[],
): Promise<TerminalResult> {
  const words = [process.execPath, BUNDLE, '--site', siteFile, ...args].map((word) => `'${word}'`);
  const child = execa('script', ['-qefc', `stty cols 80 rows 24; ${words.join(' ')}`, '/dev/null'], {
    reject: false,
    env: { NO_COLOR: '1', TERM: 'xterm' },
    stdin: 'pipe',
    all: true,
    timeout: 240_000,
  });
  const screen = typeInto(child, exchanges);
  const { exitCode } = await child;
  return { code: exitCode, stdout: screen() };
}

/** Types what is told as soon as it is asked for, one after another; gives what was written until now. */
export function typeInto(child: Typist, exchanges: readonly Exchange[]): () => string {
  const left = [...exchanges];
  let seen = '';
  let from = 0;
  child.all.on('data', (data: Buffer) => {
    seen += data.toString('utf8');
    const [next] = left;
    const since = seen.slice(from);
    if (next === undefined || !(next.seen.test(since) || next.seen.test(unbroken(since)))) return;
    left.shift();
    from = seen.length;
    next.first?.();
    child.stdin.write(next.typed);
  });
  return () => seen;
}

/** Text of a terminal without its line breaks: a question is broken at the edge, in the middle of a word. */
export function unbroken(text: string): string {
  return text.replaceAll(/\r?\n/g, '');
}

/** Lines that were on a screen, also those that were drawn over later. */
export function drawnLines(screen: string): string[] {
  return stripVTControlCharacters(screen.replace(/\u001b\[\d*[AGK]/g, '\n')).split(/\r?\n/);
}
