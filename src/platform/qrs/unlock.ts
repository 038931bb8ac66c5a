import { text } from 'node:stream/consumers';
import { ExpectedError, UnreachableError } from '../../contract/errors.ts';
import type { ServiceWait } from '../../contract/node.ts';

const PORT = 4570;

/**
 * Tells the Repository Service of this machine the one-time password of its registration: it listens on port 4570 of
 * localhost while it waits for certificates (manual 1.3, "Ports"). `port` is for tests.
 * @throws UnreachableError when nobody listens there, ExpectedError when it refuses
 */
export function createUnlock(options: { readonly port?: number } = {}) {
  const { port = PORT } = options;
  return async (password: string, { timeoutMs, signal }: ServiceWait): Promise<void> => {
    const limit = AbortSignal.timeout(timeoutMs);
    const body = new URLSearchParams({ __pwd: password }).toString();
    let answer;
    try {
      answer = await post(port, body, signal === undefined ? limit : AbortSignal.any([signal, limit]));
    } catch (error) {
      signal?.throwIfAborted();
      throw notListening('this machine', error);
    }
    if (answer >= 400) throw notTaken('this machine', answer);
  };
}

/** Nobody takes the password there. */
export function notListening(where: string, cause: unknown): UnreachableError {
  return new UnreachableError(`nobody waits for certificates on port ${String(PORT)} of ${where}`, {
    hint: 'The Repository Service must run there and have no certificates: look at the service, and whether those of an earlier registration are still in the stores.',
    cause,
  });
}

/** It answered, and did not take it. */
export function notTaken(where: string, status: number): ExpectedError {
  return new ExpectedError(
    `port ${String(PORT)} of ${where} did not take the password (HTTP ${String(status)})`,
    {
      hint: 'It counts once and for a short time: redistribute the certificate of the node in the QMC.',
    },
  );
}

async function post(port: number, body: string, signal: AbortSignal): Promise<number> {
  const { request } = await import('node:http');
  return new Promise((resolve, reject) => {
    request(
      {
        host: 'localhost',
        port,
        path: '/certificateSetup',
        method: 'POST',
        agent: false,
        signal,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': Buffer.byteLength(body),
        },
      },
      (response) => {
        text(response).then(() => {
          resolve(response.statusCode ?? 0);
        }, reject);
      },
    )
      .on('error', reject)
      .end(body);
  });
}
