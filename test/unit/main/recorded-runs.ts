import type { PlannedExecution, PlanStep } from '../../../src/contract/plan.ts';
import type { Engine, RunSummary, StepRecord } from '../../../src/engine/types.ts';
import { fakeEngine } from '../commands/fake-context.ts';
import { samplePlan, sampleReport, sampleRun, sampleStep } from '../report/samples.ts';

/** A run that was: its steps, and how long each took on each node. */
export interface RecordedRun {
  readonly runbook: string;
  readonly outcome?: RunSummary['outcome'];
  readonly steps: readonly PlanStep[];
  /** Milliseconds by step; of a list, one for each node. */
  readonly times: Readonly<Record<string, number | readonly number[]>>;
}

/** An engine that has these runs, the oldest first. */
export function engineWithRuns(runs: readonly RecordedRun[]): Engine {
  const at = (id: string): RecordedRun => {
    const run = runs[Number(id)];
    if (run === undefined) throw new Error(`there is no run ${id}`);
    return run;
  };
  return fakeEngine({
    runs: () =>
      Promise.resolve(
        runs.map(({ runbook, outcome = 'done' }, index) =>
          sampleRun({ id: String(index), runbook, outcome }),
        ),
      ),
    plan: (id) =>
      Promise.resolve(
        samplePlan({
          sections: [{ id: 'main', preflight: false, restart: 'step', items: at(id).steps }],
          always: [],
        }),
      ),
    report: (id) => Promise.resolve(sampleReport({ steps: recordsOf(at(id)) })),
  });
}

function recordsOf({ times }: RecordedRun): StepRecord[] {
  return Object.entries(times).flatMap(([step, time]) =>
    [time].flat().map((durationMs, index) => ({
      step,
      node: `n${String(index)}`,
      title: step,
      status: 'done' as const,
      attempt: 1,
      always: false,
      durationMs,
    })),
  );
}

/** A step with one execution. */
export function stepOf(
  id: string,
  uses: string,
  execution: Partial<PlannedExecution> = {},
  changes: Partial<PlanStep> = {},
): PlanStep {
  return sampleStep(id, {
    uses,
    executions: [{ node: 'central', input: {}, operations: [], outputs: {}, notes: [], ...execution }],
    ...changes,
  });
}
