import { describe, expect, it } from 'vitest';
import { planUpgrade } from '../../../../src/upgrade/plan-upgrade.ts';
import type { PostgresKind, UpgradeStart } from '../../../../src/upgrade/types.ts';
import { before, RELEASES } from '../releases.ts';
import { demandsOf, said, shape, site } from './expect-path.ts';

function hopsOf(start: UpgradeStart, to: string): string[] {
  return shape(planUpgrade(start, { to }).hops);
}

function between(first: string, end: string): string[] {
  return RELEASES.filter((one) => !before(one, first) && !before(end, one));
}

const NEVER = '3.0';

/** Rows of the table of 3.3, pp. 165-167: each for every release on both sides of the line it draws. */
describe('3.3, p. 165: 3.1 SR1 and earlier must upgrade to June 2017', () => {
  it.each(between('3.0', '3.1 SR1'))('%s stops there before any later release', (from) => {
    for (const to of between('September 2017', 'November 2020')) {
      expect(hopsOf(site(from, '9.3'), to)).toEqual([
        `upgrade: ${from} -> June 2017`,
        `upgrade: June 2017 -> ${to}`,
      ]);
    }
    expect(hopsOf(site(from, '9.3'), 'June 2017')).toHaveLength(1);
  });

  it.each(between('3.1 SR2', 'September 2020'))('%s goes to November 2020 at once', (from) => {
    const version = before(from, 'June 2017') ? '9.3' : '9.6';
    expect(hopsOf(site(from, version), 'November 2020')).toEqual([`upgrade: ${from} -> November 2020`]);
  });
});

describe('3.3, p. 165: June 2017 and later support only shared persistence', () => {
  it.each(between('3.1 SR2', '3.2'))('%s with synchronized persistence is converted', (from) => {
    const start = site(from, '9.3', 'bundled', { persistence: 'synchronized' });
    for (const to of between('June 2017', 'November 2020')) {
      const hop = planUpgrade(start, { to }).hops[0];
      expect(said(hop?.before ?? [], [165], /shared/i), to).toBe(true);
      const shared = planUpgrade({ ...start, persistence: 'shared' }, { to }).hops[0];
      const demands = (shared?.before ?? []).filter(({ certain }) => certain);
      expect(said(demands, [165], /synchroni[sz]ed/i), to).toBe(false);
    }
  });
});

/** A row that is a demand: which hops over the line have it, by page and by what it speaks of. */
interface Line {
  readonly row: string;
  /** The first release for which it holds. */
  readonly line: string;
  readonly pages: readonly number[];
  readonly thing: RegExp;
  readonly more: Partial<UpgradeStart>;
}

const LINES: readonly Line[] = [
  {
    row: 'September 2017 and later: no centralized logging by the installer (p. 165)',
    line: 'September 2017',
    pages: [165],
    thing: /centrali[sz]ed logging/i,
    more: { centralizedLogging: true },
  },
  {
    row: 'November 2017 and later: no soft-deleted records (p. 165)',
    line: 'November 2017',
    pages: [165, 166, 175],
    thing: /soft[- ]?delete/i,
    more: {},
  },
  {
    row: 'February 2020 and later: certificates of June 2019 and earlier are made anew (p. 166)',
    line: 'February 2020',
    pages: [166, 183],
    thing: /certificate/i,
    more: { firstInstalled: NEVER },
  },
  {
    row: 'February 2021 and later: .NET Framework 4.8 (p. 166)',
    line: 'February 2021',
    pages: [166],
    thing: /\.NET/,
    more: { dotNet: '4.6' },
  },
  {
    row: 'February 2021 and later: Visual C++ 2019 (p. 166)',
    line: 'February 2021',
    pages: [166],
    thing: /Visual C\+\+/,
    more: { visualCpp: false },
  },
  {
    row: 'February 2022 and later: no centralized logging (p. 166)',
    line: 'February 2022',
    pages: [166],
    thing: /centrali[sz]ed logging/i,
    more: { centralizedLogging: true },
  },
];

describe.each(LINES)('3.3, $row', ({ line, pages, thing, more }) => {
  const at = RELEASES.findIndex((one) => one === line);
  const from = RELEASES[at - 1] ?? NEVER;
  const version = before(from, 'June 2017') ? '9.3' : '9.6';
  const hopInto = (to: string) => planUpgrade(site(from, version, 'bundled', more), { to }).hops.at(-1);

  it('holds for the hop over the line', () => {
    expect(said(demandsOf(hopInto(line)), pages, thing)).toBe(true);
  });

  it('does not hold for the hop before the line', () => {
    const older = RELEASES[at - 2] ?? NEVER;
    const old = before(older, 'June 2017') ? '9.3' : '9.6';
    const hop = planUpgrade(site(older, old, 'bundled', more), { to: from }).hops.at(-1);
    expect(hop?.to).toBe(from);
    expect(said(demandsOf(hop), pages, thing)).toBe(false);
  });
});

describe('3.3, p. 166: February 2021 and later must upgrade to November 2020 first', () => {
  const early = between('June 2017', 'September 2020');
  it.each(early)('%s stops there', (from) => {
    for (const to of between('February 2021', 'May 2023')) {
      expect(hopsOf(site(from, '9.6'), to)).toEqual([
        `upgrade: ${from} -> November 2020`,
        `upgrade: November 2020 -> ${to}`,
      ]);
    }
  });

  it.each(between('February 2021', 'May 2023'))('November 2020 and later go to %s at once', (to) => {
    for (const from of between('November 2020', to).slice(0, -1)) {
      expect(hopsOf(site(from, '9.6'), to)).toEqual([`upgrade: ${from} -> ${to}`]);
    }
  });
});

/** Rows on PostgreSQL: what of a version, of a kind, may be under which release. */
describe('3.3, p. 166: August 2022 to May 2023', () => {
  const rows = between('August 2022', 'May 2023').flatMap((to) =>
    (['9.6', '12.5', '13', '14'] as const).map((version) => [to, version] as const),
  );
  it.each(rows)('%s goes on with PostgreSQL %s', (to, version) => {
    const kind: PostgresKind = version === '9.6' || version === '12.5' ? 'bundled' : 'standalone';
    const plan = planUpgrade(site('May 2022', version, kind), { to });
    expect(shape(plan.hops)).toEqual([`upgrade: May 2022 -> ${to}`]);
    expect(plan.hops[0]?.stateAfter.postgres.version).toBe(version);
    expect(said(plan.warnings, [166], /9\.6/)).toBe(version === '9.6');
  });
});

describe.each([
  ['August 2023 to November 2024', 'August 2023', 'November 2024', [166, 168]],
  ['May 2025 and later', 'May 2025', 'November 2026', [167, 168, 21]],
] as const)('3.3, pp. 166-167: %s', (_row, first, end, pages) => {
  it.each(between(first, end))('a local 9.6 stops %s until the database is upgraded', (to) => {
    const plan = planUpgrade(site('May 2023', '9.6'), { to });
    expect(shape(plan.hops)).toEqual([
      'postgres-qpi: PostgreSQL 9.6 -> PostgreSQL 14.17',
      `upgrade: May 2023 -> ${to}`,
    ]);
  });

  it.each(between(first, end))('12.5 is warned about for %s, and goes on', (to) => {
    const plan = planUpgrade(site('May 2023', '12.5'), { to });
    expect(shape(plan.hops)).toEqual([`upgrade: May 2023 -> ${to}`]);
    expect(said(plan.warnings, [...pages, 166, 167], /12\.5/)).toBe(true);
    expect(plan.hops[0]?.stateAfter.postgres.version).toBe('12.5');
  });

  it.each(between(first, end))('14.8, 14.17 and others go on with %s', (to) => {
    const known = [
      ['14.8', 'bundled'],
      ['14.17', 'qpi'],
      ['13', 'standalone'],
      ['15', 'standalone'],
      ['16', 'standalone'],
    ] as const;
    for (const [version, kind] of known) {
      const plan = planUpgrade(site('May 2023', version, kind), { to });
      expect(shape(plan.hops)).toEqual([`upgrade: May 2023 -> ${to}`]);
      expect(plan.hops[0]?.stateAfter.postgres.version).toBe(version);
    }
  });
});
