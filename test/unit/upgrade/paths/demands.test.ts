import { describe, expect, it } from 'vitest';
import { planUpgrade } from '../../../../src/upgrade/plan-upgrade.ts';
import { certain, demandsOf, expectPath, hopTo, last, november2020, said, site } from './expect-path.ts';

describe('what else a hop demands', () => {
  it('is an end of centralized logging on the way to February 2022 and later (pp. 166, 167)', () => {
    const start = site('November 2020', '9.6', 'bundled', { centralizedLogging: true });
    const plan = expectPath(start, 'February 2022', [last('November 2020', 'February 2022')]);
    expect(said(demandsOf(plan.hops[0]), [166, 167], /centrali[sz]ed logging|QLogs/i)).toBe(true);
    const none = planUpgrade({ ...start, centralizedLogging: false }, { to: 'February 2022' });
    expect(said(certain(demandsOf(none.hops[0])), [166, 167], /centrali[sz]ed logging/i)).toBe(false);
    const sooner = planUpgrade(start, { to: 'November 2021' });
    expect(said(certain(demandsOf(sooner.hops[0])), [166], /centrali[sz]ed logging/i)).toBe(false);
  });

  it('is putting proxy settings back into services.conf, before November 2022 (8.8, p. 306)', () => {
    const start = site('February 2021', '12.5', 'bundled', { proxySettings: true });
    const reset = planUpgrade(start, { to: 'August 2022' });
    expect(said(hopTo(reset, 'August 2022').after, [306], /services\.conf/)).toBe(true);
    const kept = planUpgrade(start, { to: 'November 2022' });
    const again = certain(hopTo(kept, 'November 2022').after).filter(({ by }) => by !== 'check');
    expect(said(again, [306], /services\.conf/)).toBe(false);
  });

  it('is applying Capabilities.json again, which no setup keeps (p. 167)', () => {
    const start = site('November 2023', '14.8', 'bundled', { capabilitiesChanged: true });
    const plan = planUpgrade(start, { to: 'May 2025' });
    expect(said(plan.hops[0]?.after ?? [], [167, 168], /Capabilities\.json/)).toBe(true);
  });

  it('is keeping the four files that setup retains, and looking at what was changed in them (p. 167)', () => {
    const start = site('February 2021', '12.5', 'bundled', { changedConfig: ['Repository.exe.config'] });
    for (const to of ['August 2022', 'May 2023']) {
      const hop = planUpgrade(start, { to }).hops[0];
      expect(said(hop?.before ?? [], [167], /Repository\.exe\.config.*services\.conf/), to).toBe(true);
      expect(said(certain(hop?.after ?? []), [167], /changed by hand/), to).toBe(true);
    }
  });

  it('is a running database service, the rest stopped (3.4 step 4, p. 169)', () => {
    const hop = planUpgrade(site('May 2023', '12.5'), { to: 'May 2025' }).hops[0];
    expect(said(hop?.before ?? [], [169], /database service/i)).toBe(true);
  });

  it('is a backup before each hop (3.4, p. 169), and a way back by restoring it', () => {
    const plan = expectPath(site('November 2019', '9.6'), 'February 2022', [
      november2020('November 2019'),
      last('November 2020', 'February 2022'),
    ]);
    for (const hop of plan.hops) {
      expect(said(hop.before, [169], /back ?up/i)).toBe(true);
      expect(hop.wayBack.text).toMatch(/restor|back ?up/i);
    }
  });

  it('is a policy that lets unsigned scripts run (1.3, p. 20), and no pending reboot (exit code -8, p. 308)', () => {
    const start = site('November 2023', '14.8', 'bundled', {
      executionPolicy: 'AllSigned',
      pendingReboot: true,
    });
    const before = planUpgrade(start, { to: 'May 2025' }).hops[0]?.before ?? [];
    expect(said(certain(before), [20], /AllSigned|policy/i)).toBe(true);
    expect(said(certain(before), [307, 308], /reboot|restart/i)).toBe(true);
  });

  it('is the missing databases, which setup stops without (3.9, p. 175)', () => {
    const start = site('November 2019', '9.6', 'bundled', { databases: ['qsr', 'SenseServices'] });
    const before = planUpgrade(start, { to: 'November 2020' }).hops[0]?.before ?? [];
    const missing = certain(before).filter(({ text }) => /QSMQ/.test(text) && /Licenses/.test(text));
    expect(said(missing, [175], /database/i)).toBe(true);
    const all = { ...start, databases: ['QSR', 'senseservices', 'QSMQ', 'Licenses'] };
    const nothing = planUpgrade(all, { to: 'November 2020' }).hops[0]?.before ?? [];
    expect(certain(nothing).filter(({ text }) => /missing/i.test(text) && /QSMQ/.test(text))).toEqual([]);
  });
});
