import type { Action } from '../../src/contract/action.ts';
import type { Plan } from '../../src/contract/plan.ts';
import type { GuidedAnswer, GuidedStep, Prompter } from '../../src/engine/types.ts';
import { noPrompts, runOptions, testEngine } from './engine.ts';
import { temporaryFolder } from './temporary.ts';

/** An answer; `skip` alone has a reason of its own. */
export type Given = GuidedAnswer['answer'] | GuidedAnswer;

/** A person who answers as told, in order. A question that was not expected is an error. */
export function person(answers: readonly Given[]) {
  const left = [...answers];
  const asked: GuidedStep[] = [];
  const shown: string[] = [];
  const prompter: Prompter = {
    ...noPrompts,
    canAsk: true,
    guide(view) {
      asked.push(view);
      const next = left.shift();
      if (next === undefined) throw new Error(`not expected: ${view.step.id}`);
      if (typeof next !== 'string') return Promise.resolve(next);
      return Promise.resolve(next === 'skip' ? { answer: 'skip', reason: 'not here' } : { answer: next });
    },
    show(view) {
      shown.push(view.step.id);
      return Promise.resolve();
    },
  };
  return { prompter, asked, shown, left, ids: () => asked.map(({ step }) => step.id) };
}

/** Options of a guided run that was approved. */
export const GUIDED = runOptions({ guided: true });

/** Runs a plan in guided mode with a person who answers so. */
export function guided(
  plan: Plan,
  actions: readonly Action[],
  answers: readonly Given[],
  folder = temporaryFolder(),
) {
  const who = person(answers);
  const { engine, events } = testEngine(folder, actions, { prompter: who.prompter });
  return { ...who, engine, events, folder, result: engine.run(plan, GUIDED) };
}
