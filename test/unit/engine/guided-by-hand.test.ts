import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/contract/action.ts';
import { InterruptedError } from '../../../src/contract/errors.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import type { Prompter } from '../../../src/engine/types.ts';
import {
  noPrompts,
  operationOf,
  planOf,
  planSection,
  planStep,
  recordingActions as recorder,
  runOptions,
  testAction,
  testEngine,
} from '../../helpers/engine.ts';
import { guided, GUIDED, person } from '../../helpers/person.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

describe('a step done by hand', () => {
  /** A thing that a person or the tool does; `done` says whether it is. */
  function doable(judge: () => 'done' | 'not-done' | 'partial' | 'unknown', more: Partial<Action> = {}) {
    const { done, action } = recorder();
    const prepared: string[] = [];
    const one: Action = {
      ...action('one'),
      prepare: () => (prepared.push('looked'), Promise.resolve({ was: 'old' })),
      check: (_input, before) => {
        expect(before).toEqual({ was: 'old' });
        return Promise.resolve(judge());
      },
      ...more,
    };
    return { done, prepared, actions: [one, action('two')] };
  }
  const plan = planOf([planSection([planStep('one'), planStep('two')])]);

  it('is looked at, counts as done, and stays so when the run is resumed', async () => {
    const { actions, done } = doable(() => 'done');
    const { result, asked, engine, folder } = guided(plan, actions, ['by-hand', 'by-hand', 'stop']);
    const { run, exitCode } = await result;
    expect([exitCode, done]).toEqual([75, []]);
    expect(asked.map(({ step, byHand }) => [step.id, byHand])).toEqual([
      ['one', false],
      ['one', true],
      ['two', false],
    ]);
    expect((await engine.report(run)).steps).toMatchObject([{ step: 'one', status: 'done', byHand: true }]);
    const { engine: later } = testEngine(folder, actions, { prompter: person([]).prompter });
    expect((await later.resume(undefined, runOptions())).outcome).toBe('done');
    expect(done).toEqual(['two']);
  });

  it('is not offered where it could not be told, but for what only a person can do', async () => {
    const { actions } = doable(() => 'not-done', { byHand: false });
    const { result, asked } = guided(plan, actions, ['stop']);
    await result;
    expect(asked[0]?.noByHand).toMatch(/could not be told whether it is done/);
    const text = { kind: 'human', text: 'Do it', effect: 'change' } as const;
    const execution = { node: 'central', input: {}, operations: [text], outputs: {}, notes: [] };
    const human = planOf([planSection([planStep('one', { executions: [execution] })])]);
    const person = guided(human, doable(() => 'unknown', { byHand: false }).actions, ['by-hand']);
    expect((await person.result).outcome).toBe('done');
    expect(person.asked[0]?.noByHand).toBeUndefined();
  });

  it('has what was there before on disk before the person does it, so that a kill loses nothing', async () => {
    const folder = temporaryFolder();
    const actions = [
      testAction('stop', () => Promise.resolve({}), { before: () => ({ running: ['Engine'] }) }),
      testAction('start', ({ reversed }) => (seen.push(reversed), Promise.resolve({}))),
    ];
    const seen: unknown[] = [];
    const restart = planOf([planSection([planStep('stop')])], [planStep('start', { reverses: ['stop'] })]);
    await new Promise<void>((resolve) => {
      const prompter: Prompter = {
        ...noPrompts,
        canAsk: true,
        guide: ({ byHand }) =>
          byHand ? new Promise(() => resolve()) : Promise.resolve({ answer: 'by-hand' }),
      };
      void testEngine(folder, actions, { prompter }).engine.run(restart, GUIDED);
    });
    await testEngine(folder, actions).engine.recover(runOptions());
    expect(seen).toEqual([[{ step: 'stop', node: 'central', before: { running: ['Engine'] } }]]);
  });

  it.each([
    ['not-done', 'it is not done'],
    ['partial', 'only a part of it is done'],
    ['unknown', 'it cannot be told whether it is done'],
  ] as const)('that is found %s is not believed: it is said, and asked again', async (found, words) => {
    let judgement: typeof found | 'done' = found;
    const { actions } = doable(() => judgement);
    const { prompter, asked } = person(['by-hand', 'by-hand', 'by-hand', 'run']);
    const correcting: Prompter = {
      ...prompter,
      guide(view, signal) {
        if (view.said !== undefined) judgement = 'done';
        return prompter.guide(view, signal);
      },
    };
    const { engine } = testEngine(temporaryFolder(), actions, { prompter: correcting });
    expect((await engine.run(plan, GUIDED)).outcome).toBe('done');
    expect(asked.map(({ said }) => said)).toEqual([undefined, undefined, `central: ${words}`, undefined]);
  });

  it('is done by the tool when the person gives up, after what was there is known', async () => {
    const { actions, done } = doable(() => 'not-done');
    const { result, engine } = guided(plan, actions, ['by-hand', 'by-hand', 'run', 'run']);
    const { run, outcome } = await result;
    expect([outcome, done]).toEqual(['done', ['one', 'two']]);
    expect((await engine.report(run)).steps).toMatchObject([
      { step: 'one', status: 'cancelled', byHand: true, reason: 'by hand: left to the tool after all' },
      { step: 'one', status: 'done', attempt: 2 },
      { step: 'two', status: 'done' },
    ]);
  });

  it('is not begun when what is there before cannot be looked at', async () => {
    let blind = true;
    const { actions, done } = doable(() => 'done', {
      prepare: () => (blind ? Promise.reject(new Error('no answer')) : Promise.resolve({ was: 'old' })),
    });
    const { prompter, asked } = person(['by-hand', 'run', 'run']);
    const { engine } = testEngine(temporaryFolder(), actions, {
      prompter: {
        ...prompter,
        guide: (view, signal) => ((blind = view.said === undefined), prompter.guide(view, signal)),
      },
    });
    expect((await engine.run(plan, GUIDED)).outcome).toBe('done');
    expect(asked[1]?.said).toBe('It cannot be looked at what is there before it: no answer');
    expect(done).toEqual(['one', 'two']);
  });

  it('ends with 130 when it is interrupted', async () => {
    const { actions } = doable(() => 'done');
    const { prompter } = person(['by-hand']);
    const { engine } = testEngine(temporaryFolder(), actions, {
      prompter: {
        ...prompter,
        guide: (view, signal) =>
          view.byHand ? Promise.reject(new InterruptedError('Ctrl+C')) : prompter.guide(view, signal),
      },
    });
    const { run, exitCode } = await engine.run(plan, GUIDED);
    expect(exitCode).toBe(130);
    expect((await engine.report(run)).steps).toMatchObject([{ step: 'one', status: 'cancelled' }]);
  });

  it('is put back by a rollback as if the tool had done it', async () => {
    const undone: unknown[] = [];
    const { actions } = doable(() => 'done', {
      undo: (_input, before) => (undone.push(before), Promise.resolve()),
    });
    const { result, engine } = guided(plan, actions, ['by-hand', 'by-hand', 'stop']);
    await result;
    await engine.rollback(undefined, runOptions());
    expect(undone).toEqual([{ was: 'old' }]);
  });

  it('has the outputs that were known before, and is not offered where others are needed', async () => {
    const needs = (name: string): JsonObject => ({ from: `\${ steps.one.outputs.${name} }` });
    const outputs = { path: '/known', set: '<set>' };
    const first = planStep('one', {
      executions: [{ node: 'central', input: {}, operations: [operationOf('one')], outputs, notes: [] }],
    });
    const inputs: unknown[] = [];
    const two = {
      ...recorder().action('two'),
      prepare: (input: unknown) => (inputs.push(input), Promise.resolve(null)),
    };
    const [one = two] = doable(() => 'done').actions;
    const known = planOf([planSection([first, planStep('two', { with: needs('path') })])]);
    const byHand = guided(known, [one, two], ['by-hand', 'by-hand', 'run']);
    expect((await byHand.result).outcome).toBe('done');
    expect(inputs).toEqual([{ from: '/known' }]);
    const unknown = planOf([planSection([first, planStep('two', { with: needs('set') })])]);
    const refused = guided(unknown, [one, two], ['stop']);
    await refused.result;
    expect(refused.asked[0]?.noByHand).toBe('step two ("Do two") needs what only the tool finds out here');
  });
});

describe('what only a person can do', () => {
  const human = planStep('one', {
    executions: [
      {
        node: 'central',
        input: {},
        operations: [{ kind: 'human', text: 'Put the license in', effect: 'change' }],
        outputs: {},
        notes: [],
      },
    ],
  });
  const plan = planOf([planSection([human])]);

  it.each(['done', 'unknown'] as const)(
    'is asked for once, and taken at their word when it is %s',
    async (found) => {
      const { done, action } = recorder();
      const one = { ...action('one'), check: () => Promise.resolve(found) };
      const { result, asked, engine } = guided(plan, [one], ['by-hand']);
      const { outcome, run } = await result;
      expect([outcome, done, asked.length, asked[0]?.human]).toEqual(['done', [], 1, true]);
      expect((await engine.report(run)).steps).toMatchObject([{ status: 'done', byHand: true }]);
    },
  );

  it('is asked for again when it is seen not to be done', async () => {
    let judgement: 'done' | 'not-done' = 'not-done';
    const one = { ...recorder().action('one'), check: () => Promise.resolve(judgement) };
    const { prompter, asked } = person(['by-hand', 'by-hand']);
    const { engine } = testEngine(temporaryFolder(), [one], {
      prompter: {
        ...prompter,
        guide: (view, signal) => {
          if (view.said !== undefined) judgement = 'done';
          return prompter.guide(view, signal);
        },
      },
    });
    expect((await engine.run(plan, GUIDED)).outcome).toBe('done');
    expect(asked.map(({ said }) => said)).toEqual([undefined, 'central: it is not done']);
  });
});
