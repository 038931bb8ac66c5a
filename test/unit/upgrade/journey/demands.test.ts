import { describe, expect, it } from 'vitest';
import { demandsOf } from '../../../../src/upgrade/journey/demands.ts';
import { planOf, THREE_HOPS } from './samples.ts';

const hop = planOf({ ...THREE_HOPS, ssl: true }).hops.find(({ kind }) => kind === 'upgrade');

/** Rules about SSL whose demands are left to a person. */
function left(params: Readonly<Record<string, string>>): string[] {
  if (hop === undefined) throw new Error('the plan has no upgrade');
  const demands = [...demandsOf({ hop, params }, 'before'), ...demandsOf({ hop, params }, 'after')];
  return demands.map(({ rule }) => rule).filter((rule) => ['ssl-off', 'ssl-on'].includes(rule));
}

describe('what a person confirms of a hop', () => {
  it('is not what its run leads through and looks at', () => {
    expect(left({})).toEqual(['ssl-off', 'ssl-on']);
    expect(left({ ssl: 'refuse' })).toEqual(['ssl-off', 'ssl-on']);
    expect(left({ ssl: 'on-again' })).toEqual(['ssl-off']);
    expect(left({ ssl: 'guided' })).toEqual([]);
  });
});
