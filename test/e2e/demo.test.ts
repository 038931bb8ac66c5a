import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { processesIn } from '../helpers/processes-in.ts';
import { useDemo } from '../helpers/run-demo.ts';

const { folder, start } = useDemo();

describe('demo', () => {
  it('builds a site to play with, and ends it', async () => {
    const dir = path.join(folder(), 'Ort');
    const built = start('demo', '--dir', dir, '--setup-only');
    expect(await built.ended, built.output()).toBe(0);
    expect(processesIn(dir)).not.toEqual([]);
    const doctor = start('doctor', '--site', path.join(dir, 'site.yaml'));
    expect(await doctor.ended, doctor.output()).toBe(0);
    const stopped = start('demo', '--dir', dir, '--stop');
    expect(await stopped.ended, stopped.output()).toBe(0);
    expect(processesIn(dir)).toEqual([]);
    const after = start('doctor', '--site', path.join(dir, 'site.yaml'));
    expect(await after.ended).toBe(3);
    expect(existsSync(path.join(dir, 'postgresql', 'data', 'postmaster.pid'))).toBe(false);
  });

  it.each([
    [['--setup-only'], '--setup-only needs --dir DIR'],
    [['--stop'], '--stop needs --dir DIR'],
    [['--stop', '--setup-only', '--dir', '/x'], 'exclude each other'],
  ])('refuses %j', async (flags, message) => {
    const demo = start('demo', ...flags);
    expect(await demo.ended).toBe(2);
    expect(demo.output()).toContain(message);
  });
});
