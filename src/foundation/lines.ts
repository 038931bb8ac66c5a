import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

/** So small that what is made of it is gone before the next: V8 keeps what lives longer until its heap has doubled. */
const BLOCK = 64 * 1024;

/** How lines are read. */
export interface ReadLinesOptions {
  /** What becomes of text after the last line feed: a line that was being written when the process died. Default `keep`. */
  readonly tornEnd?: 'keep' | 'drop';
  /** Sees every byte of the file in order, for a hash. */
  readonly onChunk?: (chunk: Buffer) => void;
}

/**
 * The lines of a UTF-8 file, without their line feed, as a stream that holds one block of the file.
 *
 * @throws the file system's error when the file cannot be read
 */
export async function* readLines(
  file: string,
  options: ReadLinesOptions = {},
): AsyncGenerator<string, void, undefined> {
  for await (const lines of readLineBatches(file, options)) yield* lines;
}

/** {@link readLines} with the lines of one block at a time. */
export async function* readLineBatches(
  file: string,
  options: ReadLinesOptions = {},
): AsyncGenerator<string[], void, undefined> {
  const splitter = createSplitter(options);
  for await (const chunk of createReadStream(file, { highWaterMark: BLOCK }) as AsyncIterable<Buffer>)
    yield splitter.take(chunk);
  yield splitter.end();
}

/** {@link readLineBatches} with synchronous calls, for worker threads. */
export function* readLineBatchesSync(
  file: string,
  options: ReadLinesOptions = {},
): Generator<string[], void, undefined> {
  const splitter = createSplitter(options);
  const buffer = Buffer.allocUnsafe(BLOCK);
  const handle = openSync(file, 'r');
  try {
    for (let read = readBlock(handle, file, buffer); read > 0; read = readBlock(handle, file, buffer))
      yield splitter.take(buffer.subarray(0, read));
  } finally {
    closeSync(handle);
  }
  yield splitter.end();
}

/** An error of reading does not say by itself of which file, one of opening does. */
function readBlock(handle: number, file: string, buffer: Buffer): number {
  try {
    return readSync(handle, buffer, 0, buffer.length, null);
  } catch (error) {
    throw Object.assign(error as NodeJS.ErrnoException, { path: file });
  }
}

interface Splitter {
  take(chunk: Buffer): string[];
  end(): string[];
}

function createSplitter({ tornEnd, onChunk }: ReadLinesOptions): Splitter {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return {
    take(chunk) {
      onChunk?.(chunk);
      const lines = (rest + decoder.write(chunk)).split('\n');
      rest = lines.pop() ?? '';
      return lines;
    },
    end() {
      rest += decoder.end();
      return rest === '' || tornEnd === 'drop' ? [] : [rest];
    },
  };
}
