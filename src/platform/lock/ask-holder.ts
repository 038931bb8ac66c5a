import net from 'node:net';
import type { JsonObject } from '../../contract/json.ts';
import type { LockAddress } from './address.ts';

const ANSWER_LIMIT_MS = 2_000;
const ANSWER_LIMIT_BYTES = 64 * 1024;

/** Whether somebody listens, and what it said; `info` is absent when it did not answer in time or made no sense. */
export type HolderAnswer = { readonly held: false } | { readonly held: true; readonly info?: JsonObject };

/** Connects to a lock and reads what its holder says. */
export async function askHolder(address: LockAddress): Promise<HolderAnswer> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = net.connect({ path: address.path });
    const timer = setTimeout(() => finish({ held: true }), ANSWER_LIMIT_MS);
    function finish(answer: HolderAnswer): void {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    }
    socket.setEncoding('utf8');
    socket.on('data', (part: string) => {
      text += part;
      if (text.length > ANSWER_LIMIT_BYTES) finish({ held: true });
    });
    socket.on('end', () => finish({ held: true, ...parse(text) }));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') return finish({ held: false });
      // It was there and went away, or has too many callers, or belongs to another user.
      if (['ECONNRESET', 'EPIPE', 'EAGAIN', 'EACCES', 'EPERM', 'EBUSY'].includes(error.code ?? ''))
        return finish({ held: true });
      clearTimeout(timer);
      reject(error);
    });
  });
}

function parse(text: string): { info?: JsonObject } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? { info: value as JsonObject }
      : {};
  } catch {
    // Another program may have taken the name; then there is no word from a run of ours.
    return {};
  }
}
