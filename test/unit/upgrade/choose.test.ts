import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/contract/errors.ts';
import { readUpgradePlan } from '../../../src/upgrade/journey/plan-file.ts';
import { planUpgrade } from '../../../src/upgrade/plan-upgrade.ts';
import type { UpgradePlan } from '../../../src/upgrade/types.ts';
import { nameOf, START, TARGET, VAGUE } from './arbitraries.ts';
import { stateOf } from './checker.ts';
import { site } from './paths/expect-path.ts';
import { complaints } from './replay.ts';

const RUNS = { numRuns: 100 };

function path({ hops }: Pick<UpgradePlan, 'hops'>): string[] {
  return hops.map(({ to }) => to);
}

describe('a chosen path', () => {
  const start = site('November 2019', '9.6', 'bundled');

  it('is the alternative with that number, as it was offered, and the cheapest one is offered instead', () => {
    const offered = planUpgrade(start, { to: 'May 2025' }, { alternatives: 2 });
    expect(offered.chosen).toBeUndefined();
    for (const [index, one] of offered.alternatives.entries()) {
      const plan = planUpgrade(start, { to: 'May 2025' }, { alternatives: 2, choose: index + 1 });
      expect(plan.hops).toEqual(one.hops);
      expect(plan.downtime).toEqual(one.downtime);
      expect(plan.chosen).toEqual({ title: one.title, recommended: one.recommended, reasons: one.reasons });
      expect(plan.alternatives.map(({ title }) => title)).toEqual([
        'the cheapest path',
        ...offered.alternatives.filter((other) => other !== one).map(({ title }) => title),
      ]);
      expect(plan.alternatives[0]?.hops).toEqual(offered.hops);
    }
  });

  it('follows all advice at once (3.3, p. 165; 2.6, p. 144), each hop with the advice that it is there for', () => {
    const plan = planUpgrade(start, { to: 'May 2025' }, { choose: 'advice' });
    expect(path(plan)).toEqual([
      'November 2020',
      'February 2021',
      'May 2023',
      'PostgreSQL 14.17',
      'May 2025',
    ]);
    expect(plan.hops[1]?.reasons.map(({ rule }) => rule)).toEqual(['february-2021-advised']);
    expect(plan.chosen?.recommended).toBe(true);
    const standing = site('August 2022', '9.6');
    expect(path(planUpgrade(standing, { to: 'May 2025' }))).toEqual(['PostgreSQL 14.17', 'May 2025']);
    expect(path(planUpgrade(standing, { to: 'May 2025' }, { choose: 'advice' }))).toEqual([
      'May 2023',
      'PostgreSQL 14.17',
      'May 2025',
    ]);
    const both = site('November 2020', '12.5', 'standalone');
    const followed = planUpgrade(both, { to: 'May 2025' }, { choose: 'advice' });
    expect(followed.chosen?.reasons.map(({ rule }) => rule)).toEqual([
      'february-2021-advised',
      'leave-postgres-12',
    ]);
    expect(path(followed)[0]).toBe('February 2021');
    expect(path(followed)).toContain('PostgreSQL 14');
  });

  it('is the cheapest one where that follows all advice', () => {
    const plain = planUpgrade(site('May 2024', '14.8'), { to: 'May 2025' });
    expect(planUpgrade(site('May 2024', '14.8'), { to: 'May 2025' }, { choose: 'advice' })).toEqual(plain);
  });

  it('is refused where there is none of that number, with those that there are', () => {
    const ask = (choose: number) => () => planUpgrade(start, { to: 'May 2025' }, { choose });
    expect(ask(2)).toThrow(UsageError);
    expect(ask(2)).toThrow('there is no alternative 2 to this path');
    let hint: string | undefined;
    try {
      ask(2)();
    } catch (error) {
      hint = (error as UsageError).hint;
    }
    expect(hint).toContain('1: February 2021 after November 2020.');
  });

  it('is what a saved plan has', () => {
    const plan = planUpgrade(start, { to: 'May 2025' }, { choose: 'advice' });
    expect(readUpgradePlan(JSON.stringify(plan), 'plan.json').plan.hops).toEqual(plan.hops);
  });
});

describe('any path that follows advice', () => {
  it('breaks no rule of the manual, arrives, and is not shorter than the cheapest', () => {
    fc.assert(
      fc.property(START, TARGET, (start, target) => {
        const plan = planUpgrade(start, { to: nameOf(target) }, { choose: 'advice' });
        if (!plan.reachable) return;
        expect(complaints(stateOf(start), plan.hops, target, start.windows)).toEqual([]);
        const cheapest = planUpgrade(start, { to: nameOf(target) });
        expect(plan.hops.length).toBeGreaterThanOrEqual(cheapest.hops.length);
        for (const { reasons } of plan.hops) expect(reasons.length).toBeGreaterThan(0);
      }),
      RUNS,
    );
  });

  it('is chosen wherever something is recommended, and follows it where that is one thing', () => {
    fc.assert(
      fc.property(START, TARGET, (start, target) => {
        const plan = planUpgrade(start, { to: nameOf(target) }, { choose: 'advice' });
        const cheapest = planUpgrade(start, { to: nameOf(target) });
        // One piece of advice alone can always be followed: each of the recommended paths does.
        if (cheapest.alternatives.length > 0) expect(plan.chosen).toBeDefined();
        if (cheapest.alternatives.length === 1)
          expect(plan.chosen?.reasons).toEqual(
            expect.arrayContaining([...(cheapest.alternatives[0]?.reasons ?? [])]),
          );
      }),
      RUNS,
    );
  });

  it('is the same for the same question', () => {
    fc.assert(
      fc.property(VAGUE, TARGET, (start, target) => {
        const ask = () => planUpgrade(structuredClone(start), { to: nameOf(target) }, { choose: 'advice' });
        expect(JSON.stringify(ask())).toBe(JSON.stringify(ask()));
      }),
      RUNS,
    );
  });
});
