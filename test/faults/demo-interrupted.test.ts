import { readdir } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { processesIn } from '../helpers/processes-in.ts';
import { useDemo } from '../helpers/run-demo.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';

const { folder, start } = useDemo();

it.skipIf(!NO_SAMPLE || process.platform === 'win32')(
  'the demo cleans up after Ctrl+C in the middle of a backup',
  { timeout: 600_000 },
  async () => {
    const demo = start('demo');
    await expect
      .poll(demo.output, { timeout: 100_000, interval: 20 })
      .toMatch(/begin +Stop the services of the central/);
    expect(processesIn(folder())).not.toEqual([]);
    demo.child.kill('SIGINT');
    expect(await demo.ended, demo.output()).toBe(130);
    expect(await readdir(folder())).toEqual([]);
    expect(processesIn(folder())).toEqual([]);
  },
);
