import { describe, expect, it } from 'vitest';
import { planUpgrade } from '../../../../src/upgrade/plan-upgrade.ts';
import { certain, demandsOf, expectHops, last, said, site, SSL_PAGES } from './expect-path.ts';

describe('eight nodes with SSL to PostgreSQL', () => {
  const start = site('November 2021', '12.5', 'bundled', { nodes: 8, ssl: true });
  const plan = planUpgrade(start, { to: 'November 2024' });
  const hop = plan.hops[0];

  it('go in one hop', () => {
    expectHops(plan.hops, [last('November 2021', 'November 2024')]);
  });

  it('have SSL off during setup and on again after it, in all its places (8.14, p. 309; 6.7, pp. 242-250)', () => {
    expect(said(hop?.before ?? [], [168, 169, 244, 309], /SSL/)).toBe(true);
    for (const place of [/hostssl/, /ssl Mode=Require/i, /appsettings\.json/])
      expect(said(demandsOf(hop), SSL_PAGES, place)).toBe(true);
    expect(said(hop?.after ?? [], SSL_PAGES, /SSL.*on again/)).toBe(true);
    // 3.3, pp. 167-168: appsettings.json is not among the files that are retained.
    expect(said(hop?.after ?? [], [167, 168], /appsettings\.json/)).toBe(true);
  });

  it('are all stopped, central node first, one release on all, by the account that installed (p. 167)', () => {
    const demands = demandsOf(hop);
    expect(said(demands, [167, 170], /offline|stop/i)).toBe(true);
    expect(said(demands, [167, 169, 172], /central/i)).toBe(true);
    expect(said(demands, [167], /account/i)).toBe(true);
    expect(demands.some(({ on }) => on === 'rims')).toBe(true);
  });

  it('have unsupported certificates taken off the rim nodes first (3.5, p. 172)', () => {
    expect(said(demandsOf(hop), [172], /certificate/i)).toBe(true);
  });

  it('are down for longer than one node is', () => {
    const one = planUpgrade({ ...start, nodes: 1 }, { to: 'November 2024' });
    expect(plan.downtime.minutes).toBeGreaterThan(one.downtime.minutes);
  });

  it('demand nothing of SSL or rim nodes where there are none', () => {
    const one = planUpgrade(site('November 2021', '12.5'), { to: 'November 2024' }).hops[0];
    const demands = certain(demandsOf(one));
    expect(demands.filter(({ on }) => on === 'rims')).toEqual([]);
    expect(demands.filter(({ text }) => /\bSSL\b/.test(text))).toEqual([]);
  });
});
