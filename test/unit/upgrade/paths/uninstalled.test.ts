import { describe, expect, it } from 'vitest';
import { planUpgrade } from '../../../../src/upgrade/plan-upgrade.ts';
import type { UpgradeStart } from '../../../../src/upgrade/types.ts';
import type { ExpectedHop } from './expect-path.ts';
import { demandsOf, expectPath, last, may2023ForQpi, QPI_FROM_9_6, said, site } from './expect-path.ts';

const gone = (release: string, version: string, kind: 'bundled' | 'standalone' = 'bundled'): UpgradeStart =>
  site(release, version, kind, { uninstalled: true });

function anew(from: string, to: string, because = 'goal'): ExpectedHop {
  return { hop: ['upgrade-after-uninstall', from, to], because };
}

describe('sites that were uninstalled, their database kept (3.6, pp. 172-173)', () => {
  it('are installed anew with the dump: the bundled 9.6 ends with it, and stops nothing', () => {
    const plan = expectPath(gone('November 2022', '9.6'), 'May 2025', [anew('November 2022', 'May 2025')]);
    const hop = plan.hops[0];
    expect(hop?.stateAfter.uninstalled).toBe(false);
    expect(hop?.stateAfter.postgres).toEqual({ version: '14.17', kind: 'bundled', remote: false });
    expect(said(demandsOf(hop), [172], /copy|copied/i)).toBe(true);
    expect(said(demandsOf(hop), [172, 173], /dump/i)).toBe(true);
    expect(said(hop?.during ?? [], [173], /databasedumpfile=.*relative/)).toBe(true);
    expect(said(hop?.after ?? [], [169], /custom parameters/i)).toBe(true);
  });

  it('bring the same release back too', () => {
    expectPath(gone('May 2024', '14.8'), 'May 2024', [anew('May 2024', 'May 2024')]);
  });

  it('do not pass November 2020 by (p. 166): what is uninstalled is upgraded by the same steps', () => {
    const plan = expectPath(gone('November 2019', '9.6'), 'May 2025', [
      anew('November 2019', 'November 2020', 'november-2020-first'),
      may2023ForQpi('November 2020'),
      QPI_FROM_9_6,
      last('May 2023', 'May 2025'),
    ]);
    expect(plan.hops[0]?.stateAfter.postgres.version).toBe('9.6');
  });

  it('keep a database of their own, and what it stops (pp. 166, 167)', () => {
    const plan = expectPath(gone('February 2022', '9.6', 'standalone'), 'May 2025', [
      anew('February 2022', 'May 2023', 'postgres-9-6-blocks'),
      {
        hop: ['postgres-standalone', 'PostgreSQL 9.6', 'PostgreSQL 14'],
        because: 'postgres-9-6-blocks',
        pages: [166, 167],
      },
      last('May 2023', 'May 2025'),
    ]);
    expect(plan.hops[0]?.stateAfter.postgres.version).toBe('9.6');
  });

  it('with a 9.3 of their own move it before June 2017, and do not go around that by 3.2 (p. 165)', () => {
    const plan = planUpgrade(gone('3.0', '9.3', 'standalone'), { to: 'April 2019' });
    expect(plan.hops.map(({ kind, to }) => `${kind} ${to}`)).toEqual([
      'upgrade-after-uninstall 3.1 SR1',
      'postgres-standalone PostgreSQL 9.6',
      'upgrade June 2017',
      'upgrade April 2019',
    ]);
  });

  it('do not go back either (exit code -4, p. 308)', () => {
    const plan = planUpgrade(gone('May 2024', '14.8'), { to: 'November 2023' });
    expect(plan.reachable).toBe(false);
    expect(plan.blockedBy.map(({ rule }) => rule)).toContain('no-downgrade');
  });
});
