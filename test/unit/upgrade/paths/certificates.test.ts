import { describe, expect, it } from 'vitest';
import { planUpgrade } from '../../../../src/upgrade/plan-upgrade.ts';
import { certain, demandsOf, expectPath, last, said, site, SSL_PAGES, unknown } from './expect-path.ts';

describe('certificates of June 2019 and before', () => {
  const CERTIFICATES = [166, 183];

  it('are made anew on the way to February 2020 and later (p. 166; 4.2, p. 183)', () => {
    const start = site('September 2019', '9.6', 'bundled', { firstInstalled: 'June 2019' });
    const plan = expectPath(start, 'November 2020', [last('September 2019', 'November 2020')]);
    expect(said(certain(demandsOf(plan.hops[0])), CERTIFICATES, /certificate/i)).toBe(true);
  });

  it('are no matter for a site of September 2019, nor where the goal is before February 2020', () => {
    const later = site('September 2019', '9.6');
    const demands = certain(demandsOf(planUpgrade(later, { to: 'November 2020' }).hops[0]));
    expect(said(demands, CERTIFICATES, /re-?creat|anew/i)).toBe(false);
    const old = site('June 2018', '9.6', 'bundled', { firstInstalled: 'June 2018' });
    const near = certain(demandsOf(planUpgrade(old, { to: 'November 2019' }).hops[0]));
    expect(said(near, [166], /certificate/i)).toBe(false);
  });

  it('are looked at in later upgrades, too: 4.2, p. 183 means all sites that began with June 2019 or before', () => {
    const start = site('November 2020', '9.6', 'bundled', { firstInstalled: 'June 2019' });
    const plan = planUpgrade(start, { to: 'February 2022' });
    expect(said(demandsOf(plan.hops[0]), [183], /certificate/i)).toBe(true);
    const young = planUpgrade(site('November 2020', '9.6'), { to: 'February 2022' });
    expect(said(demandsOf(young.hops[0]), [183], /certificate/i)).toBe(false);
  });

  it('are asked for where nobody knows with what the site began', () => {
    const start = unknown(site('September 2019', '9.6'), 'firstInstalled');
    const plan = planUpgrade(start, { to: 'November 2020' });
    expect(plan.questions.map(({ field }) => field)).toContain('firstInstalled');
    expect(said(demandsOf(plan.hops[0]), CERTIFICATES, /certificate/i)).toBe(true);
  });

  it.each([
    ['February 2019', 8],
    ['April 2019', 8],
    ['June 2019', 11],
    ['September 2019', 7],
    ['November 2019', 6],
  ])(
    'are made anew after %s patch %i, too, and not after the patch before (4.4, p. 186)',
    (release, number) => {
      const start = site(release, '9.6', 'bundled', { firstInstalled: 'June 2018' });
      const demands = (patch: number) =>
        certain(demandsOf(planUpgrade(start, { to: `${release} Patch ${patch}` }).hops[0]));
      expect(said(demands(number), [186], /certificate/i)).toBe(true);
      expect(said(demands(number - 1), [186], /certificate/i)).toBe(false);
    },
  );

  it('go to PostgreSQL again where it is asked over SSL, after a patch as after an upgrade (6.7, p. 244)', () => {
    const start = site('November 2019', '9.6', 'bundled', { firstInstalled: 'June 2018', ssl: true });
    for (const to of ['November 2019 Patch 6', 'November 2020']) {
      const after = planUpgrade(start, { to }).hops[0]?.after ?? [];
      expect(said(after, SSL_PAGES, /server\.pem/), to).toBe(true);
    }
    const young = { ...start, firstInstalled: 'November 2019' };
    const kept = planUpgrade(young, { to: 'November 2020' }).hops[0]?.after ?? [];
    expect(said(kept, SSL_PAGES, /server\.pem/)).toBe(false);
  });
});
