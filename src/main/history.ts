import type { Engine, RunReport, RunSummary } from '../engine/types.ts';

/** So many of the newest good runs are looked at. */
export const RUNS = 5;

/** What earlier runs of a runbook say about the next one. */
export interface RunHistory {
  readonly runs: number;
  /** Milliseconds a step took, the slowest node counting, in the middle of the runs; undefined when it never ran. */
  predict(step: string): number | undefined;
}

/** Reads how long the steps of a runbook took in its newest good runs. */
export async function readHistory(
  engine: Pick<Engine, 'report'>,
  all: readonly RunSummary[],
  runbook: string,
): Promise<RunHistory> {
  const good = all.filter((run) => run.runbook === runbook && run.outcome === 'done').slice(-RUNS);
  const times = new Map<string, number[]>();
  for (const run of good)
    for (const [step, milliseconds] of stepTimes(await engine.report(run.id)))
      times.set(step, [...(times.get(step) ?? []), milliseconds]);
  return { runs: good.length, predict: (step) => middle(times.get(step) ?? []) };
}

/** Milliseconds that each step of a run took which the tool itself did, the slowest node counting; by its id. */
export function stepTimes({ steps }: Pick<RunReport, 'steps'>): ReadonlyMap<string, number> {
  const slowest = new Map<string, number>();
  for (const { step, status, durationMs, byHand } of steps)
    if (status === 'done' && durationMs !== undefined && byHand !== true)
      slowest.set(step, Math.max(slowest.get(step) ?? 0, durationMs));
  return slowest;
}

/** The value in the middle, the larger one of two; undefined when there is none. */
export function middle(values: readonly number[]): number | undefined {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
