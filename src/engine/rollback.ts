import { messageOf, StepError } from '../contract/errors.ts';
import type { Action, ActionRegistry } from '../contract/action.ts';
import type { ReadableNode } from '../contract/node.ts';
import { allSteps, stepsOf, type Plan, type PlanStep } from '../contract/plan.ts';
import type { ActiveRun } from './active-run.ts';
import { insideBracket, liesInBracket } from './bracket.ts';
import { stopAgain } from './quiet.ts';
import { createLedger } from './ledger.ts';
import type { Execution, RunState } from './run-state.ts';
import { executeContext, readContext } from './step-context.ts';
import { StepFailure } from './steps.ts';
import { warningsOf } from './warnings.ts';
import { conclude, runAlways } from './work.ts';
import type { RunResult } from './types.ts';

/** One thing a rollback puts back. */
export interface Undo {
  readonly step: PlanStep;
  readonly execution: Execution;
  /** Undefined: there is nothing to do, but the site is whole again from here on. */
  readonly action: (Action & Required<Pick<Action, 'undo'>>) | undefined;
}

/**
 * What a rollback has still to put back, newest first. Every attempt: one that was made again found what the one before
 * had left, and only the first saw what was there before the run.
 */
export function planRollback(run: { plan: Plan; state: RunState; actions: ActionRegistry }): Undo[] {
  const steps = new Map(allSteps(run.plan).map((step) => [step.id, step]));
  return run.state.executions.toReversed().flatMap((execution): Undo[] => {
    const step = steps.get(execution.step);
    if (step === undefined || execution.always || !execution.begun || execution.status === 'undone')
      return [];
    const action = run.actions.get(step.uses);
    if (action?.undo !== undefined) return [{ step, execution, action: action as Undo['action'] }];
    return step.siteConsistent === false && leavesNothing(run.plan, step)
      ? [{ step, execution, action: undefined }]
      : [];
  });
}

/** What no rollback of the run puts back, and what to do about it, newest first. */
export function whatStays(
  run: { plan: Plan; state: RunState; actions: ActionRegistry },
  nodes: readonly ReadableNode[],
): string[] {
  const steps = new Map(allSteps(run.plan).map((step) => [step.id, step]));
  const told = run.state.executions.toReversed().flatMap((execution) => {
    const step = steps.get(execution.step);
    if (step === undefined || execution.always || !execution.begun) return [];
    return run.actions.get(step.uses)?.leaves?.(execution.outputs, nodes) ?? [];
  });
  return [...new Set(told)];
}

/** The first step of a bracket that only looks, or whose stopped services an always-step starts, needs no undo. */
function leavesNothing({ always }: Plan, { id, effect }: PlanStep): boolean {
  return effect === 'read' || stepsOf(always).some(({ reverses }) => reverses.includes(id));
}

/** The lines of the question: what is put back, newest first, and what that means for a run that was done. */
export function rollbackLines(
  undos: readonly Undo[],
  stays: readonly string[],
  ended: RunState['ended'],
): string[] {
  const lines = undos
    .filter(({ action }) => action !== undefined)
    .map((undo) => `${undoTitle(undo)} (${undo.execution.node})`);
  return [
    ...new Set(lines),
    ...stays.map((line) => `Stays: ${line}`),
    ...(ended?.outcome === 'done'
      ? [`Warning: what was changed on the site since the run ended (${ended.at}) does not stay.`]
      : []),
  ];
}

/**
 * Puts everything back, newest first; stops at the first thing that cannot be, and between two when interrupted. The
 * always-steps run after it; what starts services is left out among them while the site is half put back.
 */
export async function rollBack(
  run: ActiveRun,
  undos: readonly Undo[],
  stays: readonly string[],
): Promise<RunResult> {
  const before = run.entries.length;
  let failure = needsQuiet(run, undos) ? await stopAgain(run, { everything: true }) : undefined;
  for (const undo of failure === undefined ? undos : []) {
    const { signal } = run.options;
    try {
      signal.throwIfAborted();
      if (undo.action === undefined) markUndone(run, undo);
      else await undoOne(run, { ...undo, action: undo.action });
    } catch (error) {
      failure = new StepFailure({ ...undo.step, title: undoTitle(undo) }, undo.execution.node, error);
      break;
    }
  }
  for (const line of failure === undefined ? stays : []) run.warn(line);
  const concluded = conclude(run, failure ?? stillInside(run), await runAlways(run));
  // What the run itself warned of is no matter any more.
  const result = { ...concluded, warnings: warningsOf(run.entries.slice(before)) };
  return result.outcome === 'done' ? { ...result, outcome: 'rolled-back' } : result;
}

/** Whether something is put back that no service may look at meanwhile. */
function needsQuiet({ plan }: ActiveRun, undos: readonly Undo[]): boolean {
  return undos.some(({ step }) => step.effect !== 'read' && liesInBracket(plan, step.id));
}

/** All is put back that can be, and the site is still half changed: a step of the bracket has no way back. */
function stillInside(run: ActiveRun): StepFailure | undefined {
  if (!insideBracket(run.plan, run.state())) return undefined;
  const step = allSteps(run.plan).find(({ siteConsistent }) => siteConsistent === false);
  if (step === undefined) return undefined;
  const error = new StepError('it cannot be put back, so that the site is half changed and was not started', {
    hint: `\`sense-runbook runs show ${run.id}\` shows what was done. Put the site in order by hand, then give the run up: \`sense-runbook runs abandon ${run.id}\`.`,
    changed: 'Everything else was put back.',
  });
  return new StepFailure(step, '', error);
}

/** How putting back a step is called. */
export function undoTitle({ step }: Pick<Undo, 'step'>): string {
  return `Put back: ${step.title}`;
}

function markUndone(run: ActiveRun, { step, execution: { node, attempt } }: Undo): void {
  const record = { title: undoTitle({ step }), outputs: {}, durationMs: 0, always: false, undo: true };
  run.append({ type: 'result', ...record, step: step.id, node, attempt }, true);
}

async function undoOne(
  run: ActiveRun,
  { step, execution, action }: Undo & { readonly action: NonNullable<Undo['action']> },
): Promise<void> {
  const { node, attempt, before, outputs } = execution;
  const key = { step: step.id, node, attempt };
  const signal = run.options.hurry;
  const { clock } = run.collaborators;
  const started = clock.monotonic();
  const title = undoTitle({ step });
  run.emit({ type: 'step-started', ...key, title, always: false });
  try {
    const input = action.input.parse(execution.input);
    const description = await action.describeUndo?.(
      input,
      before,
      outputs,
      readContext(run, step, key, signal),
    );
    run.append(
      { type: 'intent', title, input: execution.input, before, always: false, undo: true, ...key },
      true,
    );
    const ledger = createLedger(step.id, description?.operations ?? [], run.bindings);
    await action.undo(
      input,
      before,
      outputs,
      executeContext({ run, step, key, ledger, signal, always: false }),
    );
    const durationMs = Math.round(clock.monotonic() - started);
    run.append({ type: 'result', title, outputs: {}, durationMs, always: false, undo: true, ...key }, true);
    run.emit({ type: 'step-finished', ...key, title, status: 'undone', durationMs });
  } catch (error) {
    const durationMs = Math.round(clock.monotonic() - started);
    const reason = messageOf(error);
    run.appendIfPossible(
      { type: 'failure', title, status: 'failed', reason, durationMs, always: false, undo: true, ...key },
      true,
    );
    run.emit({ type: 'step-finished', ...key, title, status: 'failed', durationMs, reason });
    throw error;
  }
}
