import { describe, expect, it } from 'vitest';
import type { ExpectedHop } from './expect-path.ts';
import { expectPath, last, november2020, said, site } from './expect-path.ts';

/** An inference: from which release on 14 may be under Qlik Sense is not in the manual. */
function may2023ForStandalone(from: string): ExpectedHop {
  return { hop: ['upgrade', from, 'May 2023'], because: 'standalone-target' };
}

function toFourteen(from: string, because: string, pages?: readonly number[]): ExpectedHop {
  const hop = ['postgres-standalone', `PostgreSQL ${from}`, 'PostgreSQL 14'] as const;
  return pages === undefined ? { hop, because } : { hop, because, pages };
}

describe('sites with a PostgreSQL of their own', () => {
  it('take February 2021 on a 9.6 beside Qlik Sense by dump and restore: its installer sees none (p. 145)', () => {
    const plan = expectPath(site('February 2021', '9.6', 'standalone'), 'May 2025', [
      may2023ForStandalone('February 2021'),
      toFourteen('9.6', 'postgres-9-6-blocks', [166, 167]),
      last('May 2023', 'May 2025'),
    ]);
    expect(plan.hops[2]?.stateAfter.postgres).toEqual({ version: '14', kind: 'standalone', remote: false });
    const stop = plan.hops[0]?.reasons.find(({ rule }) => rule === 'standalone-target');
    expect(stop?.confidence).toBe('C');
  });

  it('take a 9.6 on another machine the same way, and say that this is an inference', () => {
    const postgres = { version: '9.6', kind: 'standalone', remote: true } as const;
    const plan = expectPath(site('February 2021', '9.6', 'standalone', { postgres }), 'May 2025', [
      may2023ForStandalone('February 2021'),
      toFourteen('9.6', 'postgres-9-6-unsupported'),
      last('May 2023', 'May 2025'),
    ]);
    const why = plan.hops[1]?.reasons.find(({ rule }) => rule === 'postgres-9-6-unsupported');
    expect(why?.confidence).toBe('C');
    expect(plan.hops[2]?.stateAfter.postgres.remote).toBe(true);
  });

  it('take a managed 9.6 the same way: the cloud is no place for a Windows installer', () => {
    const plan = expectPath(site('November 2022', '9.6', 'managed'), 'May 2025', [
      toFourteen('9.6', 'postgres-9-6-unsupported'),
      last('November 2022', 'May 2025'),
    ]);
    expect(plan.hops[0]?.stateAfter.postgres).toEqual({ version: '14', kind: 'managed', remote: true });
  });

  it('take a managed 11 away before May 2025, which has 12 and later (1.3, p. 21), and say it is inferred', () => {
    const plan = expectPath(site('November 2021', '11', 'managed'), 'May 2025', [
      may2023ForStandalone('November 2021'),
      toFourteen('11', 'postgres-too-old'),
      last('May 2023', 'May 2025'),
    ]);
    const why = plan.hops[1]?.reasons.find(({ rule }) => rule === 'postgres-too-old');
    expect(why?.confidence).toBe('C');
  });

  it('leave a managed 11 to May 2023: other versions go on being used (3.3, p. 166)', () => {
    expectPath(site('November 2021', '11', 'managed'), 'May 2023', [last('November 2021', 'May 2023')]);
  });

  it('upgrade on a 12 of another machine at once (1.3, p. 21), and advise to leave 12', () => {
    const postgres = { version: '12', kind: 'standalone', remote: true } as const;
    const plan = expectPath(site('November 2022', '12', 'standalone', { postgres }), 'May 2025', [
      last('November 2022', 'May 2025'),
    ]);
    expect(plan.hops[0]?.stateAfter.postgres.version).toBe('12');
    const leave = plan.alternatives.find(({ reasons }) =>
      reasons.some(({ rule }) => rule === 'leave-postgres-12'),
    );
    expect(leave?.recommended).toBe(true);
    expect(leave?.hops.map(({ kind }) => kind)).toContain('postgres-standalone');
  });

  it.each(['12.19', '13', '14', '15', '16.4'])(
    'upgrade on PostgreSQL %s of another machine in one hop, and leave it as it is (p. 21; 3.3, p. 168)',
    (version) => {
      const postgres = { version, kind: 'standalone', remote: true } as const;
      const plan = expectPath(site('May 2024', version, 'standalone', { postgres }), 'May 2025', [
        last('May 2024', 'May 2025'),
      ]);
      expect(plan.hops[0]?.stateAfter.postgres.version).toBe(version);
      const granted = said(plan.hops[0]?.before ?? [], [21, 140, 141], /grant|permission/i);
      expect(granted).toBe(version.startsWith('15') || version.startsWith('16'));
    },
  );

  it('upgrade August 2022 on a 14 of another machine in one hop', () => {
    const postgres = { version: '14', kind: 'standalone', remote: true } as const;
    expectPath(site('August 2022', '14', 'standalone', { postgres }), 'May 2025', [
      last('August 2022', 'May 2025'),
    ]);
  });

  it('move a 9.3 of its own to 9.6 before Qlik Sense is upgraded: nothing else does (inferred of 2.6, p. 144)', () => {
    const plan = expectPath(site('3.1 SR2', '9.3', 'standalone'), 'February 2022', [
      {
        hop: ['postgres-standalone', 'PostgreSQL 9.3', 'PostgreSQL 9.6'],
        because: 'postgres-9-3-standalone',
      },
      november2020('3.1 SR2'),
      last('November 2020', 'February 2022'),
    ]);
    expect(plan.hops[0]?.reasons.find(({ rule }) => rule === 'postgres-9-3-standalone')?.confidence).toBe(
      'C',
    );
  });

  it('upgrade what an older installer of PostgreSQL made, 12.5, without a hop of its own (p. 166)', () => {
    expectPath(site('May 2022', '12.5', 'qpi'), 'May 2025', [last('May 2022', 'May 2025')]);
  });
});
