import { describe, expect, it } from 'vitest';
import { ConfirmationError } from '../../../src/contract/errors.ts';
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

const three = planOf([planSection(['one', 'two', 'three'].map((id) => planStep(id)))]);

describe('guided mode', () => {
  it('asks before every step with its place, and journals who answered what', async () => {
    const { done, action } = recorder();
    const { result, asked, engine, folder } = guided(three, ['one', 'two', 'three'].map(action), [
      'run',
      { answer: 'skip', reason: 'there is no such folder here' },
      'run',
    ]);
    const { outcome, run } = await result;
    expect([outcome, done]).toEqual(['done', ['one', 'three']]);
    expect(asked.map(({ step, number, of }) => `${step.id} ${String(number)}/${String(of)}`)).toEqual([
      'one 1/3',
      'two 2/3',
      'three 3/3',
    ]);
    expect(asked[0]?.nodes).toEqual([
      {
        node: 'central',
        operations: [{ kind: 'file', verb: 'write', path: '/one', effect: 'change' }],
        notes: [],
      },
    ]);
    const { answers, steps } = await engine.report(run);
    expect(answers).toEqual([
      expect.objectContaining({ step: 'one', answer: 'run', who: 'erin', nodes: ['central'] }),
      expect.objectContaining({ step: 'two', answer: 'skip', reason: 'there is no such folder here' }),
      expect.objectContaining({ step: 'three', answer: 'run', at: expect.stringMatching(/Z$/) as string }),
    ]);
    expect(steps.find(({ step }) => step === 'two')).toMatchObject({
      status: 'skipped',
      reason: 'left out by erin: there is no such folder here',
    });
    expect(folder).not.toBe('');
  });

  it('shows what only looks, and does not ask', async () => {
    const { action } = recorder();
    const plan = planOf([planSection([planStep('look', { effect: 'read' }), planStep('one')])]);
    const { result, shown, ids } = guided(plan, [action('look'), action('one')], ['run']);
    expect((await result).outcome).toBe('done');
    expect([shown, ids()]).toEqual([['look'], ['one']]);
  });

  it.each(['checked', 'unknown until look'] as const)(
    'asks about a step without operations only where it is not known that nothing is to be done: %s',
    async (label) => {
      const { action } = recorder();
      const executions = [{ node: 'central', input: {}, operations: [], outputs: {}, notes: [] }];
      const nothing = planStep('nothing', { label, executions });
      const plan = planOf([planSection([nothing, planStep('one')])]);
      const { result, shown, ids } = guided(plan, [action('nothing'), action('one')], ['run', 'run']);
      expect((await result).outcome).toBe('done');
      expect([shown, ids()]).toEqual(label === 'checked' ? [['nothing'], ['one']] : [[], ['nothing', 'one']]);
    },
  );

  it('does not say that a person stopped it where the question was closed', async () => {
    const { action } = recorder();
    const closed = { answer: 'stop', reason: 'the question was closed without an answer' } as const;
    const { result, engine } = guided(three, ['one', 'two', 'three'].map(action), ['run', closed]);
    const { outcome, run, error } = await result;
    expect([outcome, error?.message]).toEqual([
      'stopped',
      'Do two (two on central): stopped here: the question was closed without an answer; this step was not begun',
    ]);
    expect((await engine.report(run)).answers.at(-1)).toMatchObject(closed);
  });

  it('stops with 75 where the person says so, and asks from there on when it is resumed', async () => {
    const { done, action } = recorder();
    const actions = ['one', 'two', 'three'].map(action);
    const first = guided(three, actions, ['run', 'stop']);
    expect(await first.result).toMatchObject({ outcome: 'stopped', exitCode: 75 });
    const again = person(['run', 'run']);
    const { engine } = testEngine(first.folder, actions, { prompter: again.prompter });
    expect((await engine.resume(undefined, GUIDED)).outcome).toBe('done');
    expect([again.ids(), done]).toEqual([
      ['two', 'three'],
      ['one', 'two', 'three'],
    ]);
    const [run] = await engine.runs();
    expect((await engine.report(run?.id ?? '')).answers.map(({ answer }) => answer)).toEqual([
      'run',
      'stop',
      'run',
      'run',
    ]);
  });

  it('stays so when the run is gone on with, where somebody can be asked', async () => {
    const { done, action } = recorder();
    const actions = ['one', 'two', 'three'].map(action);
    const first = guided(three, actions, ['run', 'stop']);
    await first.result;
    const again = person(['stop']);
    const { engine } = testEngine(first.folder, actions, { prompter: again.prompter });
    const asBefore = runOptions({ guidedAsBefore: true });
    expect((await engine.resume(undefined, asBefore)).outcome).toBe('stopped');
    expect(again.ids()).toEqual(['two']);
    const alone = testEngine(first.folder, actions).engine;
    expect((await alone.resume(undefined, asBefore)).outcome).toBe('done');
    expect(done).toEqual(['one', 'two', 'three']);
  });

  it('does not begin with resume where the run was not guided', async () => {
    const { done, action } = recorder();
    const folder = temporaryFolder();
    const stopping = testAction('two', () => Promise.reject(new Error('no')));
    await testEngine(folder, [action('one'), stopping, action('three')]).engine.run(three, runOptions());
    const { engine } = testEngine(folder, ['one', 'two', 'three'].map(action), {
      prompter: person([]).prompter,
    });
    await engine.resume(undefined, runOptions({ guidedAsBefore: true }));
    expect(done).toEqual(['one', 'two', 'three']);
  });

  it('is refused without a terminal, before anything is done', async () => {
    const { done, action } = recorder();
    const { engine } = testEngine(temporaryFolder(), [action('one')]);
    const refused = engine.run(planOf([planSection([planStep('one')])]), GUIDED);
    await expect(refused).rejects.toThrow(ConfirmationError);
    expect([done, await engine.runs()]).toEqual([[], []]);
  });

  it('says what can be undone', async () => {
    const { action } = recorder();
    const plan = planOf(
      [
        planSection([
          planStep('stop'),
          planStep('swap'),
          planStep('copy'),
          planStep('drop', { pointOfNoReturn: true }),
        ]),
      ],
      [planStep('start', { reverses: ['stop'] })],
    );
    const swap = testAction('swap', () => Promise.resolve({}), { undo: () => Promise.resolve() });
    const actions = [action('stop'), swap, action('copy'), action('drop'), action('start')];
    const { result, asked } = guided(plan, actions, ['run', 'run', 'run', 'run']);
    await result;
    expect(asked.map(({ wayBack }) => wayBack)).toEqual(['reversed', 'undo', 'none', 'point-of-no-return']);
  });

  it('fills in what is known by now, and hides secrets', async () => {
    const begin = testAction('begin', () => Promise.resolve({ set: 'S1', word: 'hunter2' }));
    const begins = planStep('begin', {
      executions: [
        {
          node: 'central',
          input: {},
          operations: [operationOf('begin')],
          outputs: { set: '<set>' },
          notes: [],
        },
      ],
    });
    const copy = {
      kind: 'file',
      verb: 'copy',
      path: '/<set>/a',
      source: '/<steps.begin.word>',
      effect: 'change',
    } as const;
    const notes = ['The old one stays as <set>-before, and <steps.begin.word>.'];
    const copies = planStep('copy', {
      executions: [{ node: 'central', input: {}, operations: [copy], outputs: {}, notes }],
    });
    const who = person(['run', 'run']);
    const { engine } = testEngine(temporaryFolder(), [begin, recorder().action('copy')], {
      prompter: who.prompter,
      redact: (text) => text.replaceAll('hunter2', '***'),
    });
    await engine.run(planOf([planSection([begins, copies])]), GUIDED);
    expect(who.asked[1]?.nodes[0]).toMatchObject({
      operations: [{ path: '/S1/a', source: '/***' }],
      notes: ['The old one stays as S1-before, and ***.'],
    });
  });

  it('asks for a group one after another before anything of it begins', async () => {
    const order: string[] = [];
    const acting = (name: string) => testAction(name, () => (order.push(`do ${name}`), Promise.resolve({})));
    const who = person(['run', 'skip', 'run']);
    const prompter: Prompter = {
      ...who.prompter,
      async guide(view, signal) {
        order.push(`ask ${view.step.id}`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`answered ${view.step.id}`);
        return who.prompter.guide(view, signal);
      },
    };
    const steps = ['a', 'b', 'c'].map((id) => planStep(id));
    const { engine } = testEngine(temporaryFolder(), ['a', 'b', 'c'].map(acting), { prompter });
    await engine.run(planOf([planSection([{ parallel: steps }])]), GUIDED);
    expect(order).toEqual([
      'ask a',
      'answered a',
      'ask b',
      'answered b',
      'ask c',
      'answered c',
      'do a',
      'do c',
    ]);
  });

  it('begins nothing of a group when the person stops in it', async () => {
    const { done, action } = recorder();
    const plan = planOf([planSection([{ parallel: [planStep('a'), planStep('b')] }])]);
    const { result } = guided(plan, [action('a'), action('b')], ['run', 'stop']);
    expect(await result).toMatchObject({ exitCode: 75 });
    expect(done).toEqual([]);
  });

  it('asks a step with a question of its own only once', async () => {
    const { action } = recorder();
    const plan = planOf([planSection([planStep('one', { confirm: 'Is the old server off?' })])]);
    const { result, asked } = guided(plan, [action('one')], ['run']);
    expect((await result).outcome).toBe('done');
    expect(asked.map(({ step }) => step.confirm)).toEqual(['Is the old server off?']);
  });

  it('asks nothing about always-steps, which run whatever was answered', async () => {
    const { done, action } = recorder();
    const plan = planOf([planSection([planStep('stop')])], [planStep('start', { reverses: ['stop'] })]);
    const { result } = guided(plan, [action('stop'), action('start')], ['stop']);
    expect((await result).exitCode).toBe(75);
    expect(done).toEqual(['start']);
  });
});

describe('the question of a step itself', () => {
  it('is asked without guided mode too, and journaled', async () => {
    const { action } = recorder();
    const prompter: Prompter = { ...noPrompts, canAsk: true, step: () => Promise.resolve('stop') };
    const { engine } = testEngine(temporaryFolder(), [action('one')], { prompter });
    const plan = planOf([planSection([planStep('one', { confirm: 'Really?' })])]);
    const { exitCode, run } = await engine.run(plan, runOptions());
    expect(exitCode).toBe(75);
    expect((await engine.report(run)).answers).toMatchObject([{ step: 'one', answer: 'stop', who: 'erin' }]);
  });
});
