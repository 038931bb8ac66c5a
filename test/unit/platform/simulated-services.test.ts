import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServiceError, TimeLimitError, UsageError } from '../../../src/contract/errors.ts';
import type { Node } from '../../../src/contract/node.ts';
import { createNode } from '../../../src/platform/create-node.ts';
import { readCalls } from '../../../src/platform/simulated/services.ts';
import { qlikServices, setUpSimulatedNode, type NewService } from '../../../src/platform/simulated/set-up.ts';
import { changeServicesFile, type SimulatedService } from '../../../src/platform/simulated/state.ts';
import { createFakeExec } from '../../helpers/fake-exec.ts';
import { createManualClock, type ManualClock } from '../../helpers/manual-clock.ts';
import { noPowerShell } from '../../helpers/no-powershell.ts';

const REPOSITORY = 'QlikSenseRepositoryService';
const PROXY = 'QlikSenseProxyService';
const wait = { timeoutMs: 10_000 };
let folder: string;
let clock: ManualClock;

beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'simulated-test-'));
  clock = createManualClock();
});
afterEach(async () => {
  await fs.rm(folder, { recursive: true });
});

async function nodeWith(services: NewService[], readyMs = 0): Promise<Node> {
  await setUpSimulatedNode({ folder, services, readyMs, now: clock.now() });
  return createNode(
    {
      name: 'central',
      host: 'c.example',
      role: 'central',
      failoverCandidate: false,
      transport: 'simulated',
      folder,
    },
    { exec: createFakeExec([]).exec, clock, powershell: noPowerShell, scripts: '' },
  );
}

async function change(name: string, values: Partial<SimulatedService>): Promise<void> {
  await changeServicesFile(
    folder,
    () => clock.now(),
    ({ services }) => Object.assign(services[name] ?? {}, values),
  );
}

async function codeOf(call: Promise<unknown>): Promise<number | undefined> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ServiceError);
  return (error as ServiceError).serviceCode;
}

describe('start and stop', () => {
  it('take their time and are awaited', async () => {
    const { services } = await nodeWith([{ name: 'A', startMs: 3_000, stopMs: 2_000 }]);
    const begun = clock.monotonic();
    await services.stop('A', wait);
    expect(clock.monotonic() - begun).toBe(2_000);
    expect(await services.query('a')).toEqual({
      name: 'A',
      displayName: 'A',
      state: 'stopped',
      startType: 'automatic',
    });
    await services.start('A', wait);
    expect(clock.monotonic() - begun).toBe(5_000);
    expect((await services.query('A')).state).toBe('running');
  });

  it('succeed when the state is there already', async () => {
    const { services } = await nodeWith([{ name: 'A' }, { name: 'B', state: 'stopped' }]);
    await services.start('A', wait);
    await services.stop('B', wait);
  });

  it('are recorded, with list, query and dependents', async () => {
    const { services } = await nodeWith([{ name: 'A' }]);
    await services.list();
    await services.query('A');
    await services.dependents('A');
    await services.stop('A', wait);
    await services.start('A', wait);
    const calls = await readCalls(folder);
    expect(calls.map(({ verb, service }) => [verb, service])).toEqual([
      ['list', undefined],
      ['query', 'A'],
      ['dependents', 'A'],
      ['stop', 'A'],
      ['start', 'A'],
    ]);
    expect(calls[3]).toEqual({
      time: '2026-11-24T02:00:00.000Z',
      verb: 'stop',
      service: 'A',
      pid: process.pid,
    });
  });

  it('wait for the opposite to end first', async () => {
    const { services } = await nodeWith([{ name: 'A', startMs: 3_000, stopMs: 2_000 }]);
    await expect(services.stop('A', { timeoutMs: 100 })).rejects.toThrow('still stop-pending (1053)');
    await services.start('A', wait);
    expect((await services.query('A')).state).toBe('running');
    await services.stop('A', wait);
    await expect(services.start('A', { timeoutMs: 100 })).rejects.toThrow('still start-pending (1053)');
    await services.stop('A', wait);
    expect((await services.query('A')).state).toBe('stopped');
  });

  it('start what a service depends on first', async () => {
    const { services } = await nodeWith(
      qlikServices({ withDatabase: true, startMs: 1_000, stopMs: 0 }).map((service) => ({
        ...service,
        state: 'stopped',
      })),
    );
    const begun = clock.monotonic();
    await services.start(PROXY, wait);
    expect(clock.monotonic() - begun).toBe(3_000);
    const running = (await services.list()).filter(({ state }) => state === 'running');
    expect(running.map(({ name }) => name)).toEqual(['QlikSenseRepositoryDatabase', REPOSITORY, PROXY]);
  });

  it('go on when the program that asked is gone', async () => {
    const { services } = await nodeWith([{ name: 'A', state: 'stopped', startMs: 3_000 }]);
    const reason = new Error('killed');
    await expect(services.start('A', { ...wait, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect((await services.query('A')).state).toBe('start-pending');
    clock.advance(3_000);
    expect((await services.query('A')).state).toBe('running');
  });
});

describe('an abort', () => {
  it('sends no stop any more', async () => {
    const { services } = await nodeWith([{ name: 'A' }]);
    const reason = new Error('interrupted');
    await expect(services.stop('A', { ...wait, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect((await services.query('A')).state).toBe('running');
  });

  it('still starts a service that is stopping', async () => {
    const { services } = await nodeWith([{ name: 'A', startMs: 1_000, stopMs: 2_000 }]);
    await expect(services.stop('A', { timeoutMs: 100 })).rejects.toThrow('1053');
    const reason = new Error('interrupted twice');
    await expect(services.start('A', { ...wait, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect((await services.query('A')).state).toBe('start-pending');
  });
});

describe('codes of Windows', () => {
  it('1060 for an unknown service', async () => {
    const { services } = await nodeWith([]);
    expect(await codeOf(services.query('X'))).toBe(1060);
    expect(await codeOf(services.start('X', wait))).toBe(1060);
    expect(await codeOf(services.stop('X', wait))).toBe(1060);
    expect(await codeOf(services.dependents('X'))).toBe(1060);
  });

  it('1058 for a disabled one, 1068 for one that depends on it', async () => {
    const { services } = await nodeWith([
      { name: 'A', state: 'stopped', startType: 'disabled' },
      { name: 'B', state: 'stopped', dependsOn: ['A'] },
    ]);
    expect(await codeOf(services.start('A', wait))).toBe(1058);
    expect(await codeOf(services.start('B', wait))).toBe(1068);
  });

  it('5 where it is told to refuse another start type, which else is set', async () => {
    const { services } = await nodeWith([
      { name: 'A', delayed: true },
      { name: 'B', fail: { config: 5, times: 1 } },
    ]);
    expect(await services.query('A')).toMatchObject({ startType: 'automatic', delayed: true });
    await services.setStartType('A', 'manual');
    expect(await services.query('A')).toMatchObject({ startType: 'manual', state: 'running' });
    expect(await services.query('A')).not.toHaveProperty('delayed');
    await services.setStartType('A', 'automatic-delayed');
    expect(await services.query('A')).toMatchObject({ startType: 'automatic', delayed: true });
    expect(await codeOf(services.setStartType('B', 'manual'))).toBe(5);
    expect(await services.query('B')).toMatchObject({ startType: 'automatic' });
    await services.setStartType('B', 'manual');
    expect(await services.query('B')).toMatchObject({ startType: 'manual' });
    expect(await codeOf(services.setStartType('X', 'manual'))).toBe(1060);
  });

  it('1051 while dependents run, which are named', async () => {
    const { services } = await nodeWith([{ name: 'A' }, { name: 'B', dependsOn: ['A'] }]);
    expect(await services.dependents('A')).toEqual(['B']);
    const error = await services.stop('A', wait).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ serviceCode: 1051, hint: 'Stop those first: B.' });
    await services.stop('B', wait);
    await services.stop('A', wait);
  });

  it('1053 when a service hangs', async () => {
    const { services } = await nodeWith([
      { name: 'A', fail: { stop: 'hang' } },
      { name: 'B', state: 'stopped', fail: { start: 'hang' } },
    ]);
    expect(await codeOf(services.stop('A', wait))).toBe(1053);
    expect((await services.query('A')).state).toBe('stop-pending');
    expect(await codeOf(services.start('B', wait))).toBe(1053);
    expect((await services.query('B')).state).toBe('start-pending');
  });

  it('1067 when a service ends while it starts', async () => {
    const { services } = await nodeWith([
      { name: 'A', state: 'stopped', startMs: 500, fail: { start: 'crash' } },
    ]);
    expect(await codeOf(services.start('A', wait))).toBe(1067);
  });

  it('1061 is asked again until the time is up, and named then', async () => {
    const { services } = await nodeWith([{ name: 'A', fail: { stop: 1061, times: 2 } }]);
    await services.stop('A', wait);
    await services.start('A', wait);
    await change('A', { fail: { stop: 1061 } });
    expect(await codeOf(services.stop('A', wait))).toBe(1061);
  });

  it('any code that was ordered, as often as ordered', async () => {
    const { services } = await nodeWith([
      { name: 'A', state: 'stopped', fail: { start: 1053, stop: 5, times: 2 } },
    ]);
    expect(await codeOf(services.start('A', wait))).toBe(1053);
    await change('A', { state: 'running' });
    expect(await codeOf(services.stop('A', wait))).toBe(5);
    await services.stop('A', wait);
    await services.start('A', wait);
  });
});

describe('a stop whose answer is lost', () => {
  it('is done when the service was told all the same, and is not given again', async () => {
    const { services } = await nodeWith([{ name: 'A', stopMs: 300, fail: { stop: 'lost', lateMs: 400 } }]);
    await services.stop('A', wait);
    expect((await services.query('A')).state).toBe('stopped');
    expect((await readCalls(folder)).filter(({ verb }) => verb === 'stop')).toHaveLength(1);
  });

  it('fails when the service keeps running: it was never told, and that is known then', async () => {
    const { services } = await nodeWith([{ name: 'A', fail: { stop: 'unheard', times: 1 } }]);
    const error: unknown = await services.stop('A', wait).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ service: 'A', orderRefused: true });
    expect((error as Error).message).toMatch(/^cannot stop A: .*it still ran 1 s later/);
    expect((await services.query('A')).state).toBe('running');
  });

  it('leaves a service that is not up until it has kept running: it is started when it stops', async () => {
    const { services } = await nodeWith([{ name: 'A', stopMs: 300, startMs: 200 }]);
    await change('A', {
      next: { state: 'stop-pending', at: new Date(clock.monotonic() + 400).toISOString() },
    });
    await services.start('A', { ...wait, mayBeStopping: true });
    clock.advance(60_000);
    expect((await services.query('A')).state).toBe('running');
  });

  it('counts a service as up that keeps running', async () => {
    const { services } = await nodeWith([{ name: 'A' }]);
    const begun = clock.monotonic();
    await services.start('A', { ...wait, mayBeStopping: true });
    expect(clock.monotonic() - begun).toBe(1_000);
  });
});

describe('the state file', () => {
  it('takes changes of many at once without losing one', async () => {
    const { services } = await nodeWith(
      Array.from({ length: 12 }, (_, index) => ({ name: `S${index}`, startMs: 10, stopMs: 10 })),
    );
    const names = (await services.list()).map(({ name }) => name);
    await Promise.all(names.map((name) => services.stop(name, { timeoutMs: 3_600_000 })));
    expect((await services.list()).map(({ state }) => state)).toEqual(names.map(() => 'stopped'));
  });

  it('is refused with the place when it is wrong', async () => {
    const { services } = await nodeWith([{ name: 'A' }]);
    const file = path.join(folder, 'services.json');
    await fs.writeFile(file, (await fs.readFile(file, 'utf8')).replace('"running"', '"asleep"'));
    const error = await services.list().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain('services.A.state');
    await fs.rm(file);
    await expect(services.list()).rejects.toBeInstanceOf(UsageError);
  });

  it('has a README beside it that names every order', async () => {
    await nodeWith([]);
    const text = await fs.readFile(path.join(folder, 'README.txt'), 'utf8');
    for (const word of [
      '"start"',
      '"stop"',
      '"times"',
      'hang',
      'crash',
      'lost',
      'unheard',
      'lateMs',
      'startMs',
      'stopMs',
      'readyMs',
    ])
      expect(text).toContain(word);
  });
});

describe('ready', () => {
  it('comes when the repository service has been running long enough', async () => {
    const node = await nodeWith([{ name: REPOSITORY, state: 'stopped', startMs: 1_000 }], 2_000);
    await node.services.start(REPOSITORY, wait);
    const begun = clock.monotonic();
    await node.ready(wait);
    expect(clock.monotonic() - begun).toBe(2_000);
  });

  it('fails in time, on abort, and without the service', async () => {
    const node = await nodeWith([{ name: REPOSITORY, state: 'stopped' }]);
    await expect(node.ready(wait)).rejects.toBeInstanceOf(TimeLimitError);
    const reason = new Error('interrupted');
    await expect(node.ready({ ...wait, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await setUpSimulatedNode({ folder, services: [], now: clock.now() });
    expect(await codeOf(node.ready(wait))).toBe(1060);
  });
});
