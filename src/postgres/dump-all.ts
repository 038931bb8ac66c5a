import { createReadStream, createWriteStream } from 'node:fs';
import fs from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { VerificationError } from '../contract/errors.ts';

const LINE_FEED = 10;
/** Lines that newer pg_dumpall writes (15.14, 16.10 and later) and older psql refuses; in data a backslash is doubled. */
const RESTRICT = /^\\(?:un)?restrict [A-Za-z0-9]+\r?\n?$/;
const LONGEST_RESTRICT = 200;
const END_MARK = '-- PostgreSQL database cluster dump complete';

/**
 * Makes a script of pg_dumpall one that any psql loads, in place, and looks whether it is whole; the file stays private.
 * Everything else stays byte for byte: each database may have an encoding of its own. Gives its bytes.
 * @throws VerificationError when its end is missing
 */
export async function finishDumpAll(file: string): Promise<number> {
  const temporary = `${file}.tmp`;
  let complete = false;

  function isKept(line: Buffer): boolean {
    if (line.length > LONGEST_RESTRICT) return true;
    const text = line.toString('latin1');
    if (text.trimEnd() === END_MARK) complete = true;
    return !RESTRICT.test(text);
  }

  try {
    await pipeline(
      createReadStream(file),
      async function* (source: AsyncIterable<Buffer>) {
        for await (const lines of linesOf(source)) yield Buffer.concat(lines.filter(isKept));
      },
      createWriteStream(temporary, { mode: 0o600 }),
    );
    if (!complete)
      throw new VerificationError(`${file} is not usable: the line that marks its end is missing.`, {
        hint: 'Check the free space of the disk, then start again.',
      });
    await fs.rename(temporary, file);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
  return (await fs.stat(file)).size;
}

/** The whole lines of each piece, with their line feeds; the last line may have none. */
async function* linesOf(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer[]> {
  let rest: Buffer[] = [];
  for await (const piece of source) {
    const lines: Buffer[] = [];
    let from = 0;
    for (let at = piece.indexOf(LINE_FEED); at !== -1; at = piece.indexOf(LINE_FEED, from)) {
      lines.push(Buffer.concat([...rest, piece.subarray(from, at + 1)]));
      rest = [];
      from = at + 1;
    }
    if (from < piece.length) rest.push(piece.subarray(from));
    yield lines;
  }
  yield [Buffer.concat(rest)];
}
