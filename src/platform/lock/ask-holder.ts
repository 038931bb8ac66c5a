import net from 'node:net';
import type { LockAddress } from './address.ts';
import { parseAnswer, type HolderAnswer } from './holder-answer.ts';

const ANSWER_LIMIT_MS = 2_000;
const ANSWER_LIMIT_BYTES = 64 * 1024;

/** Connects to a lock that is a socket, and reads what its holder says. */
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
    socket.on('end', () => finish({ held: true, ...parseAnswer(text) }));
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
