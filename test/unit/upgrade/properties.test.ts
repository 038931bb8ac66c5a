import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planUpgrade } from '../../../src/upgrade/plan-upgrade.ts';
import type { UpgradeStart } from '../../../src/upgrade/types.ts';
import { nameOf, START, TARGET, VAGUE } from './arbitraries.ts';
import { broughtUpTo, fewestHops, stateOf } from './checker.ts';
import { unknown } from './paths/expect-path.ts';
import { complaints, newerStops } from './replay.ts';

const RUNS = { numRuns: 200 };

describe('any path', () => {
  it('breaks no rule of the manual, and arrives', () => {
    fc.assert(
      fc.property(START, TARGET, (start, target) => {
        const plan = planUpgrade(start, { to: nameOf(target) }, { alternatives: 3 });
        if (!plan.reachable) return;
        const from = stateOf(start);
        expect(complaints(from, plan.hops, target, start.windows)).toEqual([]);
        for (const { hops } of plan.alternatives)
          expect(complaints(from, hops, target, start.windows)).toEqual([]);
      }),
      RUNS,
    );
  });

  it('is one of the shortest, and there is one where any way exists', () => {
    fc.assert(
      fc.property(START, TARGET, (start, target) => {
        const plan = planUpgrade(start, { to: nameOf(target) });
        const { hops } = fewestHops(stateOf(start), target, start.windows);
        expect(plan.reachable ? plan.hops.length : undefined).toBe(hops);
        expect(plan.blockedBy.length > 0).toBe(!plan.reachable);
      }),
      RUNS,
    );
  });

  it('stops at the newest releases among equal ways', () => {
    fc.assert(
      fc.property(START, TARGET, (start, target) => {
        const { hops } = planUpgrade(start, { to: nameOf(target) });
        expect(newerStops(stateOf(start), hops, target, start.windows)).toEqual([]);
      }),
      RUNS,
    );
  });

  it('is no dearer than any other that is offered, and as long as its hops together', () => {
    fc.assert(
      fc.property(START, TARGET, (start, target) => {
        const plan = planUpgrade(start, { to: nameOf(target) }, { alternatives: 5 });
        const sum = plan.hops.reduce((minutes, hop) => minutes + hop.downtime.minutes, 0);
        expect(plan.downtime.minutes).toBe(sum);
        for (const { hops, downtime } of plan.alternatives) {
          expect(hops.length).toBeGreaterThanOrEqual(plan.hops.length);
          if (hops.length === plan.hops.length) expect(downtime.minutes).toBeGreaterThanOrEqual(sum);
        }
        const others = plan.alternatives.map(({ hops }) => JSON.stringify(hops));
        expect(new Set([...others, JSON.stringify(plan.hops)]).size).toBe(others.length + 1);
      }),
      RUNS,
    );
  });

  it('from a site with unknown answers fits what is known, and breaks no rule of what was assumed', () => {
    fc.assert(
      fc.property(VAGUE, TARGET, (start, target) => {
        const plan = planUpgrade(start, { to: nameOf(target) });
        const from = plan.hops[0]?.stateBefore;
        if (from === undefined) return;
        expect(complaints(from, plan.hops, target, start.windows)).toEqual([]);
        expect(plan.hops).toHaveLength(fewestHops(from, target, start.windows).hops ?? -1);
        expect(from.release).toBe(start.release);
        expect(from.patch).toBe(start.patch ?? (start.uninstalled === true ? from.patch : 'unknown'));
        if (start.postgres !== undefined) expect(from.postgres).toMatchObject(start.postgres);
      }),
      RUNS,
    );
  });

  it('is no shorter for a site of unknown patch than for the same with any patch or none', () => {
    fc.assert(
      fc.property(START, TARGET, (start, target) => {
        const hopsOf = (one: UpgradeStart) => planUpgrade(one, { to: nameOf(target) }).hops.length;
        const vague = unknown(start, 'patch');
        expect(hopsOf(vague)).toBeGreaterThanOrEqual(hopsOf({ ...vague, patch: 'none' }));
        if (target.patch === undefined) expect(hopsOf(vague)).toBe(hopsOf({ ...vague, patch: 1 }));
      }),
      RUNS,
    );
  });

  it('is no shorter for an unknown PostgreSQL than for any that the releases up to now brought', () => {
    fc.assert(
      fc.property(START, TARGET, (start, target) => {
        const vague = unknown(start, 'postgres', 'firstInstalled');
        const hopsOf = (one: UpgradeStart) => planUpgrade(one, { to: nameOf(target) }).hops.length;
        const longest = hopsOf(vague);
        for (const version of broughtUpTo(start.release))
          expect(hopsOf({ ...vague, postgres: { version, kind: 'bundled' } })).toBeLessThanOrEqual(longest);
      }),
      RUNS,
    );
  });

  it('is the same for the same question', () => {
    fc.assert(
      fc.property(VAGUE, TARGET, (start, target) => {
        const ask = () => planUpgrade(structuredClone(start), { to: nameOf(target) }, { alternatives: 3 });
        expect(JSON.stringify(ask())).toBe(JSON.stringify(ask()));
      }),
      RUNS,
    );
  });

  it('has a reason, a source and a way back for each hop', () => {
    fc.assert(
      fc.property(VAGUE, TARGET, (start, target) => {
        const { hops, alternatives, warnings, blockedBy } = planUpgrade(
          start,
          { to: nameOf(target) },
          { alternatives: 3 },
        );
        const all = [...hops, ...alternatives.flatMap((one) => one.hops)];
        for (const { reasons } of all) expect(reasons.length).toBeGreaterThan(0);
        const said = all.flatMap((hop) => [
          ...[...hop.reasons, ...hop.before, ...hop.during, ...hop.after],
          hop.wayBack,
        ]);
        for (const { rule, text, source, confidence } of [...said, ...warnings, ...blockedBy]) {
          expect(rule).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
          expect(text).not.toBe('');
          if (confidence === 'A' && rule !== 'goal') expect(source).toMatch(/\bpp?\. \d/);
          expect(source).not.toBe('');
        }
      }),
      RUNS,
    );
  });
});
