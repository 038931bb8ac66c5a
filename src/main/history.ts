import type { Engine } from '../engine/types.ts';

/** So many of the newest good runs are looked at. */
const RUNS = 5;

/** What earlier runs of a runbook say about the next one. */
export interface RunHistory {
  readonly runs: number;
  /** Milliseconds a step took, the slowest node counting, in the middle of the runs; undefined when it never ran. */
  predict(step: string): number | undefined;
}

/** Reads how long the steps of a runbook took in its newest good runs. */
export async function readHistory(engine: Engine, runbook: string): Promise<RunHistory> {
  const good = (await engine.runs())
    .filter((run) => run.runbook === runbook && run.outcome === 'done')
    .slice(-RUNS);
  const times = new Map<string, number[]>();
  for (const run of good) {
    const slowest = new Map<string, number>();
    for (const { step, status, durationMs, byHand } of (await engine.report(run.id)).steps)
      if (status === 'done' && durationMs !== undefined && byHand !== true)
        slowest.set(step, Math.max(slowest.get(step) ?? 0, durationMs));
    for (const [step, milliseconds] of slowest) times.set(step, [...(times.get(step) ?? []), milliseconds]);
  }
  return {
    runs: good.length,
    predict(step) {
      const sorted = (times.get(step) ?? []).sort((a, b) => a - b);
      return sorted[Math.floor(sorted.length / 2)];
    },
  };
}
