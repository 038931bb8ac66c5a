import { describe, expect, it } from 'vitest';
import type { PlanStep } from '../../../src/contract/plan.ts';
import {
  planOf,
  planSection,
  planStep,
  recordingActions as recorder,
  runOptions,
  testAction,
  testEngine,
} from '../../helpers/engine.ts';
import { guided, GUIDED, person } from '../../helpers/person.ts';

const three = planOf([planSection(['one', 'two', 'three'].map((id) => planStep(id)))]);

describe('a step left out by a person', () => {
  it.each(['step', 'whole'] as const)(
    'stays out when a section with restart: %s is resumed',
    async (restart) => {
      const { done, action } = recorder();
      let broken = true;
      const failing = testAction('three', () =>
        broken ? Promise.reject(new Error('no')) : Promise.resolve({}),
      );
      const actions = [action('one'), action('two'), failing];
      const plan = planOf([planSection([planStep('one'), planStep('two'), planStep('three')], { restart })]);
      const { result, folder } = guided(plan, actions, ['run', 'skip', 'run']);
      expect((await result).outcome).toBe('failed');
      broken = false;
      const { engine } = testEngine(folder, actions);
      expect((await engine.resume(undefined, runOptions())).outcome).toBe('done');
      expect(done).toEqual(restart === 'whole' ? ['one', 'one'] : ['one']);
    },
  );

  it('also when an earlier attempt of it had failed', async () => {
    const two = testAction('two', () => Promise.reject(new Error('never')), {
      undo: () => Promise.resolve(),
    });
    const broken = testAction('three', () => Promise.reject(new Error('no')));
    const actions = [recorder().action('one'), two, broken];
    const { result, folder } = guided(three, actions, ['run', 'run']);
    expect((await result).outcome).toBe('failed');
    const second = person(['skip', 'run']);
    await testEngine(folder, actions, { prompter: second.prompter }).engine.resume(undefined, GUIDED);
    const third = person(['run']);
    await testEngine(folder, actions, { prompter: third.prompter }).engine.resume(undefined, GUIDED);
    expect([second.ids(), third.ids()]).toEqual([['two', 'three'], ['three']]);
  });

  const later = (more: Partial<PlanStep>) => planStep('two', more);
  it.each<[string, Partial<PlanStep>, PlanStep, RegExp]>([
    [
      'uses an output of it',
      {},
      later({ with: { from: '${ steps.one.outputs.set }' } }),
      /step two .* uses what it finds/,
    ],
    ['has a condition on it', {}, later({ when: 'steps.one.outputs.due' }), /step two .* uses what it finds/],
    ['reverses it', {}, later({ reverses: ['one'] }), /step two .* reverses it/],
    ['marks the bracket', { siteConsistent: false }, later({}), /must not be started/],
    ['closes the bracket', { siteConsistent: true }, later({}), /may the site be started again/],
    ['is the point of no return', { pointOfNoReturn: true }, later({}), /point of no return/],
  ])('is refused where another one %s', async (_what, more, second, words) => {
    const { action } = recorder();
    const plan = planOf([planSection([planStep('one', more), second])]);
    const { result, asked } = guided(plan, [action('one'), action('two')], ['stop']);
    await result;
    expect(asked[0]?.noSkip).toMatch(words);
  });

  it('is refused for a change between the marks of the bracket, and possible behind them', async () => {
    const { action } = recorder();
    const steps = [
      planStep('one', { effect: 'read', siteConsistent: false }),
      planStep('two'),
      planStep('three', { effect: 'read', siteConsistent: true }),
      planStep('four'),
    ];
    const { result, asked } = guided(
      planOf([planSection(steps)]),
      steps.map(({ id }) => action(id)),
      ['run', 'stop'],
    );
    await result;
    expect(asked[0]?.noSkip).toMatch(/neither the old nor the new/);
    expect(asked.map(({ noSkip }) => noSkip === undefined)).toEqual([false, true]);
  });

  it('is refused where another one of its group waits for it', async () => {
    const { action } = recorder();
    const plan = planOf([
      planSection([{ parallel: [planStep('one'), planStep('two', { after: ['one'] })] }]),
    ]);
    const { result, asked } = guided(plan, [action('one'), action('two')], ['run', 'run']);
    await result;
    expect(asked.map(({ noSkip }) => noSkip)).toEqual(['step two ("Do two") waits for it', undefined]);
    expect(asked[1]?.noByHand).toBe('it waits for step one, which runs beside it');
  });

  it('is possible where nothing rests on it', async () => {
    const { action } = recorder();
    const { result, asked } = guided(three, ['one', 'two', 'three'].map(action), ['skip', 'skip', 'skip']);
    expect((await result).outcome).toBe('done');
    expect(asked.map(({ noSkip }) => noSkip)).toEqual([undefined, undefined, undefined]);
  });
});
