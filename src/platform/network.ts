import net from 'node:net';
import { networkInterfaces } from 'node:os';
import type { ServiceWait } from '../contract/node.ts';

/** What this machine can tell of others without their help. */
export interface Network {
  /** Whether somebody takes a connection there within the time. @throws the signal's reason */
  answers(host: string, port: number, wait: ServiceWait): Promise<boolean>;
  /** Addresses of a host; none when it has no name here. */
  addresses(host: string): Promise<readonly string[]>;
  /** Addresses of this machine. */
  readonly own: () => readonly string[];
}

/** Names that nobody has, or that cannot be asked for at the moment. */
const UNKNOWN = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ENODATA', 'ESERVFAIL', 'EAI_FAIL']);

/** The network of this machine. */
export const systemNetwork: Network = {
  answers,
  async addresses(host) {
    const { lookup } = await import('node:dns/promises');
    try {
      return (await lookup(host, { all: true })).map(({ address }) => address);
    } catch (error) {
      if (error instanceof Error && 'code' in error && UNKNOWN.has(String(error.code))) return [];
      throw error;
    }
  },
  own: () => Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)),
};

function answers(host: string, port: number, { timeoutMs, signal }: ServiceWait): Promise<boolean> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const socket = net.connect({ host, port });
    const timer = setTimeout(() => {
      end(false);
    }, timeoutMs);
    const onAbort = (): void => {
      // The first of the two counts.
      reject(signal?.reason as Error);
      end(false);
    };
    function end(answered: boolean): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.destroy();
      resolve(answered);
    }
    signal?.addEventListener('abort', onAbort);
    socket.once('connect', () => {
      end(true);
    });
    socket.on('error', () => {
      end(false);
    });
  });
}
