import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Operation } from '../../../src/contract/operation.ts';
import type { PlanStep } from '../../../src/contract/plan.ts';
import { readComparableRuns } from '../../../src/main/comparable-runs.ts';
import { loadRunbookFile } from '../../../src/runbook/load.ts';
import { engineWithRuns, stepOf, type RecordedRun } from './recorded-runs.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

async function predicted(step: PlanStep, runs: readonly RecordedRun[], runbook = 'restore') {
  const engine = engineWithRuns(runs);
  return (await readComparableRuns(engine, await engine.runs(), runbook)).predict(step);
}

function stop(certain: boolean): Operation {
  const operation = { kind: 'service', verb: 'stop', service: 'Engine', effect: 'change' } as const;
  return certain ? operation : { ...operation, repeat: true };
}

const nodes = stepOf('check-nodes', 'check.nodes');
const backup = (milliseconds: number): RecordedRun => ({
  runbook: 'backup',
  steps: [nodes],
  times: { 'check-nodes': milliseconds },
});

describe('runs of other runbooks', () => {
  it('tell how long the same took: in the middle of the newest five, the slowest node counting', async () => {
    const runs = [9000, 9000, 1, 2, 3, 4].map(backup);
    const last = { ...backup(0), times: { 'check-nodes': [1, 5] } };
    expect(await predicted(nodes, [...runs, last])).toEqual({ milliseconds: 3, runbooks: ['backup'] });
  });

  it('are not those of the same runbook, and none that failed', async () => {
    const runs: RecordedRun[] = [backup(1), { ...backup(2), outcome: 'failed' }];
    expect(await predicted(nodes, runs, 'backup')).toBeUndefined();
    expect(await predicted(nodes, runs)).toEqual({ milliseconds: 1, runbooks: ['backup'] });
  });

  it('are named, and one that runs often does not hide one that runs seldom', async () => {
    const drill: RecordedRun = {
      runbook: 'drill',
      steps: [stepOf('lock', 'vault.lock')],
      times: { lock: 7 },
    };
    const runs = [drill, ...[1, 1, 1, 1, 1, 1].map(backup)];
    expect(await predicted(stepOf('lock-vault', 'vault.lock'), runs)).toEqual({
      milliseconds: 7,
      runbooks: ['drill'],
    });
  });

  it('tell by what is done, not by what a step is called', async () => {
    const run: RecordedRun = {
      runbook: 'backup',
      steps: [stepOf('check-vault', 'check.vault', { input: { for: 'write' } }), stepOf('x', 'check.nodes')],
      times: { 'check-vault': 5, x: 6 },
    };
    const remove = stepOf('check-vault', 'check.vault', { input: { for: 'remove' } });
    expect(await predicted(remove, [run])).toBeUndefined();
    expect((await predicted(nodes, [run]))?.milliseconds).toBe(6);
    expect(await predicted({ ...nodes, executions: [] }, [run])).toBeUndefined();
    expect(await predicted(stepOf('x', 'check.nodes', { node: 'rim-1' }), [run])).toBeUndefined();
  });

  it('may be about another set', async () => {
    const on = (set: string) => stepOf('roles', 'restore.create-roles', { input: { set, copy: '' } });
    const run: RecordedRun = { runbook: 'restore-same-host', steps: [on('a')], times: { roles: 5 } };
    expect((await predicted(on('b'), [run]))?.milliseconds).toBe(5);
  });

  it('tell of a start of services what starting them again took', async () => {
    const again = stepOf('start-central', 'services.start-stopped');
    const run: RecordedRun = { runbook: 'backup', steps: [again], times: { 'start-central': 800 } };
    const start = stepOf('start-central', 'services.start');
    expect((await predicted(start, [run]))?.milliseconds).toBe(800);
    const rest = stepOf('after-all', 'services.start-stopped', { input: { remaining: true } });
    expect(await predicted(rest, [run])).toBeUndefined();
  });

  it('tell nothing of stopping services that are down already', async () => {
    const run: RecordedRun = {
      runbook: 'backup',
      steps: [stepOf('stop', 'services.stop', { operations: [stop(true)] })],
      times: { stop: 800 },
    };
    const up = stepOf('stop-central', 'services.stop', { operations: [stop(true)] });
    expect((await predicted(up, [run]))?.milliseconds).toBe(800);
    const down = stepOf('stop-central', 'services.stop', { operations: [stop(false)] });
    expect(await predicted(down, [run])).toBeUndefined();
  });

  it('tell nothing when they installed, since services start for longer then', async () => {
    const start = stepOf('start', 'services.start');
    const setup = stepOf('setup', 'installer.run');
    const upgrade: RecordedRun = { runbook: 'upgrade', steps: [setup, start], times: { start: 99_000 } };
    expect(await predicted(start, [upgrade])).toBeUndefined();
    const rehearsed = { ...upgrade, steps: [{ ...setup, skipped: 'not wanted' }, start] };
    expect((await predicted(start, [rehearsed]))?.milliseconds).toBe(99_000);
  });

  it('count the shortest when one did the same several times', async () => {
    const run: RecordedRun = {
      runbook: 'mine',
      steps: [stepOf('a', 'check.nodes'), stepOf('b', 'check.nodes')],
      times: { a: 8, b: 5 },
    };
    expect((await predicted(nodes, [run]))?.milliseconds).toBe(5);
  });
});

describe('the shipped restores', () => {
  it.each(['restore-same-host', 'restore-new-host'])('stop services as the backup does: %s', async (name) => {
    const stops = async (runbook: string) =>
      (await loadRunbookFile(join(ROOT, 'runbooks', `${runbook}.yaml`))).sections
        .flatMap(({ items }) => items.flatMap((item) => ('parallel' in item ? item.parallel : [item])))
        .filter(({ uses }) => uses === 'services.stop')
        .map((step) => ({ on: step.on, with: step.with }));
    expect(await stops(name)).toEqual(await stops('backup'));
    expect(await stops(name)).toHaveLength(3);
  });
});
