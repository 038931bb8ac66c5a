import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openPredictions } from '../../../src/main/predictions.ts';
import { appendHistory } from '../../../src/vault/history.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { engineWithRuns, stepOf, type RecordedRun } from './recorded-runs.ts';

const SET = '20261124T010000Z-ab12cd';

async function drilledVault() {
  const folder = join(temporaryFolder(), SET);
  await mkdir(folder);
  await appendHistory(folder, {
    schemaVersion: 1,
    kind: 'drill',
    verdict: 'passed',
    at: '2026-11-24T03:00:00.000Z',
    durationMs: 9000,
    restoreMs: 4200,
    manifestSha256: 'a',
    differences: [],
    host: 'qs1',
    tool: 'sense-runbook 0.1.0',
  });
  return { histories: vi.fn(() => Promise.resolve([{ set: SET, folder }])) };
}

const nodes = stepOf('check-nodes', 'check.nodes');
const load = stepOf('load', 'restore.load', { input: { set: SET, copy: '' } });
const run = (runbook: string, time: number): RecordedRun => ({
  runbook,
  steps: [nodes, load],
  times: { 'check-nodes': time },
});

describe('the prediction of a step', () => {
  it('is by earlier runs of the same runbook, whatever others say; then the others are not read', async () => {
    const engine = engineWithRuns([run('restore', 10), run('backup', 900)]);
    const plan = vi.spyOn(engine, 'plan');
    const { predict, history } = await openPredictions({ engine, sets: [] }, 'restore');
    expect(await predict(nodes)).toEqual({ predictedMs: 10 });
    expect(history).toEqual({ runs: 1 });
    expect(plan).not.toHaveBeenCalled();
  });

  it('is by runs of other runbooks when the same one never ran', async () => {
    const engine = engineWithRuns([run('backup', 900)]);
    const { predict, history } = await openPredictions({ engine, sets: [] }, 'restore');
    expect(await predict(nodes)).toEqual({ predictedMs: 900, predictedFrom: { runs: ['backup'] } });
    expect(history).toEqual({ runs: 0 });
    expect(await predict({ ...nodes, skipped: 'not wanted' })).toBeUndefined();
    expect(await predict(stepOf('share', 'restore.share'))).toBeUndefined();
  });

  it('of loading databases is by a drill of the set', async () => {
    const vault = await drilledVault();
    const { predict } = await openPredictions({ engine: engineWithRuns([]), sets: [vault] }, 'restore');
    expect(await predict(nodes)).toBeUndefined();
    expect(vault.histories).not.toHaveBeenCalled();
    const drilled = { predictedMs: 4200, predictedFrom: { drill: SET } };
    expect(await predict(load)).toEqual(drilled);
    const all = stepOf('load', 'restore.load', { input: { set: SET, databases: [''] } });
    expect(await predict(all)).toEqual(drilled);
  });

  it('of loading one database is none: a drill loads all of them', async () => {
    const { predict } = await openPredictions(
      { engine: engineWithRuns([]), sets: [await drilledVault()] },
      'restore',
    );
    const one = stepOf('load', 'restore.load', { input: { set: SET, databases: ['QSR'] } });
    expect(await predict(one)).toBeUndefined();
  });

  it('of loading databases is by restores rather than by a drill', async () => {
    const restored = { ...run('restore-same-host', 1), times: { load: 5000 } };
    const { predict } = await openPredictions(
      { engine: engineWithRuns([restored]), sets: [await drilledVault()] },
      'restore-new-host',
    );
    expect(await predict(load)).toEqual({
      predictedMs: 5000,
      predictedFrom: { runs: ['restore-same-host'] },
    });
  });
});
