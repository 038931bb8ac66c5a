import type { RunSummary } from '../../../../src/engine/types.ts';
import { newRecord } from '../../../../src/upgrade/journey/open-journey.ts';
import { readUpgradePlan, type SavedUpgradePlan } from '../../../../src/upgrade/journey/plan-file.ts';
import type { HopRecord, JourneyRecord } from '../../../../src/upgrade/journey/record.ts';
import { planUpgrade } from '../../../../src/upgrade/plan-upgrade.ts';
import type { UpgradePlan, UpgradeStart } from '../../../../src/upgrade/types.ts';

/** August 2022 Patch 5 on bundled 9.6: uninstall-patch, postgres-qpi, upgrade. */
export const THREE_HOPS: UpgradeStart = {
  release: 'August 2022 Patch 5',
  postgres: { version: '9.6', kind: 'bundled' },
  nodes: 3,
  serviceAccount: 'user',
  ssl: false,
};

/** A plan as `upgrade plan --out` saves it. */
export function savedPlan(start: UpgradeStart = THREE_HOPS, to = 'May 2025'): SavedUpgradePlan {
  return readUpgradePlan(planText(start, to), '/plans/plan.json');
}

export function planText(start: UpgradeStart = THREE_HOPS, to = 'May 2025'): string {
  return `${JSON.stringify(planUpgrade(start, { to }), null, 2)}\n`;
}

export function planOf(start: UpgradeStart = THREE_HOPS, to = 'May 2025'): UpgradePlan {
  return savedPlan(start, to).plan;
}

/** A record of the three hops, the first of them changed. */
export function recordWith(first: Partial<HopRecord> = {}, saved = savedPlan()): JourneyRecord {
  const record = newRecord(saved, {
    file: '/plans/plan.json',
    tool: 'test',
    startedAt: '2026-11-28T01:00:00.000Z',
    answers: { settings: {} },
  });
  const [hop, ...others] = record.hops;
  if (hop === undefined) throw new Error('the plan has no hops');
  return { ...record, hops: [{ ...hop, ...first }, ...others] };
}

/** A run of the engine, done unless told otherwise. */
export function runSummary(id: string, changes: Partial<RunSummary> = {}): RunSummary {
  return {
    id,
    folder: `/s/runs/${id}`,
    runbook: 'backup',
    title: 'A run',
    startedAt: '2026-11-28T01:00:00.000Z',
    endedAt: '2026-11-28T01:10:00.000Z',
    outcome: 'done',
    downtime: {},
    holdsSite: false,
    next: [],
    ...changes,
  };
}
