import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { ProgramInfo } from '../contract/node.ts';

/** SHA-256 and size of a file of this machine, which are those of the same bytes; undefined: no such file. */
export async function hashedFile(
  file: string,
  signal: AbortSignal,
): Promise<Pick<ProgramInfo, 'sha256' | 'bytes'> | undefined> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    await pipeline(
      createReadStream(file),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          bytes += chunk.length;
          yield chunk;
        }
      },
      hash,
      { signal },
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return { sha256: hash.digest('hex'), bytes };
}
