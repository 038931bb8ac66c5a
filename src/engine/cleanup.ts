import { messageOf } from '../contract/errors.ts';
import type { Operation } from '../contract/operation.ts';
import { allSteps, type PlanStep } from '../contract/plan.ts';
import { formatBytes, formatCount } from '../foundation/human.ts';
import type { ActiveRun } from './active-run.ts';
import { createLedger } from './ledger.ts';
import { keptBy } from './lasting.ts';
import type { AttemptKey } from './records.ts';
import type { Execution } from './run-state.ts';
import { executeContext, readContext } from './step-context.ts';
import { StepFailure } from './steps.ts';
import { warningsOf } from './warnings.ts';
import { conclude } from './work.ts';
import type { Kept, RunResult } from './types.ts';

/** Looks what the steps of a done run keep, newest first. @throws what an action throws that cannot look. */
export async function whatIsKept(run: ActiveRun): Promise<Kept[]> {
  const kept: Kept[] = [];
  for (const execution of keptBy(run.plan, run.state(), run.collaborators.actions)) {
    const step = stepOf(run, execution);
    const action = run.action(step.uses);
    const key = keyOf(execution);
    const described = await action.describeDiscard?.(
      action.input.parse(execution.input),
      execution.before,
      execution.outputs,
      readContext(run, step, key, run.options.signal),
    );
    const { operations = [], estimate, notes = [], approval = [] } = described ?? {};
    kept.push({ ...key, title: step.title, operations, ...estimate, notes, lines: approval });
  }
  return kept;
}

/** The lines of the question: every path, database and size that goes, and what that means. */
export function keptLines(kept: readonly Kept[]): string[] {
  const there = kept.filter(({ operations }) => operations.length > 0);
  return [
    ...there.flatMap(({ title, node, operations, lines, bytes, files }) => [
      `What "${title}" (${node}) keeps${sizeOf({ bytes, files })}:`,
      ...(lines.length > 0 ? lines : operations.filter(({ effect }) => effect !== 'read').map(goneText)),
    ]),
    'Afterwards the run can no longer be rolled back.',
  ];
}

function sizeOf({ bytes, files }: { bytes: number | undefined; files: number | undefined }): string {
  const sizes = [
    ...(bytes === undefined ? [] : [formatBytes(bytes)]),
    ...(files === undefined ? [] : [formatCount(files, 'file')]),
  ];
  return sizes.length === 0 ? '' : `, ${sizes.join(' in ')}`;
}

function goneText(operation: Operation): string {
  switch (operation.kind) {
    case 'file':
      return `Gone afterwards: ${operation.path}`;
    case 'sql':
      return `In database ${operation.database}: ${operation.text}`;
    case 'certificate':
      return `Gone afterwards: certificate ${operation.subject ?? operation.thumbprint ?? ''} in ${operation.store}`;
    case 'command':
      return `Runs: ${operation.argv.join(' ')}`;
    case 'http':
      return `${operation.method} ${operation.url}`;
    case 'service':
      return `${operation.verb} ${operation.service}`;
    case 'start-type':
      return `start type ${operation.startType} for ${operation.service}`;
    case 'human':
      return `By hand: ${operation.text}`;
  }
}

/**
 * Removes it, newest first; stops at the first thing that cannot be removed. Every removal is journaled around, so that
 * a cleanup that was cut off goes on where it was. Of how the run ended nothing changes.
 */
export async function discardAll(run: ActiveRun, kept: readonly Kept[]): Promise<RunResult> {
  const before = run.entries.length;
  let failure: StepFailure | undefined;
  for (const one of kept) {
    const execution = run
      .state()
      .executions.find(
        (other) => other.step === one.step && other.node === one.node && other.attempt === one.attempt,
      );
    if (execution === undefined) continue;
    const step = stepOf(run, execution);
    try {
      run.options.signal.throwIfAborted();
      await discardOne(run, step, execution, one);
    } catch (error) {
      failure = new StepFailure(step, one.node, error);
      break;
    }
  }
  const result = conclude(run, failure, []);
  return { ...result, downtime: {}, warnings: warningsOf(run.entries.slice(before)) };
}

async function discardOne(run: ActiveRun, step: PlanStep, execution: Execution, kept: Kept): Promise<void> {
  const action = run.action(step.uses);
  const key = keyOf(execution);
  const title = `Remove what is kept: ${step.title}`;
  const { clock } = run.collaborators;
  const started = clock.monotonic();
  const took = (): number => Math.round(clock.monotonic() - started);
  const about = { title, always: false, undo: false, discard: true as const, ...key };
  // An action that is waited for is not cut off by the first Ctrl+C.
  const signal = action.onCancel === 'kill' ? run.options.signal : run.options.hurry;
  run.emit({ type: 'step-started', ...key, title, always: false });
  try {
    const input = action.input.parse(execution.input);
    run.append({ type: 'intent', input: execution.input, before: execution.before, ...about }, true);
    const ledger = createLedger(step.id, kept.operations, run.bindings);
    const context = executeContext({ run, step, key, ledger, signal, always: false });
    if (kept.operations.length > 0)
      await action.discard?.(input, execution.before, execution.outputs, context);
    run.append({ type: 'result', outputs: {}, durationMs: took(), ...about }, true);
    run.emit({ type: 'step-finished', ...key, title, status: 'done', durationMs: took() });
  } catch (error) {
    const reason = messageOf(error);
    const status = signal.aborted ? ('cancelled' as const) : ('failed' as const);
    run.appendIfPossible({ type: 'failure', status, reason, durationMs: took(), ...about }, true);
    run.emit({ type: 'step-finished', ...key, title, status, durationMs: took(), reason });
    throw error;
  }
}

function keyOf({ step, node, attempt }: Execution): AttemptKey {
  return { step, node, attempt };
}

function stepOf(run: ActiveRun, { step }: Execution): PlanStep {
  const found = allSteps(run.plan).find(({ id }) => id === step);
  if (found === undefined) throw new Error(`the journal names step ${step}, which the plan has not`);
  return found;
}
