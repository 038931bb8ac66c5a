import { PreflightError, messageOf } from '../contract/errors.ts';
import type { Action, ActionRegistry } from '../contract/action.ts';
import { allSteps, type Plan, type PlanStep } from '../contract/plan.ts';
import type { ActiveRun } from './active-run.ts';
import { createLedger } from './ledger.ts';
import { insideBracket, type Execution, type RunState } from './run-state.ts';
import { executeContext, readContext } from './step-context.ts';
import { StepFailure } from './steps.ts';
import { conclude, runAlways } from './work.ts';
import type { RunResult } from './types.ts';

/** One thing a rollback puts back. */
export interface Undo {
  readonly step: PlanStep;
  readonly execution: Execution;
  readonly action: Action & Required<Pick<Action, 'undo'>>;
}

/** What a rollback would put back, newest first. @throws PreflightError past the point of no return. */
export function planRollback(run: {
  id: string;
  plan: Plan;
  state: RunState;
  actions: ActionRegistry;
}): Undo[] {
  const steps = new Map(allSteps(run.plan).map((step) => [step.id, step]));
  const undos: Undo[] = [];
  const seen = new Set<string>();
  for (const execution of run.state.executions.toReversed()) {
    const step = steps.get(execution.step);
    if (step === undefined || execution.always || !execution.begun || execution.status === 'undone') continue;
    if (step.pointOfNoReturn) {
      throw new PreflightError(
        `run ${run.id} is past its point of no return (${step.title}); nothing was put back`,
        {
          hint: `\`sense-runbook resume ${run.id}\` goes on. The plan names the way back from here: \`sense-runbook runs report ${run.id}\`.`,
        },
      );
    }
    const action = run.actions.get(step.uses);
    const key = `${execution.step} ${execution.node}`;
    if (action?.undo === undefined || seen.has(key)) continue;
    seen.add(key);
    undos.push({ step, execution, action: action as Undo['action'] });
  }
  return undos;
}

/** Puts everything back, newest first; stops at the first thing that cannot be. The always-steps run after it. */
export async function rollBack(run: ActiveRun, undos: readonly Undo[]): Promise<RunResult> {
  let failure: StepFailure | undefined;
  for (const undo of undos) {
    try {
      await undoOne(run, undo);
    } catch (error) {
      failure = new StepFailure(undo.step, undo.execution.node, error);
      break;
    }
  }
  if (failure !== undefined && insideBracket(run.plan, run.state())) return conclude(run, failure, []);
  const result = conclude(run, failure, await runAlways(run));
  return result.outcome === 'done' ? { ...result, outcome: 'rolled-back' } : result;
}

async function undoOne(run: ActiveRun, { step, execution, action }: Undo): Promise<void> {
  const { node, attempt, before, outputs } = execution;
  const key = { step: step.id, node, attempt };
  const signal = run.options.hurry;
  const { clock } = run.collaborators;
  const started = clock.monotonic();
  const title = `Put back: ${step.title}`;
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
