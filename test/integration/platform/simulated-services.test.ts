import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../src/foundation/clock.ts';
import { createSimulatedServices, readCalls } from '../../../src/platform/simulated/services.ts';
import { setUpSimulatedNode } from '../../../src/platform/simulated/set-up.ts';

const program = path.resolve(import.meta.dirname, '../../fixtures/programs/drive-service.ts');
let folder: string;

beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'simulated-processes-'));
});
afterEach(async () => {
  await fs.rm(folder, { recursive: true });
});

it('can be driven by several processes at once', async () => {
  const names = ['A', 'B', 'C'];
  const services = names.map((name) => ({ name, startMs: 5, stopMs: 5 }));
  await setUpSimulatedNode({ folder, services, now: new Date() });
  await Promise.all(
    names.map((name) => {
      const orders = Array.from({ length: 5 }, () => ['stop', name, 'start', name]).flat();
      return promisify(execFile)(process.execPath, [
        '--import',
        'tsx',
        program,
        folder,
        ...orders,
        'stop',
        name,
      ]);
    }),
  );
  const manager = createSimulatedServices(folder, systemClock);
  expect((await manager.list()).map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped']);
  expect((await readCalls(folder)).filter(({ verb }) => verb !== 'list')).toHaveLength(33);
});

it('goes on starting when the process that asked is killed', async () => {
  const services = [{ name: 'A', state: 'stopped', startMs: 1_500 } as const];
  await setUpSimulatedNode({ folder, services, now: new Date() });
  const manager = createSimulatedServices(folder, systemClock);
  const child = spawn(process.execPath, ['--import', 'tsx', program, folder, 'start', 'A'], {
    stdio: 'inherit',
  });
  while ((await manager.query('A')).state === 'stopped') await delay(10);
  child.kill('SIGKILL');
  await once(child, 'exit');
  while ((await manager.query('A')).state !== 'running') await delay(10);
  const starts = (await readCalls(folder)).filter(({ verb }) => verb === 'start');
  expect(starts.map(({ pid }) => pid)).toEqual([child.pid]);
});
