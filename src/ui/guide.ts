import { CLOSED } from '../engine/closed-question.ts';
import type { GuidedAnswer, GuidedStep } from '../engine/types.ts';
import type { Operation } from '../contract/operation.ts';
import { guidedLines } from './guided-text.ts';
import type { Question } from './question.ts';

interface Choice {
  readonly name: string;
  readonly value: string;
  readonly short: string;
}

/** Asks; undefined when the terminal went away. */
type Ask = (question: Question, before: readonly string[]) => Promise<string | undefined>;

/** Tells of a step, asks what to do, and tells all of it when that is wanted. A terminal that went away stops. */
export async function askAboutStep(
  view: GuidedStep,
  operationText: (operation: Operation) => string,
  ask: Ask,
): Promise<GuidedAnswer> {
  for (let full = false; ;) {
    const choices = choicesOf(view);
    const question = { type: 'select', message: `${view.step.title}?`, choices } as const;
    const answer = await ask(question, guidedLines(view, { operationText, full }));
    if (answer === 'more') {
      full = true;
      continue;
    }
    if (answer === 'run' || answer === 'by-hand') return { answer };
    if (answer === undefined) return { answer: 'stop', reason: CLOSED };
    if (answer !== 'skip') return { answer: 'stop' };
    const reason = await askWhy(ask);
    if (reason === undefined) return { answer: 'stop', reason: CLOSED };
    if (reason !== '') return { answer: 'skip', reason };
    full = false;
  }
}

/** What is not possible is not offered; the lines above say why. */
function choicesOf({ human, byHand, noByHand, noSkip }: GuidedStep): Choice[] {
  const run = { name: 'run it', value: 'run', short: 'run' };
  const done = { name: 'I did it by hand: look whether it is done', value: 'by-hand', short: 'by hand' };
  const more = { name: 'show more', value: 'more', short: 'more' };
  const stop = { name: 'stop here; resume goes on later', value: 'stop', short: 'stop' };
  if (byHand)
    return [
      { ...done, name: 'it is done: look at it' },
      ...(human ? [] : [{ ...run, name: 'let the tool do it after all' }]),
      more,
      stop,
    ];
  return [
    ...(human && noByHand === undefined ? [] : [run]),
    ...(noByHand === undefined ? [done] : []),
    ...(noSkip === undefined ? [{ name: 'skip it, with a reason', value: 'skip', short: 'skip' }] : []),
    more,
    stop,
  ];
}

async function askWhy(ask: Ask): Promise<string | undefined> {
  const message = 'Why is it left out? (empty: back)';
  return (await ask({ type: 'input', message }, []))?.trim();
}
