import type { JsonObject } from '../contract/json.ts';
import { TimeLimitError, UsageError, messageOf } from '../contract/errors.ts';
import type { PlannedExecution, PlanStep } from '../contract/plan.ts';
import { formatDuration } from '../foundation/human.ts';
import { resolveInput } from '../runbook/runtime.ts';
import type { ActiveRun } from './active-run.ts';
import { createLedger } from './ledger.ts';
import { nextAttempt } from './run-state.ts';
import type { AttemptKey } from './records.ts';
import { executeContext, readContext } from './step-context.ts';

/** How one step is run. */
export interface StepMode {
  /** It runs whatever happened: no Ctrl+C reaches it, and a journal that cannot be written does not stop it. */
  readonly always: boolean;
  /** Aborted when another branch of the same parallel group failed. */
  readonly group?: AbortSignal;
  /** What was answered about steps before their group began. */
  readonly decided?: ReadonlyMap<string, 'run' | 'settled'>;
  /** Told of each milestone that an execution reaches. */
  readonly onMilestone?: (milestone: string) => void;
}

/** Runs one step on one node once. @throws what the action throws, after it is journaled. */
export async function attemptStep(
  run: ActiveRun,
  step: PlanStep,
  planned: PlannedExecution,
  mode: StepMode,
): Promise<JsonObject> {
  const action = run.action(step.uses);
  const key: AttemptKey = {
    step: step.id,
    node: planned.node,
    attempt: nextAttempt(run.state(), step.id, planned.node),
  };
  const { clock } = run.collaborators;
  const started = clock.monotonic();
  const append = mode.always ? run.appendIfPossible.bind(run) : run.append.bind(run);
  const { signal, release } = attemptSignal(run, step, mode, action.onCancel);
  run.emit({ type: 'step-started', ...key, title: step.title, always: mode.always });
  try {
    signal.throwIfAborted();
    const scope = run.scope();
    const resolved = resolveInput(step, planned, scope);
    const input = parseInput(action.input.safeParse(resolved), step);
    const before = await action.prepare(input, readContext(run, step, key, signal));
    append(
      {
        type: 'intent',
        title: step.title,
        input: resolved,
        before,
        always: mode.always,
        undo: false,
        ...key,
      },
      true,
    );
    const bindings = new Map([...run.bindings, ...runBindings(scope.run)]);
    const ledger = createLedger(step.id, planned.operations, bindings);
    const outputs = await action.execute(
      input,
      before,
      executeContext({
        run,
        step,
        key,
        ledger,
        signal,
        always: mode.always,
        onMilestone: mode.onMilestone,
      }),
    );
    const durationMs = Math.round(clock.monotonic() - started);
    run.bindOutputs(step.id, planned, outputs);
    append(
      { type: 'result', title: step.title, outputs, durationMs, always: mode.always, undo: false, ...key },
      true,
    );
    run.emit({ type: 'step-finished', ...key, title: step.title, status: 'done', durationMs, outputs });
    return outputs;
  } catch (error) {
    const durationMs = Math.round(clock.monotonic() - started);
    const status = signal.aborted && !(signal.reason instanceof TimeLimitError) ? 'cancelled' : 'failed';
    const failure = {
      type: 'failure' as const,
      title: step.title,
      status,
      reason: messageOf(error),
      durationMs,
      always: mode.always,
      undo: false,
    } as const;
    run.appendIfPossible({ ...failure, ...key }, true);
    run.emit({
      type: 'step-finished',
      ...key,
      title: step.title,
      status,
      durationMs,
      reason: messageOf(error),
    });
    throw error;
  } finally {
    release();
  }
}

/** Values of the placeholders `<run.x>`, which change from step to step. */
function runBindings(values: JsonObject): [string, string][] {
  return Object.entries(values).flatMap(([name, value]): [string, string][] =>
    value === null || typeof value === 'object' ? [] : [[`<run.${name}>`, String(value)]],
  );
}

/** The input as the action reads it. @throws UsageError naming what it cannot use. */
export function parseInput(
  result:
    | { success: true; data: unknown }
    | { success: false; error: { issues: { path: PropertyKey[]; message: string }[] } },
  step: PlanStep,
): unknown {
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`);
  throw new UsageError(`step ${step.id} got an input that ${step.uses} cannot use: ${issues.join('; ')}`);
}

/** The step's time limit, the other branches, and the person: what of them may end this attempt. */
function attemptSignal(
  run: ActiveRun,
  step: PlanStep,
  mode: StepMode,
  onCancel: 'wait' | 'kill',
): { signal: AbortSignal; release: () => void } {
  const limit = new AbortController();
  const signals: AbortSignal[] = [limit.signal];
  if (!mode.always) {
    if (onCancel === 'kill') {
      signals.push(run.options.signal);
      if (mode.group !== undefined) signals.push(mode.group);
    } else {
      signals.push(run.options.hurry);
    }
  }
  // What starts services again has a limit for each of them; one over all would leave the last ones down.
  const unlimited = step.timeoutMs === undefined || (mode.always && step.reverses.length > 0);
  const timer = unlimited
    ? undefined
    : setTimeout(() => {
        limit.abort(
          new TimeLimitError(
            `step ${step.id} ran longer than its limit of ${formatDuration(step.timeoutMs ?? 0)}`,
            {
              hint: 'Look at what it waited for; a longer `timeout` in the runbook or in site.yaml gives it more time.',
            },
          ),
        );
      }, step.timeoutMs);
  return { signal: AbortSignal.any(signals), release: () => clearTimeout(timer) };
}
