import { describe, expect, it } from 'vitest';
import { planUpgrade } from '../../../src/upgrade/plan-upgrade.ts';
import type { PostgresStart, UpgradeStart } from '../../../src/upgrade/types.ts';
import { broughtUpTo, fewestHops, stateOf } from './checker.ts';
import { complaints, newerStops } from './replay.ts';
import { age, RELEASES } from './releases.ts';

/** Per release, a patched and an uninstalled site on the oldest server that can be there: bundled, and of its own. */
const STARTS: readonly UpgradeStart[] = RELEASES.flatMap((release) => {
  const [version = '9.3'] = broughtUpTo(release);
  const servers: PostgresStart[] = [
    { version, kind: 'bundled' },
    { version, kind: 'standalone', remote: false },
  ];
  return servers.flatMap((postgres): UpgradeStart[] => [
    { release, patch: 3, postgres },
    { release, patch: 'none', postgres, uninstalled: true },
  ]);
});

describe('a plan to any release is as short as any, at the newest stops, and breaks no rule', () => {
  const named = STARTS.map((start) => ({ ...start, name: JSON.stringify(start) }));
  it.each(named)('from $name', ({ name: _name, ...start }) => {
    const from = stateOf(start);
    for (const goal of RELEASES.filter((one) => age(one) >= age(start.release))) {
      const target = { release: goal };
      const plan = planUpgrade(start, { to: goal });
      expect(plan.reachable ? plan.hops.length : undefined, goal).toBe(fewestHops(from, target).hops);
      if (!plan.reachable) continue;
      expect(complaints(from, plan.hops, target), goal).toEqual([]);
      expect(newerStops(from, plan.hops, target), goal).toEqual([]);
    }
  });
});
