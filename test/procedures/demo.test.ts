import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { processesIn } from '../helpers/processes-in.ts';
import { useDemo } from '../helpers/run-demo.ts';

const { folder, start } = useDemo();

describe('demo', () => {
  it('shows the tool at work and leaves nothing behind', async () => {
    const demo = start('demo');
    await expect.poll(demo.output, { timeout: 300_000, interval: 20 }).toContain('0 failed');
    expect(processesIn(folder())).not.toEqual([]);
    expect(await demo.ended, demo.output()).toBe(0);
    for (const text of [
      '0 failed',
      '> /usr/lib/postgresql',
      'Site down: ',
      'complete',
      'every file is as it was written',
      'every dump holds its snapshot',
      'Proven restorable: ',
      'GOES     past last 1',
      'DAMAGED, 1 problem',
      'Killed.',
      'What the run had stopped runs again',
      'incomplete',
      'Upgrade plan: 3.1 SR1 -> May 2025',
    ])
      expect(demo.output()).toContain(text);
    expect(await readdir(folder())).toEqual([]);
    expect(processesIn(folder())).toEqual([]);
  });
});
