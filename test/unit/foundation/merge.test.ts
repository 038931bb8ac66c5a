import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeSorted } from '../../../src/foundation/merge.ts';

function* stream(items: readonly number[], onEnd?: () => void): Generator<number, void, undefined> {
  try {
    yield* items;
  } finally {
    onEnd?.();
  }
}

const difference = (a: number, b: number): number => a - b;
const sorted = fc.uniqueArray(fc.integer({ min: 0, max: 30 })).map((items) => items.sort(difference));

describe('mergeSorted', () => {
  it('pairs equal items and gives the others alone, in order', () => {
    fc.assert(
      fc.property(sorted, sorted, (left, right) => {
        const pairs = [...mergeSorted(stream(left), stream(right), difference)];
        expect(pairs.flatMap((pair) => pair.left ?? [])).toEqual(left);
        expect(pairs.flatMap((pair) => pair.right ?? [])).toEqual(right);
        const keys = pairs.map((pair) => pair.left ?? pair.right);
        expect(keys).toEqual([...new Set([...left, ...right])].sort(difference));
      }),
    );
  });

  it('takes an empty stream on either side', () => {
    const left = [...mergeSorted(stream([1]), stream([]), difference)];
    const right = [...mergeSorted(stream([]), stream([1]), difference)];
    expect([left, right]).toEqual([[{ left: 1 }], [{ right: 1 }]]);
  });

  it('closes both streams when its reader stops early', () => {
    const closed: string[] = [];
    const pairs = mergeSorted(
      stream([1, 2, 3], () => closed.push('left')),
      stream([1, 2, 3], () => closed.push('right')),
      difference,
    );
    for (const pair of pairs) if (pair.left === 2) break;
    expect(closed.sort()).toEqual(['left', 'right']);
  });

  it('passes on what a stream throws', () => {
    function* broken(): Generator<number, void, undefined> {
      yield 1;
      throw new Error('the disk is gone');
    }
    expect(() => [...mergeSorted(broken(), stream([1, 2]), difference)]).toThrow('the disk is gone');
  });
});
