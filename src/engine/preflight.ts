import type { CheckResult } from '../contract/action.ts';
import { PreflightError, messageOf } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import { stepsOf, type Plan } from '../contract/plan.ts';
import { ActiveRun, type Recorder } from './active-run.ts';
import type { JournalEntry, JournalRecord } from './records.ts';
import { runStep } from './steps.ts';
import type { EngineCollaborators } from './types.ts';

/** What the preflight steps found; the records go into the journal if a run is made of it. */
export interface PreflightResult {
  readonly checks: readonly CheckResult[];
  readonly records: readonly JournalRecord[];
}

/** A journal in memory, for looking without leaving a trace. */
function createMemoryRecorder(
  now: () => Date,
): Recorder & { records: JournalRecord[]; entries: JournalEntry[] } {
  const records: JournalRecord[] = [];
  const entries: JournalEntry[] = [];
  return {
    records,
    entries,
    append(record) {
      records.push(record);
      entries.push({ ...record, seq: entries.length + 1, at: now().toISOString(), prev: '' });
    },
  };
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
  for (const step of plan.sections
    .filter(({ preflight }) => preflight)
    .flatMap(({ items }) => stepsOf(items))) {
    const failure = await runStep(run, step, { always: false });
    options.signal.throwIfAborted();
    const found =
      failure === undefined
        ? run
            .state()
            .executions.filter((execution) => execution.step === step.id)
            .flatMap(({ outputs }) => checksOf(outputs))
        : [
            {
              id: step.id,
              status: 'failed' as const,
              message: `${step.title}: ${messageOf(failure.error)}`,
              ...hintOf(failure.error),
            },
          ];
    for (const result of found) {
      checks.push(result);
      recorder.append({ type: 'check', step: step.id, result });
      run.emit({ type: 'check', step: step.id, result });
      if (result.status === 'warning') run.warn(result.message, result.hint, step.id);
    }
  }
  return { checks, records: recorder.records };
}

/** The `checks` an action's outputs carry. */
function checksOf(outputs: JsonObject | undefined): CheckResult[] {
  const checks = outputs?.['checks'];
  return Array.isArray(checks) ? (checks as unknown as CheckResult[]) : [];
}

function hintOf(error: unknown): { hint?: string } {
  const hint = error instanceof Error && 'hint' in error ? error.hint : undefined;
  return typeof hint === 'string' ? { hint } : {};
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
