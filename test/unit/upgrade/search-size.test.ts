import { describe, expect, it } from 'vitest';
import { findRoute } from '../../../src/upgrade/route.ts';
import { findPath } from '../../../src/upgrade/search.ts';
import { broughtUpTo } from './checker.ts';
import { age, RELEASES } from './releases.ts';

/** Every release, patched or not, on each of four servers that a path passes through. */
const STATES = RELEASES.length * 2 * 4;

describe('the search', () => {
  it.each(RELEASES)('from %s to any release weighs no more moves than there are states', (release) => {
    const [version = '9.3'] = broughtUpTo(release);
    for (const goal of RELEASES.filter((one) => age(one) >= age(release))) {
      const start = { release, patch: 3, postgres: { version, kind: 'bundled' } } as const;
      const { search, path } = findRoute(start, { to: `${goal} Patch 9` }, {});
      let weighed = 0;
      const minutes: typeof search.minutes = (kind) => {
        weighed += 1;
        return search.minutes(kind);
      };
      expect(findPath({ ...search, minutes })).toEqual(path);
      expect(weighed, goal).toBeGreaterThan(0);
      expect(weighed, goal).toBeLessThan(STATES);
    }
  });
});
