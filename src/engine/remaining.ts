import {
  stepsOf,
  type PlanItem,
  type PlanSection,
  type PlanStep,
  type PlannedExecution,
} from '../contract/plan.ts';
import { ConfirmationError } from '../contract/errors.ts';
import type { Judgement } from '../contract/action.ts';
import type { ActiveRun } from './active-run.ts';
import { insideBracket, isBehindClosed, isStartedOnPurpose, stepsBeforeBracket } from './bracket.ts';
import { readContext } from './step-context.ts';
import { noteConfirmed } from './guided.ts';
import { lastExecution, leftOutByPerson, type RunState } from './run-state.ts';
import type { SectionWork } from './work.ts';

/**
 * What `resume` has to do of each section (design section 5a). A section with `restart: whole` begins anew when
 * anything in it is unfinished; in the others, steps that are done and were not reversed since are left.
 */
export async function planResume(run: ActiveRun): Promise<SectionWork> {
  const todo = new Map<string, { items: readonly PlanItem[]; keys: Set<string> }>();
  let before = true;
  for (const section of run.plan.sections.filter(({ preflight }) => !preflight)) {
    const keys = await unfinishedOf(run, section);
    const state = run.state();
    // What follows an unfinished section has not run yet, or rests on what is done again now.
    const whole = !before || (section.restart === 'whole' && keys.size > 0);
    if (keys.size > 0) before = false;
    todo.set(section.id, {
      items: whole || keys.size > 0 ? section.items : [],
      keys: whole ? everyKey(section, state) : keys,
    });
  }
  if (!before) takeAgain(run, todo);
  return (section) => {
    const entry = todo.get(section.id);
    if (entry === undefined) return { items: [] };
    return {
      items: entry.items,
      remaining: (step) => step.executions.filter((planned) => entry.keys.has(keyOf(step, planned))),
    };
  };
}

/** What was given back when the run stopped, and is needed by what is left. */
function takeAgain(
  run: ActiveRun,
  todo: Map<string, { items: readonly PlanItem[]; keys: Set<string> }>,
): void {
  const state = run.state();
  // Somebody may have started services meanwhile, or Windows when the machine came up again.
  const quiet = insideBracket(run.plan, state)
    ? new Set(stepsOf(stepsBeforeBracket(run.plan)).map(({ id }) => id))
    : new Set<string>();
  for (const section of run.plan.sections.filter(({ preflight }) => !preflight)) {
    const keys = todo.get(section.id)?.keys ?? new Set<string>();
    for (const step of stepsOf(section.items)) {
      if (run.action(step.uses).lasting !== false && !quiet.has(step.id)) continue;
      for (const planned of step.executions)
        if (
          lastExecution(state, step.id, planned.node)?.status === 'done' &&
          !(quiet.has(step.id) && isStartedOnPurpose(run.plan, state, step.id, planned.node))
        )
          keys.add(keyOf(step, planned));
    }
    if (keys.size > 0) todo.set(section.id, { items: section.items, keys });
  }
}

function keyOf(step: PlanStep, planned: PlannedExecution): string {
  return `${step.id} ${planned.node}`;
}

/** All of a section, but for what a person left out: nobody takes that back for them. */
function everyKey(section: PlanSection, state: RunState): Set<string> {
  return new Set(
    stepsOf(section.items).flatMap((step) =>
      step.executions
        .filter(({ node }) => !leftOutByPerson(state, step.id, node))
        .map((planned) => keyOf(step, planned)),
    ),
  );
}

async function unfinishedOf(run: ActiveRun, section: PlanSection): Promise<Set<string>> {
  const state = run.state();
  const keys = new Set<string>();
  for (const step of stepsOf(section.items)) {
    for (const planned of step.executions) {
      const last = lastExecution(state, step.id, planned.node);
      if (leftOutByPerson(state, step.id, planned.node)) continue;
      const skipped = state.skipped.some((entry) => entry.step === step.id && entry.node === planned.node);
      if (last === undefined) {
        if (!skipped && step.skipped === undefined) keys.add(keyOf(step, planned));
        continue;
      }
      // Services that run again do not undo what is behind a closed bracket: it is not done a second time.
      const settled =
        last.status === 'done' &&
        (!reversedSince(run, step.id, planned.node, last.seq) ||
          isBehindClosed(run.plan, state, step.id, last.seq));
      if (settled) continue;
      if (section.restart === 'step' && last.status !== 'done' && mayBeUnknown(run, step)) {
        const judgement = await judge(run, step, planned);
        if (judgement === 'unknown') await askAboutUnknown(run, step, planned);
      }
      keys.add(keyOf(step, planned));
    }
  }
  return keys;
}

/**
 * Whether always-steps undid a step after it was done on a node. Where a step of the sections had reversed it on purpose by
 * then (start after the copy), they found nothing left to do, and what was done stays done.
 */
function reversedSince(run: ActiveRun, step: string, node: string, seq: number): boolean {
  const { ended, executions } = run.state();
  if (ended?.outcome === 'done') return false;
  const reverses = (candidate: PlanStep): boolean => candidate.reverses.includes(step);
  const always = new Set(
    stepsOf(run.plan.always)
      .filter(reverses)
      .map(({ id }) => id),
  );
  const own = new Set(
    run.plan.sections.flatMap(({ items }) => stepsOf(items).filter(reverses)).map(({ id }) => id),
  );
  const since = executions.filter((execution) => execution.seq > seq);
  const first = since.find((execution) => always.has(execution.step));
  return first !== undefined && !since.some((one) => isReversal(one, node, first.seq, own));
}

function isReversal(
  execution: RunState['executions'][number],
  node: string,
  before: number,
  steps: ReadonlySet<string>,
): boolean {
  return (
    steps.has(execution.step) &&
    execution.node === node &&
    execution.status === 'done' &&
    execution.seq < before
  );
}

/** Only of those is it asked: others are done again, and find out for themselves what is done. */
function mayBeUnknown(run: ActiveRun, step: PlanStep): boolean {
  return run.action(step.uses).mayBeUnknown === true;
}

async function judge(run: ActiveRun, step: PlanStep, planned: PlannedExecution): Promise<Judgement> {
  const action = run.action(step.uses);
  const last = lastExecution(run.state(), step.id, planned.node);
  if (last?.begun !== true) return 'not-done';
  const input = action.input.safeParse(last.input);
  if (!input.success) return 'unknown';
  const key = { step: step.id, node: planned.node, attempt: last.attempt };
  return action.check(input.data, last.before, readContext(run, step, key, run.options.signal));
}

/** An attempt that cannot be judged stops `resume` with a question. @throws ConfirmationError when not answered with go. */
async function askAboutUnknown(run: ActiveRun, step: PlanStep, planned: PlannedExecution): Promise<void> {
  const { prompter } = run.collaborators;
  const text = `It cannot be told whether "${step.title}" on ${planned.node} took effect before the run ended. Do it again?`;
  if (prompter.canAsk) {
    const answer = await prompter.step(step, text, run.options.signal);
    noteConfirmed(run, step, [planned], answer);
    if (answer === 'go') return;
  }
  throw new ConfirmationError(`it cannot be told whether step ${step.id} on ${planned.node} took effect`, {
    hint: 'Look at the node; then resume with a terminal and answer whether to do it again.',
  });
}
