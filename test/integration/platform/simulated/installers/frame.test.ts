import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { order, restartNode } from '../../../../helpers/upgrade-lab.ts';
import { lab, UPGRADE } from './lab.ts';

describe('orders to the stand-ins', () => {
  it.each([-1, -8, -14, -1335, -1602, -7777])(
    'end them with %i as Windows has it, nothing changed',
    async (exit) => {
      const { run, setup, node, folder, has } = await lab();
      order(folder, { exit });
      await expect(node.exec([setup, ...UPGRADE])).rejects.toMatchObject({ code: 2 ** 32 + exit });
      expect(await run([setup, ...UPGRADE])).toBe(exit);
      expect(has()).toBe('February 2024');
    },
  );

  it('hold as often as they say', async () => {
    const { run, setup, folder, has } = await lab();
    order(folder, { exit: -18, times: 2 });
    expect(await run([setup, ...UPGRADE])).toBe(-18);
    expect(await run([setup, ...UPGRADE])).toBe(-18);
    expect(existsSync(path.join(folder, 'programs', 'installer.json'))).toBe(false);
    expect(await run([setup, ...UPGRADE])).toBe(0);
    expect(has()).toBe('May 2025');
  });

  it('let Windows want a restart, after which every installer refuses with -8 until it was restarted', async () => {
    const { run, setup, update, folder, has, running } = await lab();
    order(folder, { exit: 3010, reboot: true, times: 1 });
    expect(await run([setup, ...UPGRADE])).toBe(3010);
    expect(has()).toBe('May 2025');
    expect(await run([update, 'install'])).toBe(-8);
    restartNode(folder);
    expect(running().length).toBeGreaterThan(1);
    expect(await run([update, 'install'])).toBe(0);
  });

  it('put a text into the log', async () => {
    const { run, setup, folder, log } = await lab();
    order(folder, { exit: -1, log: 'password authentication failed for user "postgres"' });
    expect(await run([setup, ...UPGRADE, '-log', log])).toBe(-1);
    expect(readFileSync(log, 'utf8')).toContain('failed for user "postgres"\n');
  });

  it('leave behind of one that hangs and is killed what was there before', async () => {
    const { setup, node, folder, has, log } = await lab();
    order(folder, { hang: true });
    const ending = new AbortController();
    const ended = node.exec([setup, ...UPGRADE, '-log', log], { signal: ending.signal });
    const reason = new Error('killed');
    const expected = expect(ended).rejects.toBe(reason);
    while (!existsSync(log) || !readFileSync(log, 'utf8').includes('Applying')) await delay(10);
    ending.abort(reason);
    await expected;
    expect(has()).toBe('February 2024');
    await rm(path.join(folder, 'programs', 'installer.json'));
    await node.exec([setup, ...UPGRADE]);
    expect(has()).toBe('May 2025');
  });
});
