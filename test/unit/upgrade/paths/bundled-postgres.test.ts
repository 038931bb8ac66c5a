import { describe, expect, it } from 'vitest';
import { planUpgrade } from '../../../../src/upgrade/plan-upgrade.ts';
import type { AlternativePath, UpgradePlan } from '../../../../src/upgrade/types.ts';
import {
  expectHops,
  expectPath,
  last,
  may2023ForQpi,
  november2020,
  QPI_FROM_9_6,
  said,
  shape,
  site,
} from './expect-path.ts';

/** The recommended way that follows an advice of the manual. */
function advised(plan: UpgradePlan, rule: string): AlternativePath | undefined {
  return plan.alternatives.find((one) => one.recommended && one.reasons.some((why) => why.rule === rule));
}

describe('sites with the PostgreSQL that came with Qlik Sense', () => {
  it('take November 2020 on 9.6 by May 2023 and the installer of PostgreSQL (pp. 144, 166, 167)', () => {
    const plan = expectPath(site('November 2020', '9.6'), 'May 2025', [
      may2023ForQpi('November 2020'),
      QPI_FROM_9_6,
      last('May 2023', 'May 2025'),
    ]);
    const february = advised(plan, 'february-2021-advised');
    expect(shape(february?.hops ?? [])[0]).toBe('upgrade: November 2020 -> February 2021');
    expect(said(february?.reasons ?? [], [165], /./)).toBe(true);
  });

  it('take February 2021 on 9.6 the same way: only November 2020 is a must (p. 166)', () => {
    const plan = expectPath(site('February 2021', '9.6'), 'May 2025', [
      may2023ForQpi('February 2021'),
      QPI_FROM_9_6,
      last('May 2023', 'May 2025'),
    ]);
    expect(advised(plan, 'february-2021-advised')).toBeUndefined();
  });

  it('upgrade PostgreSQL where August 2022 is (p. 144), and advise the newest release for it (pp. 144, 146)', () => {
    const plan = expectPath(site('August 2022', '9.6'), 'May 2025', [
      QPI_FROM_9_6,
      last('August 2022', 'May 2025'),
    ]);
    expectHops(advised(plan, 'latest-before-qpi')?.hops ?? [], [
      { hop: ['upgrade', 'August 2022', 'May 2023'], because: 'latest-before-qpi', pages: [144, 146] },
      QPI_FROM_9_6,
      last('May 2023', 'May 2025'),
    ]);
  });

  it('upgrade May 2023 on 12.5 at once, with the warning of p. 167; the installer of PostgreSQL is advice', () => {
    const plan = expectPath(site('May 2023', '12.5'), 'May 2025', [last('May 2023', 'May 2025')]);
    expect(plan.hops[0]?.stateAfter.postgres).toEqual({ version: '12.5', kind: 'bundled', remote: false });
    expect(said(plan.warnings, [21, 166, 167, 168], /12\.5/)).toBe(true);
    const leave = advised(plan, 'leave-postgres-12');
    expect(leave?.hops.some(({ kind }) => kind === 'postgres-qpi')).toBe(true);
  });

  it('upgrade November 2021 on 12.5 to November 2024 at once (p. 166)', () => {
    const plan = expectPath(site('November 2021', '12.5'), 'November 2024', [
      last('November 2021', 'November 2024'),
    ]);
    expect(said(plan.warnings, [21, 166, 167, 168], /12\.5/)).toBe(true);
  });

  it('upgrade November 2023 on 14.8 at once: it stays 14.8 (p. 168), and nothing is said of 12.5', () => {
    const plan = expectPath(site('November 2023', '14.8'), 'May 2025', [last('November 2023', 'May 2025')]);
    expect(plan.hops[0]?.stateAfter.postgres).toEqual({ version: '14.8', kind: 'bundled', remote: false });
    expect(plan.warnings.filter(({ text }) => /9\.6|12/.test(text))).toEqual([]);
  });

  it('upgrade what the installer of PostgreSQL has made, 14.17, at once (p. 167)', () => {
    const plan = expectPath(site('August 2023', '14.17', 'qpi'), 'May 2025', [
      last('August 2023', 'May 2025'),
    ]);
    expect(plan.hops[0]?.stateAfter.postgres.kind).toBe('qpi');
  });

  it('upgrade PostgreSQL 9.6 of May 2023 before August 2023, the next release (p. 166)', () => {
    expectPath(site('May 2023', '9.6'), 'August 2023', [QPI_FROM_9_6, last('May 2023', 'August 2023')]);
  });

  it('leave 9.6 in use at November 2022 and May 2023, and say that it is unsupported (p. 166)', () => {
    const plan = expectPath(site('November 2022', '9.6'), 'May 2023', [last('November 2022', 'May 2023')]);
    expect(plan.hops[0]?.stateAfter.postgres.version).toBe('9.6');
    expect(said(plan.warnings, [166], /9\.6/)).toBe(true);
  });

  it('take September 2020 to February 2021 by November 2020 (p. 166), with .NET 4.8 and Visual C++ 2019', () => {
    const start = site('September 2020', '9.6', 'bundled', { dotNet: '4.7.2', visualCpp: false });
    const plan = expectPath(start, 'February 2021', [
      november2020('September 2020'),
      last('November 2020', 'February 2021'),
    ]);
    const demands = plan.hops[1]?.before.concat(plan.hops[1].during) ?? [];
    expect(said(demands, [166, 20, 183], /\.NET.*4\.8/)).toBe(true);
    expect(said(demands, [183], /reboot|restart/i)).toBe(true);
    expect(said(demands, [166], /Visual C\+\+/)).toBe(true);
  });

  it('take November 2019 to February 2022 in two hops (p. 166)', () => {
    expectPath(site('November 2019', '9.6'), 'February 2022', [
      november2020('November 2019'),
      last('November 2020', 'February 2022'),
    ]);
  });

  it('quote both sentences on the newest release for the installer: advised (p. 144), required (p. 146)', () => {
    const plan = planUpgrade(site('August 2022', '9.6'), { to: 'May 2025' });
    const why = advised(plan, 'latest-before-qpi')?.reasons ?? [];
    expect(said(why, [144], /recommended/)).toBe(true);
    expect(said(why, [146], /required/)).toBe(true);
  });

  it('say of the installer of PostgreSQL what it needs and leaves behind (pp. 145-148)', () => {
    const plan = planUpgrade(site('August 2022', '9.6'), { to: 'May 2025' });
    const hop = plan.hops[0];
    expect(hop?.kind).toBe('postgres-qpi');
    expect(said(hop?.before ?? [], [145], /disk|space|local/i)).toBe(true);
    expect(said(hop?.before ?? [], [145], /back ?up the site/i)).toBe(true);
    expect(said(hop?.before ?? [], [144], /path/i)).toBe(true);
    expect(said(hop?.before ?? [], [146], /superuser/i)).toBe(true);
    expect(said(hop?.during ?? [], [146], /stop/i)).toBe(true);
    expect(said(hop?.during ?? [], [149], /acceptqca/i)).toBe(true);
    expect(said(hop?.after ?? [], [146], /start/i)).toBe(true);
    expect(said(hop?.after ?? [], [146], /postgresql-x64-14/)).toBe(true);
    expect(said(hop?.after ?? [], [146, 147], /PostgreSQL\.msi|old (package|database)|remove/i)).toBe(true);
    expect(
      said(
        [hop?.wayBack].flatMap((one) => one ?? []),
        [145],
        /roll ?back|backup/i,
      ),
    ).toBe(true);
    expect(hop?.pointOfNoReturn).not.toBeNull();
    // p. 148: reinstalling the binaries is optional when Qlik Sense is upgraded at once, as it is here.
    const reinstall = (hop?.after ?? []).filter(({ text }) => /SKIPINSTALLDBSERVICE|reinstall/i.test(text));
    expect(reinstall.filter(({ certain }) => certain)).toEqual([]);
  });
});
