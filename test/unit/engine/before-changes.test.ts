import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfirmationError, PreflightError } from '../../../src/contract/errors.ts';
import { systemClock } from '../../../src/foundation/clock.ts';
import {
  failingAction as failing,
  planOf,
  planSection,
  planStep,
  recordingActions as recorder,
  runOptions,
  testAction,
  testEngine,
} from '../../helpers/engine.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

describe('before anything is changed', () => {
  const check = (status: 'ok' | 'failed') =>
    testAction(
      'look',
      () =>
        Promise.resolve({
          checks: [{ id: 'look', status, message: 'the disk is full', hint: 'Free some.' }],
        }),
      {
        effect: 'read',
      },
    );
  const looking = planSection([planStep('look', { effect: 'read' })], { id: 'preflight', preflight: true });

  it('refuses with 3 when a check failed, names all, and leaves no run behind', async () => {
    const { done, action } = recorder();
    const folder = temporaryFolder();
    const { engine } = testEngine(folder, [check('failed'), action('copy')]);
    const run = engine.run(planOf([looking, planSection([planStep('copy')])]), runOptions());
    await expect(run).rejects.toThrow(PreflightError);
    await expect(run).rejects.toThrow('the disk is full');
    expect(done).toEqual([]);
    expect(await engine.runs()).toEqual([]);
  });

  it('says nothing of a check that only lacks what a failed one would have told', async () => {
    const sized = planStep('size', { effect: 'read', with: { of: '${ steps.look.outputs.set }' } });
    const { engine, events } = testEngine(temporaryFolder(), [
      check('failed'),
      testAction('size', () => Promise.resolve({}), { effect: 'read' }),
    ]);
    const section = planSection([planStep('look', { effect: 'read' }), sized], {
      id: 'preflight',
      preflight: true,
    });
    await expect(engine.run(planOf([section]), runOptions())).rejects.toThrow(
      /^1 preflight check failed; nothing was changed\n {2}- the disk is full$/,
    );
    expect(
      events.flatMap((event) =>
        event.type === 'step-finished' ? [[event.step, event.status, event.reason]] : [],
      ),
    ).toEqual([
      ['look', 'done', undefined],
      ['size', 'skipped', 'a check before it failed, which finds out what it needs'],
    ]);
  });

  it('asks after the checks; without a terminal and approval it refuses with 4', async () => {
    const { engine, events } = testEngine(temporaryFolder(), [check('ok'), recorder().action('copy')]);
    const run = engine.run(
      planOf([looking, planSection([planStep('copy')])]),
      runOptions({ approvals: { change: false } }),
    );
    await expect(run).rejects.toThrow(ConfirmationError);
    expect(events.some(({ type }) => type === 'check')).toBe(true);
  });

  it('wants the right site named for what destroys', async () => {
    const { engine } = testEngine(temporaryFolder(), [recorder().action('drop')]);
    const plan = planOf([planSection([planStep('drop', { effect: 'destroy' })])]);
    await expect(engine.run(plan, runOptions())).rejects.toThrow('needs approval (destroy)');
    await expect(
      engine.run(plan, runOptions({ approvals: { change: true, destroy: 'other' } })),
    ).rejects.toThrow('another site');
    await expect(
      engine.run(plan, runOptions({ approvals: { change: true, destroy: 'lab' } })),
    ).resolves.toMatchObject({ exitCode: 0 });
  });

  it('knows in an on-failure step which step failed, as the plan said it would', async () => {
    const told: string[] = [];
    const tell = testAction('tell', async (context) => {
      const file = { kind: 'file', verb: 'write', path: '/copy.txt', effect: 'change' } as const;
      await context.perform(file, () => Promise.resolve(told.push(file.path)));
      return {};
    });
    const { engine } = testEngine(temporaryFolder(), [failing('copy', new Error('no')), tell]);
    const [execution] = planStep('tell').executions;
    const operations = [
      { kind: 'file', verb: 'write', path: '/<run.failedStep>.txt', effect: 'change' },
    ] as const;
    const onFailure = [
      planStep('tell', { executions: execution === undefined ? [] : [{ ...execution, operations }] }),
    ];
    await engine.run({ ...planOf([planSection([planStep('copy')])]), onFailure }, runOptions());
    expect(told).toEqual(['/copy.txt']);
  });

  it('refuses to change a site when the approval names another one', async () => {
    const { done, action } = recorder();
    const { engine } = testEngine(temporaryFolder(), [action('copy')]);
    const approvals = { change: true, destroy: 'other' };
    const run = engine.run(planOf([planSection([planStep('copy')])]), runOptions({ approvals }));
    await expect(run).rejects.toThrow('another site');
    expect(done).toEqual([]);
  });

  it('refuses with 3 when the state folder cannot be written, and leaves nothing behind', async () => {
    const { done, action } = recorder();
    const folder = join(temporaryFolder(), 'state');
    writeFileSync(folder, 'a file where the folder should be');
    const { engine } = testEngine(folder, [action('copy')]);
    const run = engine.run(planOf([planSection([planStep('copy')])]), runOptions());
    await expect(run).rejects.toThrow(PreflightError);
    await expect(run).rejects.toThrow('cannot be written');
    expect(done).toEqual([]);
  });

  it('leaves neither a run nor a claim behind when its journal cannot be begun', async () => {
    const folder = temporaryFolder();
    let looks = 0;
    const now = (): Date => {
      looks += 1;
      // The first look is for the name of the run, the second for its first line.
      if (looks > 1) throw Object.assign(new Error('no space'), { syscall: 'write' });
      return new Date();
    };
    const { engine } = testEngine(folder, [recorder().action('copy')], { clock: { ...systemClock, now } });
    await expect(engine.run(planOf([planSection([planStep('copy')])]), runOptions())).rejects.toThrow(
      PreflightError,
    );
    expect(await engine.unfinished()).toBeUndefined();
    expect(await engine.runs()).toEqual([]);
  });
});
