import type { Writable } from 'node:stream';

/** The reader went away (`| head`), or the terminal was closed. */
const GONE = new Set(['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED']);

/**
 * Goes on in silence when nobody reads the output any more: a run must still start what it stopped. Other errors of the
 * streams are thrown.
 */
export function ignoreBrokenPipes(streams: readonly Writable[]): void {
  for (const stream of streams)
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!GONE.has(error.code ?? '')) throw error;
    });
}
