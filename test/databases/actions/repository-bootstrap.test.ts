import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRepositoryBootstrap } from '../../../src/actions/repository-bootstrap.ts';
import type { Action } from '../../../src/contract/action.ts';
import { ExpectedError } from '../../../src/contract/errors.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import type { Node, NodeFacts } from '../../../src/contract/node.ts';
import { systemClock } from '../../../src/foundation/clock.ts';
import { createSimulatedNode } from '../../../src/platform/simulated/node.ts';
import { qlikServices, setUpSimulatedNode } from '../../../src/platform/simulated/set-up.ts';
import { askedPerson } from '../../helpers/asked-person.ts';
import { failingAction, runOptions } from '../../helpers/engine.ts';
import { oneStep } from '../../helpers/one-step.ts';
import { testExec } from '../../helpers/postgres.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeSite } from '../../unit/actions/fakes.ts';

const RESTORE = { mode: 'restore-host-name' };
const DISPATCHER = 'QlikSenseServiceDispatcher';

/** Orders of the stand-in for Repository.exe. */
interface Orders {
  readonly fault?: string;
  readonly stepMs?: number;
  readonly certificates?: boolean;
}

/** A central whose services but the database are stopped, and a stand-in for Repository.exe on it. */
async function lab(
  orders: Orders = {},
  changes: {
    readonly release?: string;
    readonly node?: Partial<Node>;
    readonly running?: readonly string[];
    readonly answer?: boolean | (() => Promise<boolean>);
    readonly then?: Action;
  } = {},
) {
  const root = temporaryFolder();
  const folder = path.join(root, 'node');
  const { running = ['QlikSenseRepositoryDatabase'] } = changes;
  await setUpSimulatedNode({
    folder,
    services: qlikServices({ withDatabase: true, startMs: 20, stopMs: 20 }).map((service) => ({
      ...service,
      state: running.includes(service.name) ? 'running' : 'stopped',
    })),
    now: new Date(),
  });
  await fs.writeFile(path.join(folder, 'programs', 'repository.json'), JSON.stringify(orders));
  const installFolder = path.join(root, 'Sense');
  await fs.mkdir(path.join(installFolder, 'Repository'), { recursive: true });
  const identity = {
    name: 'central',
    host: 'qs9.example',
    role: 'central',
    failoverCandidate: false,
  } as const;
  const node: Node = {
    ...createSimulatedNode({ ...identity, folder, clock: systemClock, exec: testExec }),
    ...changes.node,
  };
  const { release = 'May 2025' } = changes;
  const { asked, person } = askedPerson(changes.answer);
  const action = createRepositoryBootstrap({
    site: fakeSite({
      qlik: { release, installFolder, programDataFolder: '/data' },
      timeouts: { ...fakeSite().timeouts, serviceStart: 60_000, serviceStop: 60_000 },
    }),
    person,
  }) as unknown as Action;
  const step = oneStep({
    action,
    nodes: [node],
    stateFolder: path.join(root, 'state'),
    ...(changes.then === undefined ? {} : { then: changes.then }),
  });
  return {
    ...step,
    node,
    asked,
    installFolder,
    said: () => step.events.flatMap((event) => (event.type === 'step-progress' ? [event.progress.text] : [])),
    stateOf: async (service: string) => (await node.services.query(service)).state,
    /** Arguments of every call of Repository.exe. */
    calls: async (): Promise<string[]> => {
      const log = path.join(folder, 'programs', 'repository.log');
      const text = await fs.readFile(log, 'utf8').catch(() => '');
      return text.split('\n').filter((line) => line !== '');
    },
    certificatesCome: () => fs.writeFile(path.join(folder, 'programs', 'certificates.json'), '{}'),
  };
}

const withLimits = (limits: JsonObject): JsonObject => ({ ...RESTORE, limits });

/** Facts of Windows without elevation. */
const plainUser = (): Promise<NodeFacts> =>
  Promise.resolve({ hostName: 'qs9', platform: 'windows', user: 'ACME\\jo', elevated: false });

describe('the bootstrap that changes the host name', () => {
  it('starts the dispatcher when it is wanted, presses ENTER at the end, and journals the child', async () => {
    const { run, calls, said, stateOf, outputs, journal } = await lab();
    expect(await run(RESTORE)).toMatchObject({ outcome: 'done' });
    expect(await calls()).toEqual(['-bootstrap -standalone -restorehostname']);
    expect(said()).toContain('[INFO] Entering main startup phase...');
    expect(await stateOf(DISPATCHER)).toBe('running');
    expect(outputs()).toEqual({ ran: true, errors: [], waited: false });
    const types = (await journal()).map(({ type }) => type);
    expect(types).toContain('child');
    expect(types).toContain('child-ended');
  });

  it('tells its command and the start of the dispatcher beforehand', async () => {
    const { describe: tell, calls } = await lab();
    const { operations } = await tell(RESTORE);
    const words = operations.map((one) => {
      if (one.kind === 'service') return one.verb;
      return one.kind === 'command' ? one.argv.slice(1) : one.kind;
    });
    expect(words).toEqual(['start', ['-bootstrap', '-standalone', '-restorehostname'], 'human', 'stop']);
    expect(await calls()).toEqual([]);
  });

  it('is patient with a slow one that goes on saying something', async () => {
    const { run } = await lab({ stepMs: 60 });
    expect(await run(withLimits({ silence: 30_000 }))).toMatchObject({ outcome: 'done' });
  });

  it.each([
    ['says nothing at all', 'silent', { silence: 300 }, ['said nothing for', 'It printed nothing.']],
    [
      'never says that it is done',
      'hang',
      { silence: 4000 },
      ['It had said "Entering main startup phase"', 'Starting repository'],
    ],
    ['runs past its limit', 'hang', { total: 5000 }, ['did not come to its end within']],
    ['ends before it is done', 'early', {}, ['ended before it was done', 'neither']],
    [
      'uses other words',
      'wording',
      { silence: 4000 },
      ['neither', 'may word them differently', 'Main phase begins'],
    ],
    ['reports an error', 'error', {}, ['reported errors', 'performance counters']],
    ['reports a fatal error', 'fatal', {}, ['reported fatal errors', 'migration failed']],
    ['ends with an exit code', 'exit', {}, ['exit code 3', 'Bootstrap mode has terminated']],
  ])('fails when it %s, with its words and where to look', async (_what, fault, limits, words) => {
    const { run, journal } = await lab({ fault });
    const { outcome, error } = await run(withLimits(limits));
    expect(outcome).toBe('failed');
    for (const word of words) expect(error?.message).toContain(word);
    expect(error?.hint).toContain('Log\\Repository\\Trace');
    expect(error?.changed).toContain('repository.exe was run');
    const entries = await journal();
    const began = entries.filter(({ type }) => type === 'child').length;
    expect(began).toBe(1);
    expect(entries.filter(({ type }) => type === 'child-ended')).toHaveLength(began);
  });

  it('warns of errors where the runbook says so', async () => {
    const { run, outputs } = await lab({ fault: 'error' });
    const { outcome, warnings } = await run({ ...RESTORE, 'on-errors': 'warn' });
    expect(outcome).toBe('done');
    expect(warnings[0]?.message).toContain('performance counters');
    expect(outputs()?.['errors']).toEqual(['[ERROR] Could not update the performance counters']);
  });

  it('warns when it goes on after ENTER, since it had said that it was done', async () => {
    const { run } = await lab({ fault: 'deaf' });
    const { outcome, warnings } = await run(withLimits({ exit: 300 }));
    expect(outcome).toBe('done');
    expect(warnings[0]?.message).toContain('went on after ENTER');
  });

  it.each([
    ['error', '[ERROR] Could not update the performance counters'],
    ['fatal', '[FATAL] Database migration failed'],
  ])(
    'asks about lines of "%s" when it came to its end, and warns of them when they do no harm',
    async (fault, line) => {
      const { run, asked, outputs, stateOf } = await lab({ fault }, { answer: true });
      const { outcome, warnings } = await run(RESTORE);
      expect(outcome).toBe('done');
      expect(asked).toHaveLength(1);
      expect(asked[0]).toContain(line);
      expect(warnings[0]?.message).toContain(line);
      expect(outputs()).toMatchObject({ ran: true });
      expect(await stateOf(DISPATCHER)).toBe('running');
    },
  );

  it.each([
    ['a person does not want to go on', false, 1],
    ['nobody can be asked', undefined, 0],
  ])('fails with the dispatcher down when %s, and names the way out', async (_who, answer, questions) => {
    const { run, asked, stateOf } = await lab({ fault: 'error' }, answer === undefined ? {} : { answer });
    const { outcome, error } = await run(RESTORE);
    expect(outcome).toBe('failed');
    expect(asked).toHaveLength(questions);
    expect(error?.message).toContain('performance counters');
    expect(error?.hint).toContain('`sense-runbook resume` on a terminal');
    expect(error?.changed).toContain('started and stopped again');
    expect(await stateOf(DISPATCHER)).toBe('stopped');
  });

  it('goes on at resume, once there is somebody to say that the lines do no harm', async () => {
    let answer = false;
    const { run, engine, asked, calls, stateOf } = await lab(
      { fault: 'error' },
      { answer: () => Promise.resolve(answer) },
    );
    expect((await run(RESTORE)).outcome).toBe('failed');
    answer = true;
    expect((await engine.resume(undefined, runOptions())).outcome).toBe('done');
    expect(asked).toHaveLength(2);
    expect(await calls()).toHaveLength(2);
    expect(await stateOf(DISPATCHER)).toBe('running');
  });

  it.each(['early', 'exit', 'wording'])('never asks when it ends badly: %s', async (fault) => {
    const { run, asked, stateOf } = await lab({ fault }, { answer: true });
    expect((await run(withLimits({ silence: 4000 }))).outcome).toBe('failed');
    expect(asked).toEqual([]);
    expect(await stateOf(DISPATCHER)).toBe('stopped');
  });

  it('leaves a dispatcher running that ran before, when it fails', async () => {
    const { run, stateOf } = await lab({ fault: 'exit' }, { running: [DISPATCHER] });
    expect((await run(RESTORE)).outcome).toBe('failed');
    expect(await stateOf(DISPATCHER)).toBe('running');
  });

  it('tells the first failure and warns where the dispatcher does not stop again', async () => {
    const { run, node } = await lab({ fault: 'exit' });
    Object.assign(node.services, { stop: () => Promise.reject(new ExpectedError('it hangs')) });
    const { error, warnings } = await run(RESTORE);
    expect(error?.message).toContain('exit code 3');
    expect(error?.changed).toContain('could not be stopped again');
    expect(warnings[0]?.message).toContain('could not be stopped again: it hangs');
  });

  it('stops the dispatcher again when it is undone, and only when it was not running before', async () => {
    for (const before of [[], [DISPATCHER]]) {
      const then = failingAction('then', new Error('no'));
      const { run, engine, stateOf } = await lab({}, { running: before, then });
      expect((await run(RESTORE)).outcome).toBe('failed');
      expect((await engine.rollback(undefined, runOptions())).outcome).toBe('rolled-back');
      expect(await stateOf(DISPATCHER)).toBe(before.length === 0 ? 'stopped' : 'running');
    }
  });
});

describe('what is refused before anything is started', () => {
  it.each([
    ['April 2018', 'QLIK-87603', 'hostNames=database'],
    ['February 2017', 'has no bootstrap', 'hostNames=database'],
    ['June 2017', 'EnableRestoreHostname=true', 'EnableRestoreHostname'],
  ])('%s', async (release, why, hint) => {
    const { describe: tell, run, calls, stateOf } = await lab({}, { release });
    expect((await tell(RESTORE)).incomplete).toContain(why);
    const result = await run(RESTORE);
    expect(result.error?.message).toContain(why);
    expect(result.error?.hint).toContain(hint);
    expect(await calls()).toEqual([]);
    expect(await stateOf(DISPATCHER)).toBe('stopped');
  });

  it.each(['September 2017', 'February 2018', 'June 2018 Patch 1'])('not %s', async (release) => {
    const { run } = await lab({}, { release });
    expect((await run(RESTORE)).outcome).toBe('done');
  });

  it('not June 2017 whose configuration allows it, also when a comment says otherwise', async () => {
    const { run, installFolder } = await lab({}, { release: 'June 2017' });
    await fs.writeFile(
      path.join(installFolder, 'Repository', 'Repository.exe.config'),
      '<!-- <add key="EnableRestoreHostname" value="false"/> --><add key="EnableRestoreHostname" value="true" />',
    );
    expect((await run(RESTORE)).outcome).toBe('done');
  });

  it('a Windows without elevation', async () => {
    const { describe: tell, run, calls } = await lab({}, { node: { facts: plainUser } });
    expect((await tell(RESTORE)).incomplete).toContain('must run elevated');
    expect((await run(RESTORE)).error?.message).toContain('(ACME\\jo)');
    expect(await calls()).toEqual([]);
  });

  it('running services besides the database and the dispatcher', async () => {
    const { run, calls } = await lab({}, { running: ['QlikSenseRepositoryService', DISPATCHER] });
    expect((await run(RESTORE)).error?.message).toContain('QlikSenseRepositoryService must be stopped');
    expect(await calls()).toEqual([]);
  });
});

describe('the bootstrap of an account without administrator rights', () => {
  const windows = (administrator: boolean | null): Partial<Node> => ({
    discover: () =>
      Promise.resolve({
        installed: [],
        services: [
          { name: 'QlikSenseRepositoryService', path: null, account: 'ACME\\qlik', sid: 'S', administrator },
        ],
        runner: { account: 'ACME\\jo', sid: 'R', elevated: true },
        netRelease: null,
        reboot: [],
        volumes: [],
        odbc: [],
      }),
  });

  it('starts the dispatcher first', async () => {
    const { run, calls, stateOf } = await lab({}, { node: windows(false) });
    expect((await run({ mode: 'bootstrap' })).outcome).toBe('done');
    expect(await calls()).toEqual(['-bootstrap']);
    expect(await stateOf(DISPATCHER)).toBe('running');
  });

  it('is done too where it is not known what the account is', async () => {
    const { run, calls } = await lab({}, { node: windows(null) });
    await run({ mode: 'bootstrap' });
    expect(await calls()).toEqual(['-bootstrap']);
  });

  it('is left out where the account is an administrator, with the reason', async () => {
    const { run, calls, outputs, stateOf } = await lab({}, { node: windows(true) });
    expect((await run({ mode: 'bootstrap' })).outcome).toBe('done');
    expect(await calls()).toEqual([]);
    expect(outputs()).toMatchObject({ ran: false, reason: expect.stringContaining('ACME\\qlik') as string });
    expect(await stateOf(DISPATCHER)).toBe('stopped');
  });

  it('waits for certificates, and says when it waits', async () => {
    const { run, certificatesCome, events, outputs } = await lab({ certificates: true });
    const running = run({ mode: 'wait-for-certificates', limits: { silence: 30_000 } });
    const waits = () =>
      events.some(
        ({ type, ...event }) => type === 'step-progress' && JSON.stringify(event).includes('Waiting for'),
      );
    while (!waits()) await new Promise((resolve) => setImmediate(resolve));
    await certificatesCome();
    expect((await running).outcome).toBe('done');
    expect(outputs()).toMatchObject({ waited: true });
  });
});

describe('on another server', () => {
  const remote = { node: { transport: 'winrm' as const } };

  it('a person is told what to type, and nothing is run', async () => {
    const { run, asked, calls, outputs } = await lab({}, { ...remote, answer: true });
    expect((await run(RESTORE)).outcome).toBe('done');
    expect(asked[0]).toContain('repository.exe -bootstrap -standalone -restorehostname');
    expect(asked[0]).toContain('Entering main startup phase');
    expect(await calls()).toEqual([]);
    expect(outputs()).toEqual({ ran: true, byHand: true });
  });

  it('it stops when the person has not done it yet, and without a terminal nothing is believed', async () => {
    const waiting = await lab({}, { ...remote, answer: false });
    expect((await waiting.run(RESTORE)).outcome).toBe('stopped');
    const alone = await lab({}, remote);
    const { error } = await alone.run(RESTORE);
    expect(error?.message).toContain('there is no terminal');
  });
});
