import type { Readable, Writable } from 'node:stream';
import type { ExecOptions, OutputLine } from '../../contract/node.ts';
import type { ReadText } from './console-text.ts';

const LINE_END = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** What is longer than this without a line end is no text for a person: its beginning is let go. Bytes. */
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
 * `fail` is called once with what it throws; after that nothing is told any more. `readText` makes text of each line.
 */
export function converse(
  child: Talking,
  answer: NonNullable<ExecOptions['converse']>,
  { readText, fail }: { readonly readText: ReadText; readonly fail: (error: unknown) => void },
): Conversation {
  let turn: Promise<void> = Promise.resolve();
  let over = false;

  async function tell(bytes: Buffer, how: Pick<OutputLine, 'stream' | 'open'>): Promise<void> {
    if (over) return;
    try {
      const text = await readText(bytes);
      if (how.open && text.trim() === '') return;
      const reply = await answer({ text, ...how });
      if (reply !== undefined && child.stdin?.writable === true) child.stdin.write(reply);
    } catch (error) {
      over = true;
      fail(error);
    }
  }

  function listen(stream: OutputLine['stream']): void {
    let rest: Buffer = Buffer.alloc(0);
    const queue = (bytes: Buffer, open: boolean): void => {
      turn = turn.then(() => tell(bytes, { stream, open }));
    };
    const take = (chunk: Buffer): void => {
      rest = Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(LINE_END); end !== -1; end = rest.indexOf(LINE_END)) {
        const line = rest.subarray(0, end);
        rest = rest.subarray(end + 1);
        queue(line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line, false);
      }
      rest = rest.subarray(-LONGEST_LINE);
      const whole = withoutHalfLetter(rest);
      if (whole.length > 0) queue(whole, true);
    };
    child[stream]?.on('data', take);
    child[stream]?.once('end', () => {
      if (rest.length > 0) queue(rest, false);
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

/** Leaves out the beginning of a UTF-8 letter whose other bytes are still on their way. */
function withoutHalfLetter(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.subarray(0, -back) : bytes;
  }
  return bytes;
}
