import net, { type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemNetwork } from '../../../src/platform/network.ts';
import { findFreePort } from '../../../src/postgres/free-port.ts';

const wait = { timeoutMs: 20_000 };

describe('another machine', () => {
  it('answers where somebody listens, and not where nobody does', async () => {
    const server = net.createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    expect(await systemNetwork.answers('127.0.0.1', port, wait)).toBe(true);
    await new Promise((resolve) => server.close(resolve));
    expect(await systemNetwork.answers('127.0.0.1', await findFreePort(), wait)).toBe(false);
  });

  it('that has no name does not answer and has no address', async () => {
    expect(await systemNetwork.answers('nobody.invalid', 443, wait)).toBe(false);
    expect(await systemNetwork.addresses('nobody.invalid')).toEqual([]);
  });

  it('is not asked any more after an abort', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(systemNetwork.answers('127.0.0.1', 1, { ...wait, signal })).rejects.toThrow('enough');
  });
});

describe('this machine', () => {
  it('has the loopback address, by name too', async () => {
    expect(systemNetwork.own()).toContain('127.0.0.1');
    expect(await systemNetwork.addresses('127.0.0.1')).toEqual(['127.0.0.1']);
  });
});
