import { describe, expect, it } from 'vitest';
import { createCheckServices } from '../../../src/actions/check-services.ts';
import { startTypeChecks } from '../../../src/actions/start-type-checks.ts';
import { createServicesSetManual } from '../../../src/actions/services-set-manual.ts';
import { createServicesSetStartTypesBack } from '../../../src/actions/services-set-start-types-back.ts';
import type { ReversedStep } from '../../../src/contract/action.ts';
import type { JsonValue } from '../../../src/contract/json.ts';
import { checksOf, contextFor, fakeNode, QLIK, runAction, statuses, type FakeNode } from './harness.ts';

const [DATABASE, DISPATCHER, REPOSITORY, PROXY, ENGINE, SCHEDULER, PRINTING] = QLIK;
const ALL = [DISPATCHER, REPOSITORY, PROXY, ENGINE, SCHEDULER, PRINTING].toSorted();

const manual = createServicesSetManual();
const back = createServicesSetStartTypesBack();

function startTypes(node: FakeNode): Record<string, string> {
  return Object.fromEntries(
    [...node.statuses.values()].map(({ name, startType, delayed }) => [
      name,
      delayed === true ? `${startType}, delayed` : startType,
    ]),
  );
}

function reversed(before: JsonValue, node = 'central'): ReversedStep {
  return { step: 'set-manual', node, before };
}

describe('services.set-manual', () => {
  it('sets what Windows starts by itself to Manual, and leaves the database and everything else alone', async () => {
    const node = fakeNode({
      services: {
        [PROXY]: { delayed: true },
        [ENGINE]: { startType: 'manual' },
        [PRINTING]: { startType: 'disabled', state: 'stopped' },
        'postgresql-x64-14': {},
      },
    });
    const { before, outputs, left } = await runAction(manual, {}, { node });
    expect(startTypes(node)).toMatchObject({
      ...{ [DATABASE]: 'automatic', 'postgresql-x64-14': 'automatic' },
      ...Object.fromEntries(
        [DISPATCHER, REPOSITORY, PROXY, ENGINE, SCHEDULER].map((name) => [name, 'manual']),
      ),
      [PRINTING]: 'disabled',
    });
    expect(before).toEqual({
      startTypes: {
        [PROXY]: 'automatic-delayed',
        ...Object.fromEntries([DISPATCHER, REPOSITORY, SCHEDULER].map((name) => [name, 'automatic'])),
      },
    });
    expect(outputs['manual']).toHaveLength(4);
    expect(left).toEqual([]);
    // A second attempt finds nothing to do, and must not take Manual for what there was before.
    const again = await runAction(manual, {}, { node });
    expect(again.before).toEqual({ startTypes: {} });
  });

  it('sets what depends on Qlik Sense to Manual too, since Windows would start both', async () => {
    const node = fakeNode({ services: { Monitor: {} } });
    node.dependentsOf.set(REPOSITORY, ['Monitor']);
    const { before } = await runAction(manual, {}, { node });
    expect(before).toMatchObject({ startTypes: { Monitor: 'automatic' } });
    expect(startTypes(node)).toMatchObject({ Monitor: 'manual' });
  });

  it('leaves a service that is of automatic start only since the plan, and says so', async () => {
    const node = fakeNode({ services: { [PROXY]: { startType: 'manual' } } });
    const { warnings } = await runAction(
      manual,
      {},
      {
        node,
        meanwhile() {
          const proxy = node.statuses.get(PROXY);
          if (proxy !== undefined) node.statuses.set(PROXY, { ...proxy, startType: 'automatic' });
        },
      },
    );
    expect(warnings).toEqual([`central: ${PROXY} still starts with Windows: the plan does not have it.`]);
    expect(startTypes(node)).toMatchObject({ [PROXY]: 'automatic', [ENGINE]: 'manual' });
  });

  it('tries every service, and names those that could not be set with the command that does it', async () => {
    const node = fakeNode();
    node.broken.set(`${ENGINE} config`, 5);
    await expect(runAction(manual, {}, { node })).rejects.toMatchObject({
      name: 'StepError',
      message: `central: the start type of ${ENGINE} could not be set: error 5`,
      hint: expect.stringContaining(`\`sc.exe config ${ENGINE} start= demand\``) as string,
    });
    expect(startTypes(node)).toMatchObject({ [ENGINE]: 'automatic', [SCHEDULER]: 'manual' });
  });

  it('tells whether an attempt took effect', async () => {
    const node = fakeNode();
    const before = await manual.prepare({}, contextFor(node));
    const judge = () => manual.check({}, before, contextFor(node));
    expect(await judge()).toBe('not-done');
    setManual(node, ENGINE);
    expect(await judge()).toBe('partial');
    for (const name of ALL) setManual(node, name);
    expect(await judge()).toBe('done');
  });
});

describe('services.set-start-types-back', () => {
  const types = { [PROXY]: 'automatic-delayed', [ENGINE]: 'automatic', [SCHEDULER]: 'automatic' };

  /** A node on which these were set to Manual after the plan was made. */
  function at(names: readonly string[], ...steps: ReversedStep[]) {
    const node = fakeNode({ services: { [PROXY]: { delayed: true } } });
    const meanwhile = () => {
      for (const name of names) setManual(node, name);
    };
    const found = steps.length > 0 ? steps : [reversed({ startTypes: types })];
    return { node, options: { node, reversed: found, meanwhile } };
  }

  it('sets back what was found before, delayed or not, and nothing else', async () => {
    const { node, options } = at([...ALL]);
    const { before, outputs } = await runAction(back, {}, options);
    expect(startTypes(node)).toMatchObject({
      [PROXY]: 'automatic, delayed',
      ...{ [ENGINE]: 'automatic', [SCHEDULER]: 'automatic', [REPOSITORY]: 'manual' },
    });
    expect(before).toMatchObject({ startTypes: types });
    expect((outputs['setBack'] as string[]).toSorted()).toEqual([ENGINE, PROXY, SCHEDULER].toSorted());
  });

  it('takes what the first of several attempts found: it alone saw the site before the run', async () => {
    const { node, options } = at(
      [PROXY],
      reversed({ startTypes: { [PROXY]: 'automatic' } }),
      reversed({ startTypes: types }),
    );
    await runAction(back, {}, options);
    expect(startTypes(node)[PROXY]).toBe('automatic, delayed');
  });

  it('keeps to its node', async () => {
    const { node, options } = at([ENGINE], reversed({ startTypes: types }, 'rim'));
    await runAction(back, {}, options);
    expect(startTypes(node)[ENGINE]).toBe('manual');
  });

  it('leaves what somebody disabled meanwhile', async () => {
    const { node, options } = at([ENGINE, PROXY]);
    const meanwhile = () => {
      options.meanwhile();
      const scheduler = node.statuses.get(SCHEDULER);
      if (scheduler !== undefined) node.statuses.set(SCHEDULER, { ...scheduler, startType: 'disabled' });
    };
    await runAction(back, {}, { ...options, meanwhile });
    expect(startTypes(node)).toMatchObject({ [ENGINE]: 'automatic', [SCHEDULER]: 'disabled' });
  });

  it('leaves one whose start type the plan does not have, and says how to set it back', async () => {
    const node = fakeNode({ services: { [PROXY]: { delayed: true } } });
    const meanwhile = () => {
      for (const name of [PROXY, ENGINE]) setManual(node, name);
    };
    const found = [reversed({ startTypes: { [PROXY]: 'automatic', [ENGINE]: 'automatic' } })];
    const { warnings, hints, outputs } = await runAction(back, {}, { node, reversed: found, meanwhile });
    expect(startTypes(node)).toMatchObject({ [PROXY]: 'manual', [ENGINE]: 'automatic' });
    expect(warnings).toEqual([`central: ${PROXY} stays at Manual: the plan does not have its start type.`]);
    expect(hints.join()).toContain(`sc.exe config ${PROXY} start= auto`);
    expect(outputs).toEqual({ setBack: [ENGINE] });
  });

  it('warns in an always-step beside its failure, which else only the first failure of a run would tell', async () => {
    const { node, options } = at([ENGINE]);
    node.broken.set(`${ENGINE} config`, 5);
    const warned: string[] = [];
    await expect(
      runAction(back, { remaining: true }, { ...options, onWarn: (message) => warned.push(message) }),
    ).rejects.toThrow('could not be set');
    expect(warned.join()).toContain(`the start type of ${ENGINE} could not be set`);
  });

  it('leaves the scheduler of a rehearsal at Manual, and says so once', async () => {
    const { node, options } = at([ENGINE, PROXY, SCHEDULER]);
    const { warnings } = await runAction(back, { except: ['scheduler'] }, options);
    expect(startTypes(node)).toMatchObject({ [ENGINE]: 'automatic', [SCHEDULER]: 'manual' });
    expect(warnings).toEqual([`central: ${SCHEDULER} stays at Manual, so that Windows does not start it.`]);
    const again = await runAction(
      back,
      { except: ['scheduler'], remaining: true },
      { node, reversed: options.reversed },
    );
    expect(again.warnings).toEqual([]);
  });

  it('does nothing where all is as it was, or nothing was ever set', async () => {
    const { node, options } = at([]);
    expect((await runAction(back, {}, options)).performed).toEqual([]);
    expect((await runAction(back, {}, { node, reversed: [] })).performed).toEqual([]);
  });

  it('tells whether an attempt took effect', async () => {
    const { node, options } = at([ENGINE, PROXY]);
    options.meanwhile();
    const context = contextFor(node, options);
    const before = await back.prepare({ remaining: false }, context);
    const judge = () => back.check({ remaining: false }, before, context);
    expect(await judge()).toBe('not-done');
    const engine = node.statuses.get(ENGINE);
    if (engine !== undefined) node.statuses.set(ENGINE, { ...engine, startType: 'automatic' });
    expect(await judge()).toBe('partial');
  });
});

describe('what is down at Manual before a run', () => {
  const down = (name: string, changes: object = {}) => ({
    services: { [name]: { startType: 'manual' as const, state: 'stopped' as const } },
    ...changes,
  });

  it('check.services finds the site down for it, and else only names it', async () => {
    const found = async (options: Parameters<typeof fakeNode>[0]) =>
      (await checksOf(createCheckServices(), { node: fakeNode(options) })).checks;
    expect(statuses(await found(down(REPOSITORY)))).toEqual([
      'services-running ok',
      'services-start-type failed',
    ]);
    const ofRim = await found(down(REPOSITORY, { name: 'rim', role: 'rim' }));
    expect(statuses(ofRim)).toEqual(['services-running ok']);
    expect(ofRim[0]?.message).toContain(`Not started by Windows, since they are Manual: ${REPOSITORY}.`);
    expect(statuses(await found({ services: { [REPOSITORY]: { startType: 'manual' } } }))).toEqual([
      'services-running ok',
    ]);
  });

  it('a restore is refused for the Repository Service, and warns of the scheduler, beforehand alone', async () => {
    const checks = await startTypeChecks([
      fakeNode(down(REPOSITORY)),
      fakeNode(down(SCHEDULER, { name: 'rim', role: 'rim' })),
      fakeNode(down(PRINTING)),
      fakeNode({ services: { [REPOSITORY]: { startType: 'manual' } } }),
    ]);
    expect(checks.map(({ node, status, beforehand }) => [node, status, beforehand])).toEqual([
      ['central', 'failed', true],
      ['rim', 'warning', true],
    ]);
    expect(checks[0]?.hint).toContain(`sc.exe config ${REPOSITORY} start= auto`);
  });
});

function setManual(node: FakeNode, name: string): void {
  const status = node.statuses.get(name);
  if (status === undefined) throw new Error(`no service ${name}`);
  const { displayName, state } = status;
  node.statuses.set(name, { name, displayName, state, startType: 'manual' });
}
