import { describe, expect, it } from 'vitest';
import { planUpgrade } from '../../../../src/upgrade/plan-upgrade.ts';
import { expectPath, last, said, site } from './expect-path.ts';

describe('where no hop is', () => {
  it.each([
    ['May 2025', site('May 2025', '14.17')],
    ['May 2025', site('May 2025', '14.17', 'bundled', { patch: 4 })],
    ['May 2023', site('May 2023', '9.6')],
    ['August 2022 Patch 5', site('August 2022', '12.5', 'bundled', { patch: 5 })],
  ])('a site that is at %s already stays as it is', (to, start) => {
    const plan = planUpgrade(start, { to });
    expect(plan.reachable).toBe(true);
    expect(plan.hops).toEqual([]);
    expect(plan.blockedBy).toEqual([]);
    expect(plan.downtime.minutes).toBe(0);
  });

  it.each([
    ['May 2025', 'November 2024'],
    ['May 2025', '3.2'],
    ['June 2017', '3.2'],
    ['3.1 SR2', '3.1 SR1'],
    ['February 2024', 'November 2023'],
  ])('%s does not go back to %s but by a backup (exit code -4, p. 308)', (from, to) => {
    const plan = planUpgrade(site(from, '14.17'), { to });
    expect(plan.reachable).toBe(false);
    expect(plan.hops).toEqual([]);
    const blocker = plan.blockedBy.find(({ rule }) => rule === 'no-downgrade');
    expect(blocker?.opens).toMatch(/backup/i);
    expect(said(plan.blockedBy, [307, 308], /./)).toBe(true);
  });

  it('an old Windows stops May 2025 (1.3, p. 19), and nothing before', () => {
    const start = site('November 2023', '14.8', 'bundled', { windows: 'Windows Server 2012 R2' });
    const plan = planUpgrade(start, { to: 'May 2025' });
    expect(plan.reachable).toBe(false);
    const blocker = plan.blockedBy.find(({ rule }) => rule === 'windows-too-old');
    expect(said(blocker === undefined ? [] : [blocker], [19], /Windows/)).toBe(true);
    expectPath(start, 'November 2024', [last('November 2023', 'November 2024')]);
    const newer = { ...start, windows: 'Windows Server 2016' };
    expectPath(newer, 'May 2025', [last('November 2023', 'May 2025')]);
  });

  it('a 10 of its own under a release before February 2022 has a way, a bundled 10 has none', () => {
    expectPath(site('November 2021', '10', 'standalone'), 'May 2023', [last('November 2021', 'May 2023')]);
    const plan = planUpgrade(site('November 2021', '10', 'bundled'), { to: 'May 2025' });
    expect(plan.reachable).toBe(false);
    expect(plan.blockedBy.map(({ rule }) => rule)).toContain('postgres-too-old');
  });

  it.each(['May 2024 Patch 0', 'August 2024', 'February 2025', '4.0', 'Qlik', ''])(
    'refuses the goal %j, which is no release',
    (to) => {
      expect(() => planUpgrade(site('May 2023', '12.5'), { to })).toThrow();
    },
  );
});
