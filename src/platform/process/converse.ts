import { StringDecoder } from 'node:string_decoder';
import type { Readable, Writable } from 'node:stream';
import type { ExecOptions, OutputLine } from '../../contract/node.ts';

/** What is longer than this without a line end is no text for a person: its beginning is let go. Characters. */
const LONGEST_LINE = 64 * 1024;

/** The streams of a child that is talked with. */
export interface Talking {
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
}

/** A conversation that goes on while the child runs. */
export interface Conversation {
  /** From now on nothing more is told. */
  readonly hush: () => void;
  /** Resolves when every line that came was answered; call it when the child has ended. */
  readonly settled: () => Promise<void>;
}

/**
 * Tells `answer` every line of the child, in the order in which they came, and writes what it gives to the child's stdin.
 * `fail` is called once with what it throws; after that nothing is told any more.
 */
export function converse(
  child: Talking,
  answer: NonNullable<ExecOptions['converse']>,
  fail: (error: unknown) => void,
): Conversation {
  let turn: Promise<void> = Promise.resolve();
  let over = false;

  async function tell(line: OutputLine): Promise<void> {
    if (over) return;
    try {
      const reply = await answer(line);
      if (reply !== undefined && child.stdin?.writable === true) child.stdin.write(reply);
    } catch (error) {
      over = true;
      fail(error);
    }
  }

  function listen(stream: OutputLine['stream']): void {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    const queue = (text: string, open: boolean): void => {
      turn = turn.then(() => tell({ text, stream, open }));
    };
    const take = (text: string): void => {
      const lines = (rest + text).split(/\r?\n/);
      rest = (lines.pop() ?? '').slice(-LONGEST_LINE);
      for (const line of lines) queue(line, false);
      if (rest.trim() !== '') queue(rest, true);
    };
    child[stream]?.on('data', (chunk: Buffer) => {
      take(decoder.write(chunk));
    });
    child[stream]?.once('end', () => {
      take(decoder.end());
      if (rest !== '') queue(rest, false);
    });
  }

  listen('stdout');
  listen('stderr');
  // One that has ended does not read what it is told any more.
  child.stdin?.on('error', () => undefined);
  return {
    hush() {
      over = true;
    },
    settled: () => turn,
  };
}
