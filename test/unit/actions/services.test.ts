import { describe, expect, it } from 'vitest';
import { startGroups, startRank } from '../../../src/actions/service-order.ts';
import { createServicesStartStopped } from '../../../src/actions/services-start-stopped.ts';
import { createServicesStop } from '../../../src/actions/services-stop.ts';
import type { ExecuteContext, ReversedStep } from '../../../src/contract/action.ts';
import { InterruptedError, SiteDownError, StepError, TimeLimitError } from '../../../src/contract/errors.ts';
import { fakeSite } from './fakes.ts';
import { contextFor, fakeNode, runAction } from './harness.ts';

const c = { site: fakeSite() };
const stop = createServicesStop(c);
const start = createServicesStartStopped(c);

const [DATABASE, DISPATCHER, REPOSITORY, PROXY, ENGINE, SCHEDULER, PRINTING] = [
  'QlikSenseRepositoryDatabase',
  'QlikSenseServiceDispatcher',
  'QlikSenseRepositoryService',
  'QlikSenseProxyService',
  'QlikSenseEngineService',
  'QlikSenseSchedulerService',
  'QlikSensePrintingService',
] as const;

function reversed(running: string[], node = 'central', step = 'stop'): ReversedStep {
  return { step, node, before: { running, groups: [running] } };
}

describe('services.stop', () => {
  it('stops in the reverse of the start order and leaves the database running', async () => {
    const node = fakeNode();
    const { left } = await runAction(stop, { except: ['database'] }, { node });
    expect(node.log.slice(0, 4).sort()).toEqual(
      [ENGINE, PRINTING, PROXY, SCHEDULER].map((name) => `stop ${name}`),
    );
    expect(node.log.slice(4)).toEqual([`stop ${REPOSITORY}`, `stop ${DISPATCHER}`]);
    expect(node.statuses.get(DATABASE)?.state).toBe('running');
    expect(left).toEqual([]);
  });

  it('leaves the database running when nothing is said about it, and also one that is PostgreSQL itself', async () => {
    const node = fakeNode({ services: { 'postgresql-x64-14': {} } });
    await runAction(stop, {}, { node });
    expect(node.log).toHaveLength(6);
    expect(node.statuses.get('postgresql-x64-14')?.state).toBe('running');
  });

  it('stops the database when it is asked for by word', async () => {
    const node = fakeNode();
    await runAction(stop, { only: ['database'] }, { node });
    expect(node.log).toEqual([`stop ${DATABASE}`]);
  });

  it('stops only what the words name', async () => {
    const node = fakeNode();
    await runAction(stop, { only: ['Scheduler'] }, { node });
    expect(node.log).toEqual([`stop ${SCHEDULER}`]);
  });

  it('refuses a word that means no service, since it would stop nothing without a word', () => {
    expect(stop.input.safeParse({ only: ['schedulr'] }).success).toBe(false);
  });

  it('remembers only what was running, and stops nothing else', async () => {
    const node = fakeNode({ services: { [PRINTING]: { state: 'stopped', startType: 'manual' } } });
    const { before, plan } = await runAction(stop, {}, { node });
    expect(before).toMatchObject({ running: expect.not.arrayContaining([PRINTING]) as string[] });
    expect(node.log).not.toContain(`stop ${PRINTING}`);
    const printing = plan.operations.find(
      (operation) => 'service' in operation && operation.service === PRINTING,
    );
    expect(printing?.repeat).toBe(true);
  });

  it('promises no stop of what is left out and depends on the rest: an earlier step has stopped it, as a rule', async () => {
    const node = fakeNode();
    node.dependentsOf.set(REPOSITORY, [SCHEDULER]);
    const plan = await stop.describe({ except: ['scheduler'] }, contextFor(node));
    const repeated = plan.operations.filter(({ repeat }) => repeat === true);
    expect(repeated).toMatchObject([{ verb: 'stop', service: SCHEDULER }]);
    expect(plan.outputs?.['stopped']).not.toContain(SCHEDULER);
  });

  it('waits for one that is stopping already, but does not count it as running', async () => {
    const node = fakeNode({ services: { [PROXY]: { state: 'stop-pending' } } });
    const { before } = await runAction(stop, {}, { node });
    expect(node.log).toContain(`stop ${PROXY}`);
    expect(before).toMatchObject({ running: expect.not.arrayContaining([PROXY]) as string[] });
  });

  it('stops a service of somebody else that depends on a Qlik service first, and says so', async () => {
    const node = fakeNode({ services: { Acme: {} } });
    node.dependentsOf.set(PROXY, ['Acme']);
    const { plan, before } = await runAction(stop, {}, { node });
    expect(node.log.indexOf('stop Acme')).toBeLessThan(node.log.indexOf(`stop ${PROXY}`));
    expect(plan.notes?.join()).toContain('Acme');
    expect(before).toMatchObject({ running: expect.arrayContaining(['Acme']) as string[] });
  });

  it('does not hang on services that depend on each other', async () => {
    const node = fakeNode();
    node.dependentsOf.set(PROXY, [ENGINE]).set(ENGINE, [PROXY]);
    await runAction(stop, {}, { node });
    expect(node.log).toHaveLength(6);
  });

  it('stops nothing when one that runs is disabled, for it would not start again', async () => {
    const node = fakeNode({ services: { [PROXY]: { startType: 'disabled' } } });
    await expect(runAction(stop, {}, { node })).rejects.toThrow(StepError);
    expect(node.log).toEqual([]);
  });

  it('names what did not stop, after the others of its group were awaited', async () => {
    const node = fakeNode();
    node.broken.set(PROXY, 1061);
    await expect(runAction(stop, {}, { node })).rejects.toThrow(/QlikSenseProxyService did not stop/);
    expect(node.log).toContain(`stop ${SCHEDULER}`);
    expect(node.log).not.toContain(`stop ${REPOSITORY}`);
  });

  it('advises on what kept it from stopping one, when that is not the service', async () => {
    const node = fakeNode();
    const full = new StepError('the journal cannot be written', { hint: 'Free space on that disk.' });
    const context = { ...contextFor(node), service: () => Promise.reject(full) } as unknown as ExecuteContext;
    await expect(stop.execute({}, { running: [PROXY], groups: [[PROXY]] }, context)).rejects.toMatchObject({
      hint: 'What was stopped is started again. Free space on that disk.',
    });
  });

  it('is not planned when the node does not answer, so that no run begins', async () => {
    const node = fakeNode();
    node.unreachable = new StepError('no route');
    const plan = await stop.describe({}, contextFor(node));
    expect(plan).toMatchObject({ operations: [], incomplete: 'central could not be asked: no route' });
  });

  it.each([
    [[], 'not-done'],
    [[PROXY], 'partial'],
    [[PROXY, ENGINE], 'done'],
  ] as const)('judges an earlier attempt by what is stopped now: %j is %s', async (stopped, judgement) => {
    const node = fakeNode({
      services: Object.fromEntries(stopped.map((name) => [name, { state: 'stopped' as const }])),
    });
    const before = { running: [PROXY, ENGINE], groups: [] };
    await expect(stop.check({}, before, contextFor(node))).resolves.toBe(judgement);
  });
});

describe('services.start-stopped', () => {
  const stoppedSite = () =>
    fakeNode({
      services: Object.fromEntries(
        [DISPATCHER, REPOSITORY, PROXY, ENGINE, SCHEDULER, PRINTING].map((name) => [
          name,
          { state: 'stopped' as const },
        ]),
      ),
    });
  /** While planning everything runs, as on a normal night. */
  const stopAll = (node: ReturnType<typeof fakeNode>, names: readonly string[]) => () => {
    for (const name of names) {
      const status = node.statuses.get(name);
      if (status !== undefined) node.statuses.set(name, { ...status, state: 'stopped' });
    }
  };

  it('starts what several stop steps found running, in the order of the manual, and waits for the central node', async () => {
    const node = fakeNode();
    const names = [DISPATCHER, REPOSITORY, PROXY, SCHEDULER];
    const { left, outputs } = await runAction(
      start,
      {},
      {
        node,
        meanwhile: stopAll(node, [...names, ENGINE, PRINTING]),
        reversed: [reversed([SCHEDULER], 'central', 'schedulers'), reversed([PROXY, REPOSITORY, DISPATCHER])],
      },
    );
    expect(node.log.slice(0, 2)).toEqual([`start ${DISPATCHER}`, `start ${REPOSITORY}`]);
    expect(node.log.slice(2, 4).sort()).toEqual([`start ${PROXY}`, `start ${SCHEDULER}`]);
    expect(node.log.slice(4)).toEqual(['ready']);
    expect(outputs['started']).toHaveLength(4);
    expect(left.map((operation) => 'service' in operation && operation.service).sort()).toEqual([
      ENGINE,
      PRINTING,
    ]);
  });

  it('starts nothing that was running on another node only', async () => {
    const node = fakeNode({ name: 'rim', role: 'rim' });
    await runAction(
      start,
      {},
      {
        node,
        meanwhile: stopAll(node, [PROXY, ENGINE]),
        reversed: [reversed([PROXY], 'central'), reversed([ENGINE], 'rim')],
      },
    );
    expect(node.log).toEqual([`start ${ENGINE}`]);
  });

  it('starts nothing when nothing was stopped', async () => {
    const node = stoppedSite();
    await runAction(start, {}, { node });
    expect(node.log).toEqual([]);
  });

  it('as an always-step leaves alone what runs, and still sees the central node ready', async () => {
    const node = fakeNode();
    const { plan } = await runAction(
      start,
      { remaining: true },
      { node, reversed: [reversed([REPOSITORY, PROXY])] },
    );
    expect(node.log).toEqual(['ready']);
    expect(
      plan.operations.filter(({ kind }) => kind === 'service').every(({ repeat }) => repeat === true),
    ).toBe(true);
  });

  it('as an always-step starts what is still down', async () => {
    const node = fakeNode({ services: { [PROXY]: { state: 'stopped' } } });
    await runAction(start, { remaining: true }, { node, reversed: [reversed([REPOSITORY, PROXY])] });
    expect(node.log).toEqual([`start ${PROXY}`, 'ready']);
  });

  it('counts a service that was told to stop, and does not say whether it will, as up only once it keeps running', async () => {
    const node = fakeNode({ services: { [PROXY]: { state: 'stopped' } } });
    const step = { ...reversed([REPOSITORY, PROXY, ENGINE]), unanswered: [ENGINE] };
    const { before, warnings } = await runAction(start, { remaining: true }, { node, reversed: [step] });
    expect(before).toMatchObject({ stopped: [PROXY], unsure: [ENGINE] });
    expect(node.log.slice(0, 2).sort()).toEqual([
      `start ${ENGINE} unless it keeps running`,
      `start ${PROXY}`,
    ]);
    expect(warnings.join()).toContain(ENGINE);
  });

  it('does so too with one that cannot be asked at first', async () => {
    const node = fakeNode();
    node.unreachable = new StepError('the node does not answer');
    const step = { ...reversed([PROXY, ENGINE]), unanswered: [ENGINE] };
    const context = { ...contextFor(node), reversed: [step] };
    await expect(start.prepare({ remaining: true, database: false }, context)).resolves.toEqual({
      wanted: [ENGINE, PROXY],
      stopped: [ENGINE, PROXY],
      unsure: [ENGINE],
    });
  });

  it('does not judge such a service by what it says now', async () => {
    const before = { wanted: [PROXY], stopped: [], unsure: [PROXY] };
    const input = { remaining: false, database: false };
    await expect(start.check(input, before, contextFor(fakeNode()))).resolves.toBe('partial');
  });

  it('starts a service that was running at the stop, although it was not while planning', async () => {
    const node = stoppedSite();
    await runAction(start, {}, { node, reversed: [reversed([PRINTING])] });
    expect(node.log).toEqual([`start ${PRINTING}`]);
  });

  it('starts the database first when the reversed steps stop it too', async () => {
    const node = fakeNode();
    await runAction(
      start,
      { database: true },
      {
        node,
        meanwhile: stopAll(node, [DATABASE, DISPATCHER]),
        reversed: [reversed([DISPATCHER, DATABASE])],
      },
    );
    expect(node.log).toEqual([`start ${DATABASE}`, `start ${DISPATCHER}`]);
  });

  it('tries every other service when one does not start, then says with exit code 7 what is down and what to do', async () => {
    const node = stoppedSite();
    node.broken.set(REPOSITORY, 1053);
    const error: unknown = await runAction(
      start,
      { remaining: true },
      {
        node,
        reversed: [reversed([DISPATCHER, REPOSITORY, PROXY])],
      },
    ).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(SiteDownError);
    expect(error).toMatchObject({ exitCode: 7, message: expect.stringContaining(REPOSITORY) as string });
    expect((error as SiteDownError).message).toContain('central');
    expect((error as SiteDownError).message).not.toContain(PROXY);
    expect((error as SiteDownError).hint).toContain('ServicesPipeTimeout');
    expect((error as SiteDownError).hint).toContain('8.9');
    expect(node.log).toEqual([`start ${DISPATCHER}`, `start ${PROXY}`]);
  });

  it('starts the others when one does not exist any more, and says with exit code 7 which', async () => {
    const node = fakeNode({
      services: {
        [DISPATCHER]: { state: 'stopped' },
        [PROXY]: { state: 'stopped' },
        QlikSenseOldService: { state: 'stopped' },
      },
    });
    node.broken.set('QlikSenseOldService', 1060);
    const run = runAction(
      start,
      { remaining: true },
      {
        node,
        meanwhile: () => node.statuses.delete('QlikSenseOldService'),
        reversed: [reversed([DISPATCHER, 'QlikSenseOldService', PROXY])],
      },
    );
    await expect(run).rejects.toThrow(SiteDownError);
    await expect(run).rejects.toThrow('QlikSenseOldService');
    expect(node.log).toEqual([`start ${DISPATCHER}`, `start ${PROXY}`]);
  });

  it('tries to start what was stopped on a node that cannot be asked', async () => {
    const node = stoppedSite();
    const plan = await start.describe({ remaining: true, database: false }, contextFor(node));
    expect(plan.operations).not.toEqual([]);
    node.unreachable = new StepError('the node does not answer');
    const context = { ...contextFor(node), reversed: [reversed([PROXY, ENGINE])] };
    await expect(start.prepare({ remaining: true, database: false }, context)).resolves.toEqual({
      wanted: [ENGINE, PROXY],
      stopped: [ENGINE, PROXY],
    });
  });

  it('counts a Repository Service that does not answer as a site that is down', async () => {
    const node = stoppedSite();
    node.notReady = new TimeLimitError('no answer');
    const run = runAction(start, { remaining: true }, { node, reversed: [reversed([REPOSITORY])] });
    await expect(run).rejects.toThrow(SiteDownError);
  });

  it('lets an interruption through as an interruption: the always-step starts the rest', async () => {
    const node = stoppedSite();
    const signal = AbortSignal.abort(new InterruptedError('Ctrl+C'));
    const run = runAction(start, { remaining: true }, { node, signal, reversed: [reversed([PROXY])] });
    await expect(run).rejects.toThrow(InterruptedError);
  });

  it('judges by what runs now', async () => {
    const before = { wanted: [PROXY, ENGINE], stopped: [PROXY, ENGINE] };
    const input = { remaining: false, database: false };
    await expect(start.check(input, before, contextFor(fakeNode()))).resolves.toBe('done');
    await expect(start.check(input, before, contextFor(stoppedSite()))).resolves.toBe('not-done');
    const half = fakeNode({ services: { [PROXY]: { state: 'stopped' } } });
    await expect(start.check(input, before, contextFor(half))).resolves.toBe('partial');
  });
});

describe('the start order', () => {
  it('is database, dispatcher, repository, the others, strangers', () => {
    expect(startGroups(['Acme', ENGINE, REPOSITORY, DISPATCHER, 'postgresql-x64-14', PROXY])).toEqual([
      ['postgresql-x64-14'],
      [DISPATCHER],
      [REPOSITORY],
      [ENGINE, PROXY],
      ['Acme'],
    ]);
    expect(startRank('QLIKSENSESERVICEDISPATCHER')).toBe(1);
  });
});
