import type { CheckResult } from '../contract/action.ts';
import { PreflightError, messageOf, UsageError } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import { stepsOf, type Plan, type PlanStep } from '../contract/plan.ts';
import { ActiveRun } from './active-run.ts';
import { restsOn } from './dependents.ts';
import { createMemoryRecorder } from './memory-recorder.ts';
import type { JournalRecord } from './records.ts';
import { resolveInput } from '../runbook/runtime.ts';
import { runStep, skipStep } from './steps.ts';
import type { EngineCollaborators } from './types.ts';

/** What the preflight steps found; the records go into the journal if a run is made of it. */
export interface PreflightResult {
  readonly checks: readonly CheckResult[];
  readonly records: readonly JournalRecord[];
}

/** Runs every preflight step, also after one failed, so that the person sees all that is wrong at once. */
export async function runPreflight(
  plan: Plan,
  collaborators: EngineCollaborators,
  options: { signal: AbortSignal; secretParams: JsonObject },
): Promise<PreflightResult> {
  const recorder = createMemoryRecorder(() => collaborators.clock.now());
  const run = new ActiveRun({
    id: 'preflight',
    folder: '',
    plan,
    journal: recorder,
    options: { ...options, hurry: options.signal, guided: false },
    collaborators,
  });
  const checks: CheckResult[] = [];
  const failed = new Set<string>();
  for (const section of plan.sections.filter(({ preflight }) => preflight)) {
    const steps = stepsOf(section.items);
    const title = section.title === undefined ? {} : { title: section.title };
    run.emit({ type: 'section-started', section: section.id, ...title, steps: steps.length });
    for (const step of steps) {
      for (const result of await checkStep(run, step, failed)) {
        checks.push(result);
        if (result.status === 'failed') failed.add(step.id);
        recorder.append({ type: 'check', step: step.id, result });
        run.emit({ type: 'check', step: step.id, result });
        if (result.status === 'warning') run.warn(result.message, result.hint, step.id, { ofCheck: true });
      }
      options.signal.throwIfAborted();
    }
    const status = checks.some((check) => check.status === 'failed') ? 'failed' : 'done';
    run.emit({ type: 'section-finished', section: section.id, status });
  }
  return { checks, records: recorder.records };
}

/**
 * The results of one step; a step that could not look is itself a failed check. One that lacks what a failed check would
 * have told has nothing to say besides.
 */
async function checkStep(
  run: ActiveRun,
  step: PlanStep,
  failed: ReadonlySet<string>,
): Promise<CheckResult[]> {
  if (restsOn(step, failed) && !hasInput(run, step)) {
    skipStep(run, step, step.executions, 'a check before it failed, which finds out what it needs', {
      always: false,
    });
    return [];
  }
  const failure = await runStep(run, step, { always: false });
  if (failure === undefined) {
    const executions = run.state().executions.filter((execution) => execution.step === step.id);
    return executions.flatMap(({ outputs }) => checksOf(outputs));
  }
  if (failure.error instanceof UsageError && restsOn(step, failed)) return [];
  const message = `${step.title}: ${messageOf(failure.error)}`;
  return [{ id: step.id, status: 'failed', message, ...hintOf(failure.error) }];
}

/** Whether everything is known by now that the input of a step is made of. */
function hasInput(run: ActiveRun, step: PlanStep): boolean {
  try {
    for (const planned of step.executions) resolveInput(step, planned, run.scope());
    return true;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

/** The `checks` an action's outputs carry: no outputs but those of checks have something of that name. */
function checksOf(outputs: JsonObject | undefined): CheckResult[] {
  const checks = outputs?.['checks'];
  return Array.isArray(checks) ? (checks as unknown as CheckResult[]) : [];
}

function hintOf(error: unknown): { hint?: string } {
  const hint = error instanceof Error && 'hint' in error ? error.hint : undefined;
  return typeof hint === 'string' ? { hint } : {};
}

/** Of a run that goes on: what only matters before it begins is no more than a warning. */
export function whatIsLeft(checks: readonly CheckResult[]): CheckResult[] {
  return checks.map((check) =>
    check.beforehand === true && check.status === 'failed' ? { ...check, status: 'warning' } : check,
  );
}

/** @throws PreflightError naming everything that failed. */
export function refuseFailedChecks(checks: readonly CheckResult[]): void {
  const failed = checks.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return;
  const hints = [...new Set(failed.flatMap(({ hint }) => (hint === undefined ? [] : [hint])))];
  const list = failed.map(
    (check) => `  - ${check.message}${check.node === undefined ? '' : ` (${check.node})`}`,
  );
  throw new PreflightError(
    [
      `${String(failed.length)} preflight ${failed.length === 1 ? 'check' : 'checks'} failed; nothing was changed`,
      ...list,
    ].join('\n'),
    { hint: hints.length === 0 ? '`sense-runbook doctor` shows every check.' : hints.join('\n') },
  );
}
