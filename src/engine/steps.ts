import { InterruptedError, SiteDownError, StoppedError, UsageError, messageOf } from '../contract/errors.ts';
import { awaited, stepsOf, type PlanItem, type PlanStep, type PlannedExecution } from '../contract/plan.ts';
import { whyLeftOut } from '../runbook/runtime.ts';
import type { ActiveRun } from './active-run.ts';
import { attemptStep, type StepMode } from './attempt.ts';
import { createGate } from './gate.ts';
import { decide, type Decision } from './guided.ts';

/** A step that failed, with the error as its cause of stopping the run. */
export class StepFailure {
  readonly step: PlanStep;
  readonly node: string;
  readonly error: unknown;
  /** Steps that an interruption met together with this one. */
  readonly beside: readonly PlanStep[];

  constructor(step: PlanStep, node: string, error: unknown, beside: readonly PlanStep[] = []) {
    this.step = step;
    this.node = node;
    this.error = error;
    this.beside = beside;
  }
}

/** Which executions of a step are still to be done; all of them on a first run. */
export type Remaining = (step: PlanStep) => readonly PlannedExecution[];

const EVERYTHING: Remaining = (step) => step.executions;

/** Runs items in order, parallel groups side by side; stops at the first failure. */
export async function runItems(
  run: ActiveRun,
  items: readonly PlanItem[],
  mode: StepMode,
  remaining: Remaining = EVERYTHING,
): Promise<StepFailure | undefined> {
  for (const item of items) {
    // What the plan leaves out anyway was not interrupted.
    const wanted = stepsOf([item]).filter(({ skipped }) => skipped === undefined);
    if (!mode.always && run.options.signal.aborted && wanted.length > 0) return interrupted(run, wanted);
    const failure =
      'parallel' in item
        ? await runParallel(run, item.parallel, mode, remaining)
        : await runStep(run, item, mode, remaining);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

function interrupted(run: ActiveRun, [step, ...beside]: readonly PlanStep[]): StepFailure | undefined {
  if (step === undefined) return undefined;
  return new StepFailure(step, step.executions[0]?.node ?? '', run.options.signal.reason, beside);
}

async function runParallel(
  run: ActiveRun,
  steps: readonly PlanStep[],
  mode: StepMode,
  remaining: Remaining,
): Promise<StepFailure | undefined> {
  const decided = await askAboutGroup(run, steps, mode, remaining);
  if (decided instanceof StepFailure) return decided;
  const group = new AbortController();
  const failures: StepFailure[] = [];
  const gates = new Map(steps.map((step) => [step.id, createGate(remaining(step).length)]));
  await Promise.all(
    steps.map(async (step) => {
      const gate = gates.get(step.id);
      const waits = (step.after ?? []).map(awaited);
      const passed = await Promise.all(
        waits.map(async ({ step: id, milestone }) => gates.get(id)?.passed(milestone)),
      );
      // What it waited for, or what ended the group, tells why it does not run.
      if (waits.length > 0 && (passed.includes(false) || group.signal.aborted)) {
        gate?.close(false);
        return;
      }
      const onMilestone = (milestone: string): void => gate?.reach(milestone);
      const late = waits.length > 0 && !mode.always && run.options.signal.aborted;
      const failure = late
        ? interrupted(run, [step])
        : await runStep(run, step, { ...mode, group: group.signal, onMilestone, decided }, remaining);
      gate?.close(failure === undefined);
      if (failure === undefined) return;
      failures.push(failure);
      group.abort(new InterruptedError(`ended, because ${failure.step.id} failed beside it`));
    }),
  );
  return allInterrupted(run, steps, failures) ?? worst(failures);
}

/** Which step of a group an interruption met first is chance: all of them are named. */
function allInterrupted(
  run: ActiveRun,
  steps: readonly PlanStep[],
  failures: readonly StepFailure[],
): StepFailure | undefined {
  if (!failures.every(({ error }) => error instanceof InterruptedError)) return undefined;
  const [first, ...beside] = steps.filter((step) => failures.some((failure) => failure.step === step));
  const found = failures.find(({ step }) => step === first);
  return first === undefined || found === undefined
    ? undefined
    : new StepFailure(
        first,
        found.node,
        run.options.signal.aborted ? run.options.signal.reason : found.error,
        beside,
      );
}

/** Runs one step on all its nodes, side by side. */
export async function runStep(
  run: ActiveRun,
  step: PlanStep,
  mode: StepMode,
  remaining: Remaining = EVERYTHING,
): Promise<StepFailure | undefined> {
  const executions = remaining(step);
  try {
    const reason = whySkipped(run, step);
    if (reason !== undefined) {
      skipStep(run, step, executions, reason, mode);
      return undefined;
    }
    const decision = mode.decided?.get(step.id) ?? (await ask(run, step, executions, mode));
    if (decision === 'settled') return undefined;
  } catch (error) {
    return new StepFailure(step, executions[0]?.node ?? '', error);
  }
  const failures: StepFailure[] = [];
  await Promise.all(
    executions.map(async (planned) => {
      try {
        await withRetries(run, step, planned, mode);
      } catch (error) {
        failures.push(new StepFailure(step, planned.node, error));
      }
    }),
  );
  const failure = worst(failures);
  if (failure === undefined || step.onFailure === 'stop' || run.options.signal.aborted) return failure;
  for (const { node, error } of failures)
    run.warn(`${step.title} failed on ${node}: ${messageOf(error)}`, undefined, step.id);
  return undefined;
}

function whySkipped(run: ActiveRun, step: PlanStep): string | undefined {
  if (step.skipped !== undefined) return step.skipped;
  return step.when === undefined ? undefined : whyLeftOut(step.when, run.scope());
}

async function ask(
  run: ActiveRun,
  step: PlanStep,
  executions: readonly PlannedExecution[],
  mode: StepMode,
): Promise<Decision> {
  return mode.always || executions.length === 0 ? 'run' : decide(run, step, executions);
}

/** In guided mode the questions about a group come one after another, before anything of it begins. */
async function askAboutGroup(
  run: ActiveRun,
  steps: readonly PlanStep[],
  mode: StepMode,
  remaining: Remaining,
): Promise<ReadonlyMap<string, Decision> | StepFailure> {
  const decided = new Map<string, Decision>();
  if (!run.options.guided) return decided;
  for (const step of steps) {
    try {
      if (!isLeftOut(run, step)) decided.set(step.id, await ask(run, step, remaining(step), mode));
    } catch (error) {
      return new StepFailure(step, remaining(step)[0]?.node ?? '', error);
    }
  }
  return decided;
}

/** A condition on what a step of the same group finds out is not known yet: then it is asked about. */
function isLeftOut(run: ActiveRun, step: PlanStep): boolean {
  try {
    return whySkipped(run, step) !== undefined;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return false;
  }
}

/** Leaves a step out on the nodes of these executions: journaled and told, with the reason. */
export function skipStep(
  run: ActiveRun,
  step: PlanStep,
  executions: readonly PlannedExecution[],
  reason: string,
  mode: StepMode,
): void {
  for (const { node } of executions) {
    run.appendIfPossible({
      type: 'skipped',
      step: step.id,
      node,
      title: step.title,
      reason,
      always: mode.always,
    });
    run.emit({
      type: 'step-finished',
      step: step.id,
      node,
      title: step.title,
      status: 'skipped',
      durationMs: 0,
      reason,
    });
  }
}

async function withRetries(
  run: ActiveRun,
  step: PlanStep,
  planned: PlannedExecution,
  mode: StepMode,
): Promise<void> {
  const attempts = step.retry?.attempts ?? 1;
  const delayMs = step.retry?.delayMs ?? 0;
  // What waited for a milestone goes on by then, and another attempt would reach it at another moment.
  let final = false;
  const onMilestone = (milestone: string): void => {
    final = true;
    mode.onMilestone?.(milestone);
  };
  for (let attempt = 1; ; attempt += 1) {
    try {
      await attemptStep(run, step, planned, { ...mode, onMilestone });
      return;
    } catch (error) {
      const cancelled = !mode.always && (run.options.signal.aborted || mode.group?.aborted === true);
      if (attempt >= attempts || final || cancelled || error instanceof StoppedError) throw error;
      run.emit({
        type: 'step-retried',
        step: step.id,
        node: planned.node,
        attempt: attempt + 1,
        delayMs,
        reason: messageOf(error),
      });
      await run.collaborators.clock.sleep(delayMs, mode.always ? undefined : run.options.signal);
    }
  }
}

/** The failure that decides: a site that is down before anything else, a real failure before a branch ended with it. */
function worst(failures: readonly StepFailure[]): StepFailure | undefined {
  return (
    failures.find(({ error }) => error instanceof SiteDownError) ??
    failures.find(({ error }) => !(error instanceof InterruptedError)) ??
    failures[0]
  );
}
