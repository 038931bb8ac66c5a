import { describe, expect, it } from 'vitest';
import { createServicesStart } from '../../../src/actions/services-start.ts';
import type { ExecuteContext } from '../../../src/contract/action.ts';
import { SiteDownError, StepError, TimeLimitError } from '../../../src/contract/errors.ts';
import type { ServiceStatus } from '../../../src/contract/node.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeSite } from './fakes.ts';
import { contextFor, fakeNode, QLIK, runAction, goBack, type FakeNode } from './harness.ts';

const [DATABASE, DISPATCHER, REPOSITORY, PROXY, ENGINE, SCHEDULER, PRINTING] = QLIK;
const ALL = [DISPATCHER, REPOSITORY, PROXY, ENGINE, SCHEDULER, PRINTING];

function action() {
  return createServicesStart({ site: fakeSite(), stateFolder: temporaryFolder() });
}

function stopped(
  changes: Readonly<Record<string, Partial<ServiceStatus>>> = {},
  options: Parameters<typeof fakeNode>[0] = {},
): FakeNode {
  const down = Object.fromEntries(ALL.map((name) => [name, { state: 'stopped' as const }]));
  return fakeNode({ ...options, services: { ...down, ...changes } });
}

describe('services.start', () => {
  it('starts dispatcher, repository, the others, and waits for the central node', async () => {
    const node = stopped();
    const { left, outputs, before } = await runAction(action(), {}, { node });
    expect(node.log.slice(0, 2)).toEqual([`start ${DISPATCHER}`, `start ${REPOSITORY}`]);
    expect(node.log.slice(2, 6).sort()).toEqual(
      [ENGINE, PRINTING, PROXY, SCHEDULER].map((name) => `start ${name}`),
    );
    expect(node.log.slice(6)).toEqual(['ready']);
    expect(left).toEqual([]);
    expect(outputs['started']).toHaveLength(6);
    expect(before).toEqual({ running: [DATABASE], stopped: [...ALL].sort() });
  });

  it('starts the database first when it is down, whoever made it', async () => {
    const node = stopped({ [DATABASE]: { state: 'stopped' }, 'postgresql-x64-14': { state: 'stopped' } });
    await runAction(action(), { except: ['engine'] }, { node });
    expect(node.log.slice(0, 2).sort()).toEqual([`start ${DATABASE}`, 'start postgresql-x64-14']);
    expect(node.log[2]).toBe(`start ${DISPATCHER}`);
  });

  it('leaves a PostgreSQL down that the databases were moved away from, and says so', async () => {
    const old = 'postgresql-x64-12';
    const node = stopped({ [old]: { state: 'stopped' }, 'postgresql-x64-14': { state: 'running' } });
    const { plan, before } = await runAction(action(), {}, { node });
    expect(node.log).not.toContain(`start ${old}`);
    expect(before).toMatchObject({ stopped: [...ALL].sort() });
    expect(plan.notes?.join('\n')).toMatch(/postgresql-x64-12, since another database runs there/);
    // The database of the site may be the one that came with Qlik Sense, and the other one of somebody else.
    const bundled = stopped({ [DATABASE]: { state: 'stopped' }, 'postgresql-x64-14': { state: 'running' } });
    await runAction(action(), {}, { node: bundled });
    expect(bundled.log[0]).toBe(`start ${DATABASE}`);
  });

  it('leaves alone what is disabled or manual, and says so', async () => {
    const node = stopped({
      [PRINTING]: { state: 'stopped', startType: 'disabled' },
      [PROXY]: { state: 'stopped', startType: 'manual' },
    });
    const { plan } = await runAction(action(), {}, { node });
    expect(node.log).not.toContain(`start ${PRINTING}`);
    expect(node.log).not.toContain(`start ${PROXY}`);
    expect(plan.notes?.join('\n')).toMatch(/PrintingService, of start type disabled/);
    expect(plan.notes?.join('\n')).toMatch(/ProxyService, of start type manual/);
  });

  it('warns of what a site cannot do without and Manual keeps down, and of nothing that a runbook leaves out', async () => {
    const at = () =>
      stopped({
        [SCHEDULER]: { state: 'stopped', startType: 'manual' },
        [PRINTING]: { state: 'stopped', startType: 'manual' },
      });
    const { warnings } = await runAction(action(), {}, { node: at() });
    expect(warnings).toEqual([`central: not started, since the start type is Manual: ${SCHEDULER}.`]);
    expect((await runAction(action(), { except: ['scheduler'] }, { node: at() })).warnings).toEqual([]);
  });

  it('leaves out what a runbook names: the dispatcher, which runs already after a new name', async () => {
    const node = stopped({ [DISPATCHER]: { state: 'running' } });
    await runAction(action(), { except: ['dispatcher'] }, { node });
    expect(node.log[0]).toBe(`start ${REPOSITORY}`);
    expect(node.log).not.toContain(`start ${DISPATCHER}`);
  });

  it('leaves out the scheduler of a rehearsal', async () => {
    const node = stopped();
    const { before } = await runAction(action(), { except: ['scheduler'] }, { node });
    expect(node.statuses.get(SCHEDULER)?.state).toBe('stopped');
    expect(before).toMatchObject({ stopped: expect.not.arrayContaining([SCHEDULER]) as string[] });
  });

  it('starts only the database when only that is named, and waits for nothing', async () => {
    const node = stopped({ [DATABASE]: { state: 'stopped' } });
    await runAction(action(), { only: ['database'] }, { node });
    expect(node.log).toEqual([`start ${DATABASE}`]);
  });

  it('does not wait on a rim node', async () => {
    const node = stopped({}, { name: 'rim', role: 'rim' });
    const { plan } = await runAction(action(), {}, { node });
    expect(node.log).not.toContain('ready');
    expect(plan.operations.some(({ kind }) => kind === 'http')).toBe(false);
  });

  it('may be planned before Qlik Sense is installed: then the services with known names are named', async () => {
    const node = fakeNode();
    for (const name of QLIK) node.statuses.delete(name);
    const { plan } = await runAction(
      action(),
      {},
      {
        node,
        meanwhile() {
          for (const name of [DATABASE, DISPATCHER, REPOSITORY])
            node.statuses.set(name, {
              name,
              displayName: name,
              state: 'stopped',
              startType: 'automatic',
            });
        },
      },
    );
    expect(plan.notes?.join()).toContain('no services of Qlik Sense yet');
    expect(node.log).toEqual([`start ${DATABASE}`, `start ${DISPATCHER}`, `start ${REPOSITORY}`, 'ready']);
  });

  it('leaves a service that the plan does not have to the person, with a warning', async () => {
    const node = stopped();
    const { warnings } = await runAction(
      action(),
      {},
      {
        node,
        meanwhile: () => {
          node.statuses.set('QlikNewService', {
            name: 'QlikNewService',
            displayName: 'New',
            state: 'stopped',
            startType: 'automatic',
          });
        },
      },
    );
    expect(warnings.join()).toContain('QlikNewService was not started');
    expect(node.statuses.get('QlikNewService')?.state).toBe('stopped');
  });

  it('tries every other service when one does not start, then says with exit code 7 what is up and what is down', async () => {
    const node = stopped();
    node.broken.set(REPOSITORY, 1053);
    const error: unknown = await runAction(action(), {}, { node }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(SiteDownError);
    const { message, hint, changed } = error as SiteDownError;
    expect(message).toContain(`could not start ${REPOSITORY}`);
    expect(hint).toContain('sense-runbook resume');
    expect(hint).toContain('8.9');
    expect(changed).toContain(`Down: ${REPOSITORY}`);
    expect(changed).toContain(PROXY);
    expect(changed).not.toContain('were running');
    expect(node.log).toContain(`start ${PROXY}`);
  });

  it('advises on what kept it from starting one, when that is not the service', async () => {
    const node = stopped();
    const full = new StepError('the journal cannot be written', { hint: 'Free space on that disk.' });
    const context = {
      ...{ ...contextFor(node), service: () => Promise.reject(full), isPlanned: () => true },
      perform: (_operation: unknown, work: () => unknown) => work(),
    } as unknown as ExecuteContext;
    const before = { running: [], stopped: [PROXY] };
    await expect(action().execute({ only: ['proxy'] }, before, context)).rejects.toMatchObject({
      message: expect.stringContaining(`could not start ${PROXY}`) as string,
      hint: 'Free space on that disk. Then start it with `sense-runbook resume` or in Windows Services.',
    });
  });

  it('counts a Repository Service that does not answer as a site that is down', async () => {
    const node = stopped();
    node.notReady = new TimeLimitError('no answer');
    const failed = runAction(action(), {}, { node });
    await expect(failed).rejects.toThrow(SiteDownError);
    await expect(failed).rejects.toMatchObject({ changed: expect.stringContaining(DISPATCHER) as string });
  });

  it('is not planned when the node does not answer', async () => {
    const node = stopped();
    node.unreachable = new StepError('no route');
    expect(await action().describe({}, contextFor(node))).toMatchObject({
      operations: [],
      incomplete: 'central could not be asked: no route',
    });
  });
});

describe('the undo of services.start', () => {
  it('stops what the step started, in the reverse order, and nothing that ran before', async () => {
    const node = stopped({ [PRINTING]: { state: 'running' } });
    const start = action();
    const { before } = await runAction(start, {}, { node });
    node.log.length = 0;
    await goBack(start, 'undo', {}, before, { node });
    expect(node.log.slice(0, 3).sort()).toEqual([ENGINE, PROXY, SCHEDULER].map((name) => `stop ${name}`));
    expect(node.log.slice(3)).toEqual([`stop ${REPOSITORY}`, `stop ${DISPATCHER}`]);
    expect(node.statuses.get(PRINTING)?.state).toBe('running');
    expect(node.statuses.get(DATABASE)?.state).toBe('running');
  });

  it('knows after a resume what the first attempt started', async () => {
    const node = stopped();
    const start = action();
    node.broken.set(REPOSITORY, 1053);
    await expect(runAction(start, {}, { node })).rejects.toThrow(SiteDownError);
    node.broken.clear();
    const { before } = await runAction(start, {}, { node });
    expect(before).toEqual({ running: [DATABASE], stopped: [...ALL].sort() });
    await goBack(start, 'undo', {}, before, { node });
    const up = [...node.statuses.values()].filter(({ state }) => state === 'running');
    expect(up.map(({ name }) => name)).toEqual([DATABASE]);
    const again = await goBack(start, 'undo', {}, before, { node });
    expect(again.performed).toEqual([]);
  });

  it('says what did not stop', async () => {
    const node = stopped();
    const start = action();
    const { before } = await runAction(start, {}, { node });
    node.broken.set(PROXY, 1061);
    await expect(goBack(start, 'undo', {}, before, { node })).rejects.toThrow(
      /QlikSenseProxyService did not stop/,
    );
  });
});
