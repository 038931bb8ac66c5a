import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { useDemo } from '../helpers/run-demo.ts';

const { folder, start } = useDemo();

describe('demo', { timeout: 240_000 }, () => {
  it('shows the tool at work and leaves nothing behind', async () => {
    const demo = start('demo');
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
  });

  it('builds a site to play with, and ends it', async () => {
    const dir = path.join(folder(), 'Ort');
    const built = start('demo', '--dir', dir, '--setup-only');
    expect(await built.ended, built.output()).toBe(0);
    const doctor = start('doctor', '--site', path.join(dir, 'site.yaml'));
    expect(await doctor.ended, doctor.output()).toBe(0);
    const stopped = start('demo', '--dir', dir, '--stop');
    expect(await stopped.ended, stopped.output()).toBe(0);
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
