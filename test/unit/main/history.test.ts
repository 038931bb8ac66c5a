import { describe, expect, it } from 'vitest';
import type { RunReport } from '../../../src/engine/types.ts';
import { readHistory } from '../../../src/main/history.ts';
import { fakeEngine } from '../commands/fake-context.ts';
import { sampleReport, sampleRun } from '../report/samples.ts';

function engineWith(
  runs: readonly { id: string; outcome?: 'failed'; runbook?: string; times: readonly number[] }[],
) {
  const step = { step: 'dump', title: 'Dump', status: 'done' as const, attempt: 1, always: false };
  return fakeEngine({
    runs: () =>
      Promise.resolve(
        runs.map(({ id, outcome, runbook }) =>
          sampleRun({ id, outcome: outcome ?? 'done', runbook: runbook ?? 'backup' }),
        ),
      ),
    report: (id): Promise<RunReport> => {
      const times = runs.find((run) => run.id === id)?.times ?? [];
      const steps = times.map((durationMs, index) => ({ ...step, node: `n${String(index)}`, durationMs }));
      return Promise.resolve(sampleReport({ steps }));
    },
  });
}

describe('readHistory', () => {
  it('takes the slowest node of a step and the middle of the good runs', async () => {
    const engine = engineWith([
      { id: 'a', times: [10, 300] },
      { id: 'b', times: [100] },
      { id: 'c', times: [200] },
      { id: 'd', outcome: 'failed', times: [9000] },
      { id: 'e', runbook: 'other', times: [9000] },
    ]);
    const history = await readHistory(engine, await engine.runs(), 'backup');
    expect(history.runs).toBe(3);
    expect(history.predict('dump')).toBe(200);
    expect(history.predict('unknown')).toBeUndefined();
  });

  it('forgets what is older than the newest five', async () => {
    const runs = [9000, 9000, 9000, 1, 2, 3, 4, 5].map((time, index) => ({
      id: String(index),
      times: [time],
    }));
    const engine = engineWith(runs);
    const history = await readHistory(engine, await engine.runs(), 'backup');
    expect(history.runs).toBe(5);
    expect(history.predict('dump')).toBe(3);
  });
});
