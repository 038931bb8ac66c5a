import { describe, expect, it } from 'vitest';
import { planUpgrade } from '../../../../src/upgrade/plan-upgrade.ts';
import type { HopKind } from '../../../../src/upgrade/types.ts';
import {
  expectHops,
  expectPath,
  last,
  may2023ForQpi,
  QPI_FROM_9_6,
  said,
  shape,
  site,
  unknown,
} from './expect-path.ts';

/** Which of the two ways of 2.6, p. 145 is cheaper depends on how long the hops take. */
function minutes(uninstallPatch: number): Record<HopKind, number> {
  return {
    upgrade: 60,
    'uninstall-patch': uninstallPatch,
    patch: 30,
    'postgres-qpi': 60,
    'postgres-standalone': 60,
    'upgrade-after-uninstall': 60,
  };
}

describe('patches', () => {
  const patched = site('August 2022', '9.6', 'bundled', { patch: 5 });
  const byUninstall = [
    { hop: ['uninstall-patch', 'August 2022 Patch 5', 'August 2022'], because: 'qpi-initial', pages: [145] },
    QPI_FROM_9_6,
    last('August 2022', 'May 2025'),
  ] as const;
  const byRelease = [
    { hop: ['upgrade', 'August 2022 Patch 5', 'May 2023'], because: 'qpi-initial', pages: [145] },
    QPI_FROM_9_6,
    last('May 2023', 'May 2025'),
  ] as const;

  it('are uninstalled before the installer of PostgreSQL, where that is quicker (2.6, p. 145)', () => {
    const plan = planUpgrade(patched, { to: 'May 2025' }, { alternatives: 3, minutes: minutes(10) });
    expectHops(plan.hops, byUninstall);
    const others = plan.alternatives.map(({ hops }) => shape(hops).join());
    expect(others).toContain(
      byRelease.map(({ hop: [kind, from, to] }) => `${kind}: ${from} -> ${to}`).join(),
    );
  });

  it('go with an upgrade to a later initial release, where that is quicker (2.6, p. 145)', () => {
    const plan = planUpgrade(patched, { to: 'May 2025' }, { minutes: minutes(600) });
    expectHops(plan.hops, byRelease);
  });

  it('may stand in the name of the release that is started from', () => {
    const named = planUpgrade({ ...site('August 2022 Patch 5', '9.6'), patch: 5 }, { to: 'May 2025' });
    expect(named.from).toBe('August 2022 Patch 5');
    expect(shape(named.hops)).toEqual(shape(planUpgrade(patched, { to: 'May 2025' }).hops));
  });

  it('stay where no installer of PostgreSQL is run: an upgrade replaces them (chapter 3, p. 164)', () => {
    const plan = expectPath(site('February 2022', '12.5', 'bundled', { patch: 9 }), 'May 2025', [
      last('February 2022 Patch 9', 'May 2025'),
    ]);
    expect(plan.hops[0]?.stateAfter.patch).toBe('none');
  });

  it('of unknown number are asked for, and the installer of PostgreSQL never meets one (2.6, p. 145)', () => {
    const start = unknown(site('August 2022', '9.6'), 'patch');
    const plan = planUpgrade(start, { to: 'May 2025' }, { minutes: minutes(10) });
    expect(plan.hops.map(({ kind }) => kind)).toEqual(['uninstall-patch', 'postgres-qpi', 'upgrade']);
    expect(plan.hops[0]?.stateBefore.patch).toBe('unknown');
    expect(plan.hops[1]?.stateBefore.patch).toBe('none');
    const question = plan.questions.find(({ field }) => field === 'patch');
    expect(question?.otherwise.length).toBeGreaterThan(0);
  });

  it('of unknown number change nothing where no installer of PostgreSQL is run', () => {
    const start = unknown(site('November 2020', '9.6'), 'patch');
    expectHops(planUpgrade(start, { to: 'May 2025' }).hops, [
      may2023ForQpi('November 2020'),
      QPI_FROM_9_6,
      last('May 2023', 'May 2025'),
    ]);
  });

  it('are the last hop where the goal names one (3.7, p. 173)', () => {
    expectPath(site('November 2023', '14.8', 'bundled', { patch: 5 }), 'May 2025 Patch 3', [
      { ...last('November 2023 Patch 5', 'May 2025'), because: 'goal' },
      { hop: ['patch', 'May 2025', 'May 2025 Patch 3'], because: 'goal' },
    ]);
  });

  it('are cumulative: from patch 1 to patch 7 in one hop (3.7, p. 173)', () => {
    const plan = expectPath(site('May 2025', '14.17', 'bundled', { patch: 1 }), 'May 2025 Patch 7', [
      { hop: ['patch', 'May 2025 Patch 1', 'May 2025 Patch 7'], because: 'goal' },
    ]);
    expect(said(plan.hops[0]?.before ?? [], [173], /back ?up/i)).toBe(true);
  });

  it('are all uninstalled before a lower one is installed (exit code -22, p. 308)', () => {
    const plan = planUpgrade(site('May 2025', '14.17', 'bundled', { patch: 7 }), { to: 'May 2025 Patch 3' });
    expect(shape(plan.hops)).toEqual([
      'uninstall-patch: May 2025 Patch 7 -> May 2025',
      'patch: May 2025 -> May 2025 Patch 3',
    ]);
  });
});
