import { ConfirmationError, StoppedError } from '../contract/errors.ts';
import { allSteps, stepsOf, type PlannedExecution, type PlanStep } from '../contract/plan.ts';
import { substitute, substituteValue } from '../runbook/placeholders.ts';
import type { ActiveRun } from './active-run.ts';
import { doneByHand, isHuman } from './by-hand.ts';
import { whyNotByHand, whyNotSkipped } from './dependents.ts';
import { CLOSED } from './closed-question.ts';
import { hideInOperation } from './hide-secrets.ts';
import type { GuidedAnswer, GuidedStep } from './types.ts';

/** What became of the question before a step: the tool does it, or nothing is left to do. */
export type Decision = 'run' | 'settled';

/**
 * Asks about one step where somebody wants to be asked: its own `confirm`, and everything that changes something in guided
 * mode; what only looks, or has nothing to do, is shown there. Every answer is journaled with who gave it.
 * @throws StoppedError when the person says stop; ConfirmationError when there is nobody to answer a `confirm`.
 */
export async function decide(
  run: ActiveRun,
  step: PlanStep,
  executions: readonly PlannedExecution[],
): Promise<Decision> {
  const { guided, signal } = run.options;
  const { prompter } = run.collaborators;
  if (!guided || step.effect === 'read' || isNothing(step, executions)) {
    if (guided && prompter.canAsk) await prompter.show(guidedStep(run, step, executions), signal);
    if (step.confirm !== undefined) await confirm(run, step, step.confirm);
    return 'run';
  }
  const view = guidedStep(run, step, executions);
  for (let said: string | undefined; ;) {
    const answer = await prompter.guide(said === undefined ? view : { ...view, said }, signal);
    noteAnswer(run, step, executions, answer);
    if (answer.answer === 'run') return 'run';
    if (answer.answer === 'stop') throw stoppedHere(run, answer.reason);
    if (answer.answer === 'skip') {
      leaveOut(run, step, executions, answer.reason);
      return 'settled';
    }
    let closed: string | undefined;
    const done = await doneByHand(run, step, executions, async (more) => {
      const again = await prompter.guide({ ...view, ...more, byHand: true }, signal);
      noteAnswer(run, step, executions, again);
      closed = again.answer === 'stop' ? again.reason : undefined;
      return again.answer;
    });
    if (done === 'stop') throw stoppedHere(run, closed);
    if (done === 'settled' || done === 'run') return done;
    said = done.said;
  }
}

/** Guided mode without anybody to guide would run everything unasked. @throws ConfirmationError */
export function refuseUnguided(run: Pick<ActiveRun['collaborators'], 'prompter'>, guided: boolean): void {
  if (!guided || run.prompter.canAsk) return;
  throw new ConfirmationError('guided mode asks before every step, and there is no terminal to ask on', {
    hint: 'Nothing was changed. Run it on a terminal, or without --guided.',
  });
}

/** Writes an answer down: of which step, on which nodes, by whom. */
export function noteAnswer(
  run: ActiveRun,
  step: PlanStep,
  executions: readonly Pick<PlannedExecution, 'node'>[],
  given: GuidedAnswer,
): void {
  run.append(
    {
      type: 'answer',
      step: step.id,
      title: step.title,
      nodes: executions.map(({ node }) => node),
      who: run.collaborators.self.user,
      ...given,
    },
    true,
  );
}

/** Whether it is known that nothing is to be done: the plan looked, and found no operation. */
function isNothing({ label }: PlanStep, executions: readonly PlannedExecution[]): boolean {
  return label === 'checked' && executions.every(({ operations }) => operations.length === 0);
}

async function confirm(run: ActiveRun, step: PlanStep, text: string): Promise<void> {
  const { prompter } = run.collaborators;
  if (!prompter.canAsk) {
    throw new ConfirmationError(`step ${step.id} asks "${text}", and there is no terminal to answer on`, {
      hint: 'Run it again with a terminal, or leave the step out with its condition.',
    });
  }
  const answer = await prompter.step(step, text, run.options.signal);
  noteConfirmed(run, step, step.executions, answer);
  if (answer !== 'go') throw stoppedHere(run, answer === undefined ? CLOSED : undefined);
}

/** Writes down what was answered to "go on or stop"; undefined: nobody answered any more. */
export function noteConfirmed(
  run: ActiveRun,
  step: PlanStep,
  executions: readonly Pick<PlannedExecution, 'node'>[],
  answer: 'go' | 'stop' | undefined,
): void {
  const stopped =
    answer === undefined ? { answer: 'stop' as const, reason: CLOSED } : { answer: 'stop' as const };
  noteAnswer(run, step, executions, answer === 'go' ? { answer: 'run' } : stopped);
}

function stoppedHere({ options: { guided } }: ActiveRun, closed: string | undefined): StoppedError {
  return new StoppedError(
    `stopped here${closed === undefined ? ', as asked' : `: ${closed}`}; this step was not begun`,
    {
      hint: `\`sense-runbook resume\` goes on from here${guided ? ' and asks before every step again' : ''}.`,
    },
  );
}

function leaveOut(
  run: ActiveRun,
  step: PlanStep,
  executions: readonly PlannedExecution[],
  why: string,
): void {
  const { id, title } = step;
  const reason = `left out by ${run.collaborators.self.user}: ${why}`;
  for (const { node } of executions) {
    run.append({ type: 'skipped', step: id, node, title, reason, always: false, byPerson: true }, true);
    run.emit({ type: 'step-finished', step: id, node, title, status: 'skipped', durationMs: 0, reason });
  }
}

/** Everything a person is told of a step; placeholders that are settled by now are filled. */
function guidedStep(run: ActiveRun, step: PlanStep, executions: readonly PlannedExecution[]): GuidedStep {
  const steps = stepsOf(
    run.plan.sections.filter(({ preflight }) => !preflight).flatMap(({ items }) => items),
  ).filter(({ skipped }) => skipped === undefined);
  const noSkip = whyNotSkipped(run.plan, step);
  const untold = run.action(step.uses).byHand === false && !isHuman(executions);
  const noByHand = untold
    ? 'from outside it could not be told whether it is done'
    : whyNotByHand(run.plan, step, run.bindings);
  return {
    step,
    number: steps.findIndex(({ id }) => id === step.id) + 1,
    of: steps.length,
    nodes: executions.map(({ node, operations, notes }) => ({
      node,
      operations: operations.map((operation) =>
        hideInOperation(substitute(operation, run.bindings), run.collaborators.redact),
      ),
      notes: (substituteValue([...notes], run.bindings) as string[]).map(run.collaborators.redact),
    })),
    wayBack: wayBack(run, step),
    human: isHuman(executions),
    byHand: false,
    ...(noSkip === undefined ? {} : { noSkip }),
    ...(noByHand === undefined ? {} : { noByHand }),
  };
}

function wayBack(run: ActiveRun, step: PlanStep): GuidedStep['wayBack'] {
  if (step.pointOfNoReturn) return 'point-of-no-return';
  if (run.action(step.uses).undo !== undefined) return 'undo';
  if (step.effect === 'read') return 'nothing';
  const steps = allSteps(run.plan);
  if (!steps.some(({ reverses }) => reverses.includes(step.id))) return 'none';
  return steps.some(({ siteConsistent }) => siteConsistent === false) ? 'reversed-when-whole' : 'reversed';
}
