import { createReadStream } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

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
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const stream = createReadStream(file, { highWaterMark: 256 * 1024 });
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    options.onChunk?.(chunk);
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield lines;
  }
  rest += decoder.end();
  if (rest !== '' && options.tornEnd !== 'drop') yield [rest];
}
