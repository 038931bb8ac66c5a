import type { Readable } from 'node:stream';

/** Keeps the last bytes of a stream, so that a talkative program cannot fill the memory. */
export interface Tail {
  /** What was kept; of UTF-8 it begins on a whole character. */
  bytes(): Buffer;
}

/** Reads `stream` to its end and keeps at most `maxBytes` of it; absent streams give nothing. */
export function keepTail(stream: Readable | null | undefined, maxBytes: number): Tail {
  const chunks: Buffer[] = [];
  let kept = 0;
  let cut = false;
  stream?.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    kept += chunk.length;
    while (chunks[0] !== undefined && kept - chunks[0].length >= maxBytes) {
      kept -= chunks[0].length;
      chunks.shift();
      cut = true;
    }
  });
  return {
    bytes() {
      const whole = Buffer.concat(chunks);
      const start = wholeCharacterFrom(whole, Math.max(0, whole.length - maxBytes), cut);
      return whole.subarray(start);
    },
  };
}

/** Moves past the rest of a UTF-8 character that was cut in two. */
function wholeCharacterFrom(bytes: Buffer, start: number, cut: boolean): number {
  if (start === 0 && !cut) return 0;
  let position = start;
  while (position < start + 3 && ((bytes[position] ?? 0) & 0xc0) === 0x80) position += 1;
  return position;
}
