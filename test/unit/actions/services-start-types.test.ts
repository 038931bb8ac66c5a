import { describe, expect, it } from 'vitest';
import { createCheckServices } from '../../../src/actions/check-services.ts';
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

describe('check.services', () => {
  it.each([
    ['running', 'services-start-type warning'],
    ['stopped', 'services-start-type failed'],
  ] as const)('finds a Repository Service at Manual that is %s', async (state, status) => {
    const node = fakeNode({ services: { QlikSenseRepositoryService: { startType: 'manual', state } } });
    const { checks } = await checksOf(createCheckServices(), { node });
    expect(statuses(checks)).toEqual(['services-running ok', status]);
    const disabled = fakeNode({
      services: { QlikSenseRepositoryService: { startType: 'disabled', state: 'stopped' } },
    });
    expect(statuses((await checksOf(createCheckServices(), { node: disabled })).checks)).toEqual([
      'services-running ok',
    ]);
  });
});

function setManual(node: FakeNode, name: string): void {
  const status = node.statuses.get(name);
  if (status === undefined) throw new Error(`no service ${name}`);
  const { displayName, state } = status;
  node.statuses.set(name, { name, displayName, state, startType: 'manual' });
}
