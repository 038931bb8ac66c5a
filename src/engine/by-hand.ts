import type { Judgement } from '../contract/action.ts';
import { messageOf } from '../contract/errors.ts';
import type { JsonObject, JsonValue } from '../contract/json.ts';
import type { PlannedExecution, PlanStep } from '../contract/plan.ts';
import { resolveInput } from '../runbook/runtime.ts';
import type { ActiveRun } from './active-run.ts';
import { parseInput } from './attempt.ts';
import { knownOutputs } from './dependents.ts';
import type { AttemptKey } from './records.ts';
import { nextAttempt } from './run-state.ts';
import { readContext } from './step-context.ts';
import type { GuidedAnswer, GuidedStep } from './types.ts';

/** One node on which a person does the step. */
interface Attempt {
  readonly planned: PlannedExecution;
  readonly key: AttemptKey;
  readonly resolved: JsonObject;
  readonly input: unknown;
  readonly before: JsonValue;
}

/** Asks a person who does a step by hand; `by-hand` says that it is done. */
type Ask = (more: Pick<GuidedStep, 'said'>) => Promise<GuidedAnswer['answer']>;

/**
 * A person does a step. What is there before is on disk first, so that what ran is known and can be put back; then it is
 * looked at, and only what is found done counts as done. Gives `run` when the tool is to do it after all, or what kept it
 * from being looked at beforehand.
 */
export async function doneByHand(
  run: ActiveRun,
  step: PlanStep,
  executions: readonly PlannedExecution[],
  ask: Ask,
): Promise<'settled' | 'run' | 'stop' | { said: string }> {
  const started = run.collaborators.clock.monotonic();
  let attempts: Attempt[];
  try {
    attempts = await Promise.all(executions.map((planned) => prepare(run, step, planned)));
  } catch (error) {
    run.options.signal.throwIfAborted();
    return { said: `It cannot be looked at what is there before it: ${messageOf(error)}` };
  }
  for (const { key, resolved, before } of attempts)
    run.append({ type: 'intent', ...about(step, key), input: resolved, before, byHand: true }, true);
  const took = (): number => Math.round(run.collaborators.clock.monotonic() - started);
  // What only a person can do was asked for already: the first answer said that it is done.
  const human = isHuman(executions);
  try {
    for (let said: string | undefined, asked = human; ; asked = false) {
      const answer = asked ? 'by-hand' : await ask(said === undefined ? {} : { said });
      if (answer === 'run' || answer === 'stop') {
        giveUp(run, step, attempts, answer === 'run' ? 'left to the tool after all' : 'stopped', took());
        return answer;
      }
      said = await notDone(run, step, attempts, human);
      if (said === undefined) break;
    }
  } catch (error) {
    giveUp(run, step, attempts, messageOf(error), took());
    throw error;
  }
  for (const { planned, key } of attempts) settle(run, step, planned, key, took());
  return 'settled';
}

/** A step that only a person can do: the tool would ask for it a second time. */
export function isHuman(executions: readonly PlannedExecution[]): boolean {
  return executions.every(
    ({ operations }) => operations.length > 0 && operations.every(({ kind }) => kind === 'human'),
  );
}

async function prepare(run: ActiveRun, step: PlanStep, planned: PlannedExecution): Promise<Attempt> {
  const action = run.action(step.uses);
  const { node } = planned;
  const key = { step: step.id, node, attempt: nextAttempt(run.state(), step.id, node) };
  const resolved = resolveInput(step, planned, run.scope());
  const input = parseInput(action.input.safeParse(resolved), step);
  const before = await action.prepare(input, readContext(run, step, key, run.options.signal));
  return { planned, key, resolved, input, before };
}

/** What is not as it should be, in words; undefined when it is done everywhere. */
async function notDone(
  run: ActiveRun,
  step: PlanStep,
  attempts: readonly Attempt[],
  human: boolean,
): Promise<string | undefined> {
  const action = run.action(step.uses);
  const found = await Promise.all(
    attempts.map(async ({ key, input, before }): Promise<string[]> => {
      try {
        const context = readContext(run, step, key, run.options.signal);
        const words = WORDS[await action.check(input, before, context)];
        return words === undefined || (human && words === WORDS.unknown) ? [] : [`${key.node}: ${words}`];
      } catch (error) {
        run.options.signal.throwIfAborted();
        return [`${key.node}: it could not be looked at: ${messageOf(error)}`];
      }
    }),
  );
  return found.flat().length === 0 ? undefined : found.flat().join('; ');
}

const WORDS: Readonly<Record<Judgement, string | undefined>> = {
  done: undefined,
  partial: 'only a part of it is done',
  'not-done': 'it is not done',
  unknown: 'it cannot be told whether it is done',
};

function settle(
  run: ActiveRun,
  step: PlanStep,
  planned: PlannedExecution,
  key: AttemptKey,
  durationMs: number,
): void {
  const outputs = knownOutputs(planned.outputs, run.bindings);
  run.bindOutputs(step.id, planned, outputs);
  run.append({ type: 'result', ...about(step, key), outputs, durationMs, byHand: true }, true);
  const title = `${step.title}, by hand`;
  run.emit({ type: 'step-finished', ...key, title, status: 'done', durationMs, outputs });
}

function giveUp(
  run: ActiveRun,
  step: PlanStep,
  attempts: readonly Attempt[],
  reason: string,
  durationMs: number,
): void {
  for (const { key } of attempts)
    run.appendIfPossible(
      { type: 'failure', ...about(step, key), status: 'cancelled', reason: `by hand: ${reason}`, durationMs },
      true,
    );
}

function about(step: PlanStep, key: AttemptKey) {
  return { title: step.title, always: false, undo: false, ...key };
}
