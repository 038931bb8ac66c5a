import { describe, expect, it } from 'vitest';
import { planUpgrade } from '../../../../src/upgrade/plan-upgrade.ts';
import {
  expectHops,
  expectPath,
  hopTo,
  june2017,
  last,
  may2023ForQpi,
  november2020,
  QPI_FROM_9_6,
  said,
  shape,
  site,
} from './expect-path.ts';

const FROM_NOVEMBER_2020 = [may2023ForQpi('November 2020'), QPI_FROM_9_6, last('May 2023', 'May 2025')];

describe('sites of the numbered releases', () => {
  it('take 3.1 SR2 on PostgreSQL 9.3 by November 2020 (p. 166) and the installer of PostgreSQL (p. 144)', () => {
    const plan = expectPath(site('3.1 SR2', '9.3'), 'May 2025', [
      november2020('3.1 SR2'),
      ...FROM_NOVEMBER_2020,
    ]);
    // 2.6, p. 144: an earlier database migrates with an upgrade to a release that has 9.6.
    expect(plan.hops.map(({ stateAfter }) => stateAfter.postgres.version)).toEqual([
      ...['9.6', '9.6', '14.17', '14.17'],
    ]);
    expect(plan.hops.map(({ stateAfter }) => stateAfter.postgres.kind)).toEqual([
      ...['bundled', 'bundled', 'qpi', 'qpi'],
    ]);
  });

  it('take 3.1 SR1 by June 2017 first (p. 165)', () => {
    expectPath(site('3.1 SR1', '9.3'), 'May 2025', [
      june2017('3.1 SR1'),
      november2020('June 2017'),
      ...FROM_NOVEMBER_2020,
    ]);
  });

  it('take 3.0 under Local System the same way, but for another account first (3.4, p. 169; 2.11, p. 159)', () => {
    const plan = expectPath(site('3.0', '9.3', 'bundled', { serviceAccount: 'local-system' }), 'May 2025', [
      june2017('3.0'),
      november2020('June 2017'),
      ...FROM_NOVEMBER_2020,
    ]);
    const account = /service account|local system/i;
    expect(said(plan.hops[0]?.before ?? [], [159, 169], account)).toBe(true);
  });

  it('demand another account of a Local System for every release, not only the old ones (3.4, p. 169)', () => {
    const start = site('November 2023', '14.8', 'bundled', { serviceAccount: 'local-system' });
    const plan = expectPath(start, 'May 2025', [last('November 2023', 'May 2025')]);
    expect(said(plan.hops[0]?.before ?? [], [159, 169], /service account|local system/i)).toBe(true);
  });

  it('convert synchronized persistence, which June 2017 and later have not (p. 165)', () => {
    const start = site('3.1 SR2', '9.3', 'bundled', { persistence: 'synchronized' });
    const plan = expectPath(start, 'May 2025', [november2020('3.1 SR2'), ...FROM_NOVEMBER_2020]);
    expect(said(plan.hops[0]?.before ?? [], [165], /shared/i)).toBe(true);
    const advised = plan.alternatives.find(({ reasons }) =>
      reasons.some(({ rule }) => rule === 'june-2017-for-synchronized'),
    );
    expect(advised?.recommended).toBe(true);
    expect(shape(advised?.hops ?? [])).toContain('upgrade: 3.1 SR2 -> June 2017');
  });

  it('need no June 2017 twice: synchronized 3.1 SR1 stops there anyway (p. 165)', () => {
    const plan = planUpgrade(site('3.1 SR1', '9.3', 'bundled', { persistence: 'synchronized' }), {
      to: 'November 2020',
    });
    expectHops(plan.hops, [june2017('3.1 SR1'), last('June 2017', 'November 2020')]);
    expect(said(plan.hops[0]?.before ?? [], [165], /shared/i)).toBe(true);
    const advice = plan.alternatives.flatMap(({ reasons }) => reasons.map(({ rule }) => rule));
    expect(advice).not.toContain('june-2017-for-synchronized');
  });

  it('take 3.2 to November 2020 at once, backed up by its own documentation (chapter 5, p. 188)', () => {
    const plan = expectPath(site('3.2', '9.3'), 'November 2020', [last('3.2', 'November 2020')]);
    const gate = (plan.hops[0]?.before ?? []).filter(({ by }) => by === 'human');
    expect(said(gate, [188], /back(ed)? ?up/i)).toBe(true);
  });

  it('end at June 2017 where that is the goal (p. 165), with 9.6', () => {
    const plan = expectPath(site('3.0', '9.3'), 'June 2017', [last('3.0', 'June 2017')]);
    expect(plan.hops[0]?.stateAfter.postgres.version).toBe('9.6');
  });

  it('say that 9.3 moving to 9.6 is inferred: p. 144 names neither 9.3 nor a release', () => {
    const plan = planUpgrade(site('3.2', '9.3'), { to: 'June 2017' });
    const moves = plan.hops.flatMap(({ before, during, after }) => [...before, ...during, ...after]);
    const nine = moves.filter(({ text }) => /9\.3/.test(text) && /9\.6/.test(text));
    expect(nine.map(({ confidence }) => confidence)).toEqual(['C']);
  });

  it('stop thrice on the way from 3.1 SR1 to February 2021 (pp. 165, 166)', () => {
    expectPath(site('3.1 SR1', '9.3'), 'February 2021', [
      june2017('3.1 SR1'),
      november2020('June 2017'),
      last('November 2020', 'February 2021'),
    ]);
  });

  it('take June 2017 on 9.6 to November 2024 by November 2020 and the installer of PostgreSQL', () => {
    expectPath(site('June 2017', '9.6'), 'November 2024', [
      november2020('June 2017'),
      may2023ForQpi('November 2020'),
      QPI_FROM_9_6,
      last('May 2023', 'November 2024'),
    ]);
  });

  it('look for soft-deleted records before the first release that has none: November 2017 (pp. 165, 175)', () => {
    const plan = expectPath(site('June 2017', '9.6'), 'November 2020', [last('June 2017', 'November 2020')]);
    expect(said(hopTo(plan, 'November 2020').before, [165, 166, 175], /soft[- ]?delete/i)).toBe(true);
    const later = expectPath(site('November 2017', '9.6'), 'November 2020', [
      last('November 2017', 'November 2020'),
    ]);
    expect(said(hopTo(later, 'November 2020').before, [165, 166, 175], /soft[- ]?delete/i)).toBe(false);
  });
});
