import { describe, expect, it } from 'vitest';
import { approvalLines, keepsWhatItReplaces } from '../../../src/engine/approvals.ts';
import type { ApprovalQuestion } from '../../../src/engine/types.ts';
import {
  noPrompts,
  planOf,
  planSection,
  planStep,
  runOptions,
  testAction,
  testEngine,
} from '../../helpers/engine.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const swap = planStep('swap', { effect: 'destroy', undo: true });

describe('the question before a change', () => {
  it('names the predicted times, and says of a part that it is the least', () => {
    const plan = planOf([planSection([planStep('stop')])]);
    const lines = (predicted: typeof plan.predicted) => approvalLines({ ...plan, predicted }).slice(1);
    expect(lines({ durationMs: 60_000, downtimeMs: 50_000, basedOn: 3 })).toEqual([
      'Predicted duration: 1 min',
      'Predicted downtime: 50 s',
    ]);
    expect(lines({ atLeast: { durationMs: 60_000 }, downtimeMs: 50_000, basedOn: 0 })).toEqual([
      'Predicted duration: at least about 1 min',
      'Predicted downtime: 50 s',
    ]);
    expect(lines({ basedOn: 0 })).toEqual([]);
  });
});

describe('what a plan replaces', () => {
  it('is kept when each step that replaces something has a way back', () => {
    expect(keepsWhatItReplaces(planOf([planSection([planStep('stop'), swap])]))).toBe(true);
  });

  it('is not kept when one of them has none, or a point of no return is passed', () => {
    const drop = planStep('drop', { effect: 'destroy' });
    expect(keepsWhatItReplaces(planOf([planSection([swap, drop])]))).toBe(false);
    const end = planStep('end', { pointOfNoReturn: true });
    expect(keepsWhatItReplaces(planOf([planSection([swap, end])]))).toBe(false);
    const skipped = { ...end, skipped: 'not wanted' };
    expect(keepsWhatItReplaces(planOf([planSection([swap, skipped])]))).toBe(true);
  });

  it('is said in the question', async () => {
    const asked: ApprovalQuestion[] = [];
    const prompter = {
      ...noPrompts,
      canAsk: true,
      approve: (question: ApprovalQuestion) => (asked.push(question), Promise.resolve(false)),
    };
    const action = testAction('swap', async () => ({}), { undo: () => Promise.resolve() });
    const { engine } = testEngine(temporaryFolder(), [action], { prompter });
    const options = runOptions({ approvals: { change: false } });
    for (const step of [swap, planStep('swap', { effect: 'destroy' })])
      await expect(engine.run(planOf([planSection([step])]), options)).rejects.toThrow('not confirmed');
    expect(asked.map(({ effect, kept }) => [effect, kept])).toEqual([
      ['destroy', true],
      ['destroy', undefined],
    ]);
  });
});
