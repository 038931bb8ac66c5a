import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const bin = path.resolve(import.meta.dirname, '../../dist/bin.js');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'démo '));
  await chmod(folder, 0o711);
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

/** Temporary files of the demo go to the test's own folder. */
function start(...args: string[]): Running {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, output: () => output, ended };
}

async function outputShows(running: Running, text: RegExp): Promise<void> {
  await expect.poll(running.output, { timeout: 100_000, interval: 20 }).toMatch(text);
}

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
    ])
      expect(demo.output()).toContain(text);
    expect(await readdir(folder)).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('cleans up after Ctrl+C in the middle of a backup', async () => {
    const demo = start('demo');
    await outputShows(demo, /begin +Stop the services of the central/);
    demo.child.kill('SIGINT');
    expect(await demo.ended, demo.output()).toBe(130);
    expect(await readdir(folder)).toEqual([]);
  });

  it('builds a site to play with, and ends it', async () => {
    const dir = path.join(folder, 'Ort');
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
