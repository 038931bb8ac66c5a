import type { Writable } from 'node:stream';

/** The reader went away (`| head`), the terminal was closed, or the disk that output is written to is full. */
const GONE = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ENOSPC', 'EDQUOT', 'ERR_STREAM_DESTROYED']);

/**
 * Goes on in silence when the output reaches nobody any more: a run must still start what it stopped, and a full disk
 * for its output must not end a backup. Other errors of the streams are thrown.
 */
export function ignoreBrokenPipes(streams: readonly Writable[]): void {
  for (const stream of streams)
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!GONE.has(error.code ?? '')) throw error;
    });
}
