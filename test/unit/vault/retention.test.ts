import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decideRetention,
  policyText,
  type RetentionPolicy,
  type RetentionSet,
} from '../../../src/vault/retention.ts';

const DAY = 86_400_000;
const START = Date.parse('2026-11-24T02:00:00.000Z');
const NOW = new Date(START + 60_000);

/** A complete set so many days before the newest; the number of its name is that of days. */
function setOf(daysAgo: number, changes: Partial<RetentionSet> = {}): RetentionSet {
  const createdAt = new Date(START - daysAgo * DAY).toISOString();
  return {
    id: `day-${String(daysAgo).padStart(4, '0')}`,
    state: 'complete',
    createdAt,
    sequence: 10_000 - daysAgo,
    ...changes,
  };
}

function nights(count: number): RetentionSet[] {
  return Array.from({ length: count }, (_, index) => setOf(index));
}

/** Ids of those that stay or go, oldest first. */
function those(
  decision: 'keep' | 'remove',
  sets: readonly RetentionSet[],
  policy: RetentionPolicy | undefined,
  now = NOW,
): string[] {
  const { decisions } = decideRetention(sets, policy, now);
  return decisions.filter((one) => one.decision === decision).map(({ set }) => set);
}

function reasonsOf(
  id: string,
  sets: readonly RetentionSet[],
  policy: RetentionPolicy,
): readonly string[] | undefined {
  return decideRetention(sets, policy, NOW).decisions.find(({ set }) => set === id)?.reasons;
}

describe('the rules of a policy', () => {
  it('keep the newest, and say which place each has', () => {
    expect(those('keep', nights(5), { last: 2 })).toEqual(['day-0001', 'day-0000']);
    expect(reasonsOf('day-0001', nights(5), { last: 2 })).toEqual(['last 2 of 2']);
    expect(reasonsOf('day-0000', nights(5), { last: 2 })).toEqual(['newest complete', 'last 1 of 2']);
    expect(reasonsOf('day-0002', nights(5), { last: 2 })).toEqual(['past last 2']);
  });

  it('keep the newest of a day, of days that have one: a month without backups costs none', () => {
    const twice = [0, 0.05].flatMap((part) => [0, 40, 41].map((days) => setOf(days + part)));
    expect(those('keep', twice, { daily: 2 })).toEqual(['day-0040', 'day-0000']);
    expect(reasonsOf('day-0041', twice, { daily: 2 })).toEqual(['past daily 2']);
    expect(reasonsOf('day-40.05', twice, { daily: 2 })).toEqual(['not the newest of 2026-10-15']);
  });

  it('count days in UTC, whatever the clock of the machine shows', () => {
    const before = setOf(0, { id: 'a', createdAt: '2026-11-23T23:59:59.999Z', sequence: 1 });
    const after = setOf(0, { id: 'b', createdAt: '2026-11-24T00:00:00.000Z', sequence: 2 });
    expect(those('keep', [before, after], { daily: 2 })).toEqual(['a', 'b']);
  });

  it('count weeks as ISO 8601 does: New Year 2027 still is in week 53 of 2026', () => {
    const at = (createdAt: string, sequence: number) => setOf(0, { id: createdAt, createdAt, sequence });
    const sets = [
      at('2026-12-27T01:00:00.000Z', 1), // Sunday of week 52
      at('2026-12-28T01:00:00.000Z', 2), // Monday of week 53
      at('2027-01-03T01:00:00.000Z', 3), // its Sunday
      at('2027-01-04T01:00:00.000Z', 4), // Monday of week 1
    ];
    const now = new Date('2027-01-04T02:00:00.000Z');
    const { decisions } = decideRetention(sets, { weekly: 3 }, now);
    expect(decisions.map(({ decision }) => decision)).toEqual(['keep', 'remove', 'keep', 'keep']);
    expect(decisions[1]?.reasons).toEqual(['not the newest of 2026-W53']);
  });

  it('keep months and years besides', () => {
    const kept = those('keep', nights(800), { daily: 2, monthly: 3, yearly: 3 });
    const dates = kept.map((id) => new Date(START - Number(id.slice(4)) * DAY).toISOString().slice(0, 10));
    expect(dates).toEqual([
      '2024-12-31',
      '2025-12-31',
      '2026-09-30',
      '2026-10-31',
      '2026-11-23',
      '2026-11-24',
    ]);
  });

  it('keep what is not older than an age before the newest set, so that a pause removes nothing', () => {
    expect(those('keep', nights(20), { within: 3 * DAY })).toHaveLength(4);
    const later = new Date(START + 100 * DAY);
    expect(those('keep', nights(20), { within: 3 * DAY }, later)).toHaveLength(4);
    expect(reasonsOf('day-0003', nights(20), { within: 3 * DAY })).toEqual(['within 3d']);
    expect(reasonsOf('day-0004', nights(20), { within: 3 * DAY })).toEqual(['older than 3d']);
  });
});

describe('what never goes', () => {
  it('the newest proven set, when all newer ones were never restored', () => {
    const sets = nights(30).map((set) =>
      set.id === 'day-0020' || set.id === 'day-0025' ? { ...set, provenAt: NOW.toISOString() } : set,
    );
    expect(those('keep', sets, { last: 1 })).toEqual(['day-0020', 'day-0000']);
    expect(reasonsOf('day-0020', sets, { last: 1 })).toEqual(['newest proven']);
  });

  it('the newest set that is proven in part, which takes no place of a whole one', () => {
    const sets = nights(30).map((set) => {
      if (set.id === 'day-0020') return { ...set, provenAt: NOW.toISOString() };
      return set.id === 'day-0010' ? { ...set, partProvenAt: NOW.toISOString() } : set;
    });
    expect(those('keep', sets, { last: 1 })).toEqual(['day-0020', 'day-0010', 'day-0000']);
    expect(reasonsOf('day-0010', sets, { last: 1 })).toEqual(['newest proven in part']);
  });

  it('the newest sound set, when newer ones were found damaged', () => {
    const sets = nights(10).map((set) =>
      set.id < 'day-0003' ? { ...set, failedAt: NOW.toISOString() } : set,
    );
    expect(those('keep', sets, { last: 2 })).toEqual(['day-0004', 'day-0003', 'day-0001', 'day-0000']);
    expect(reasonsOf('day-0003', sets, { last: 2 })).toEqual([
      'newest not known to be damaged',
      'last 1 of 2',
    ]);
  });

  it('anything, without a policy', () => {
    expect(those('remove', nights(500), undefined)).toEqual([]);
    expect(decideRetention(nights(3), undefined, NOW).blocked).toMatch(/No retention is set/);
  });

  it('anything, while the clock is behind the newest set', () => {
    const behind = new Date(START - 3_600_000);
    expect(those('remove', nights(10), { last: 1 }, behind)).toEqual([]);
    const { blocked, decisions } = decideRetention(nights(10), { last: 1 }, behind);
    expect(blocked).toMatch(/is behind backup set day-0000/);
    expect(decisions[0]?.reasons).toEqual(['the clock is behind the newest set']);
  });

  it('the set with the highest number, when the clock was set back after an older one', () => {
    const sets = [
      setOf(0, { id: 'wrong-clock', sequence: 1 }),
      setOf(5, { id: 'newest', sequence: 3 }),
      setOf(6, { id: 'older', sequence: 2 }),
    ];
    expect(those('keep', sets, { last: 1 })).toEqual(['newest', 'wrong-clock']);
  });

  it('what is incomplete: it may belong to a run that is at work', () => {
    const sets = [...nights(5), setOf(3, { id: 'open', state: 'incomplete' })];
    expect(those('keep', sets, { last: 1 })).toContain('open');
  });

  it('but a half removed set does, since its removal was decided before', () => {
    const sets = [...nights(2), setOf(3, { id: 'half', state: 'deleting' })];
    expect(those('remove', sets, { last: 5 })).toEqual(['half']);
  });
});

describe('whatever the sets and the policy', () => {
  const when = fc.integer({ min: 0, max: 1500 * 24 });
  const looks = fc.constantFrom<Partial<RetentionSet>>(
    {},
    {},
    { provenAt: NOW.toISOString() },
    { failedAt: NOW.toISOString() },
  );
  const someSets = fc
    .uniqueArray(fc.tuple(when, looks), { selector: ([hours]) => hours, maxLength: 40 })
    .map((entries) =>
      entries.map(([hours, look]) =>
        setOf(hours / 24, { id: `h${String(hours)}`, sequence: 100_000 - hours, ...look }),
      ),
    );
  const few = fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined });
  const somePolicy = fc
    .record({ last: few, daily: few, weekly: few, monthly: few, yearly: few, within: few })
    .map((rules) => {
      const entries = Object.entries(rules).filter((entry) => entry[1] !== undefined);
      const policy = Object.fromEntries(entries) as RetentionPolicy;
      return policy.within === undefined ? policy : { ...policy, within: policy.within * DAY };
    })
    .filter((policy) => Object.keys(policy).length > 0);
  const newest = (sets: readonly RetentionSet[]): string | undefined =>
    [...sets].sort((a, b) => (b.sequence ?? 0) - (a.sequence ?? 0))[0]?.id;

  it('the newest complete, newest proven and newest sound set stay', () => {
    fc.assert(
      fc.property(someSets, somePolicy, (sets, policy) => {
        const gone = those('remove', sets, policy);
        expect(gone).not.toContain(newest(sets));
        expect(gone).not.toContain(newest(sets.filter(({ provenAt }) => provenAt !== undefined)));
        expect(gone).not.toContain(newest(sets.filter(({ failedAt }) => failedAt === undefined)));
      }),
    );
  });

  it('deciding again about what stayed removes nothing more', () => {
    fc.assert(
      fc.property(someSets, somePolicy, (sets, policy) => {
        const kept = new Set(those('keep', sets, policy));
        expect(
          those(
            'remove',
            sets.filter(({ id }) => kept.has(id)),
            policy,
          ),
        ).toEqual([]);
      }),
    );
  });

  it('the order of the list is no matter', () => {
    fc.assert(
      fc.property(
        someSets.chain((sets) =>
          fc.tuple(fc.constant(sets), fc.shuffledSubarray(sets, { minLength: sets.length })),
        ),
        somePolicy,
        ([sets, shuffled], policy) => {
          expect(decideRetention(shuffled, policy, NOW)).toEqual(decideRetention(sets, policy, NOW));
        },
      ),
    );
  });

  it('a newer set brings none back that had to go', () => {
    fc.assert(
      fc.property(
        someSets,
        somePolicy,
        looks,
        fc.integer({ min: 1, max: 400 }),
        (sets, policy, look, days) => {
          const gone = those('remove', sets, policy);
          const more = [...sets, setOf(-days, { id: 'new', sequence: 200_000, ...look })];
          const later = new Date(NOW.getTime() + days * DAY);
          expect(those('remove', more, policy, later)).toEqual(expect.arrayContaining(gone));
        },
      ),
    );
  });

  it('no rule keeps more sound sets than its number, and none fewer while there are enough', () => {
    fc.assert(
      fc.property(someSets, fc.integer({ min: 1, max: 6 }), (all, count) => {
        const sets = all.map(({ provenAt: _p, failedAt: _f, ...set }) => set);
        expect(those('keep', sets, { last: count })).toHaveLength(Math.min(count, sets.length));
        for (const [rule, length] of [
          ['daily', 10],
          ['monthly', 7],
          ['yearly', 4],
        ] as const) {
          const periods = new Set(sets.map(({ createdAt }) => createdAt.slice(0, length)));
          expect(those('keep', sets, { [rule]: count })).toHaveLength(Math.min(count, periods.size));
        }
      }),
    );
  });

  it('every decision says why', () => {
    fc.assert(
      fc.property(someSets, somePolicy, (sets, policy) => {
        for (const { reasons } of decideRetention(sets, policy, NOW).decisions) {
          expect(reasons.length).toBeGreaterThan(0);
          expect(new Set(reasons).size).toBe(reasons.length);
        }
      }),
    );
  });
});

describe('a policy in words', () => {
  it('is what stands in the site file', () => {
    expect(policyText({ last: 3, daily: 7, yearly: 1, within: 14 * DAY })).toBe(
      'last 3, daily 7, yearly 1, within 14d',
    );
  });
});
