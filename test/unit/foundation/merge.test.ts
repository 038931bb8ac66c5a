import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeBatches, mergeSorted, nothing } from '../../../src/foundation/merge.ts';
import { collect } from '../../helpers/collect.ts';

async function* stream(
  items: readonly number[],
  onEnd?: () => void,
): AsyncGenerator<number, void, undefined> {
  try {
    for (const item of items) yield await Promise.resolve(item);
  } finally {
    onEnd?.();
  }
}

const difference = (a: number, b: number): number => a - b;
const sorted = fc.uniqueArray(fc.integer({ min: 0, max: 30 })).map((items) => items.sort(difference));

describe('mergeSorted', () => {
  it('pairs equal items and gives the others alone, in order', async () => {
    await fc.assert(
      fc.asyncProperty(sorted, sorted, async (left, right) => {
        const pairs = await collect(mergeSorted(stream(left), stream(right), difference));
        expect(pairs.flatMap((pair) => pair.left ?? [])).toEqual(left);
        expect(pairs.flatMap((pair) => pair.right ?? [])).toEqual(right);
        const keys = pairs.map((pair) => pair.left ?? pair.right);
        expect(keys).toEqual([...new Set([...left, ...right])].sort(difference));
      }),
    );
  });

  it('takes an empty stream on either side', async () => {
    const left = await collect(mergeSorted(stream([1]), nothing(), difference));
    const right = await collect(mergeSorted<number, number>(nothing(), stream([1]), difference));
    expect([left, right]).toEqual([[{ left: 1 }], [{ right: 1 }]]);
  });

  it('closes both streams when its reader stops early', async () => {
    const closed: string[] = [];
    const pairs = mergeSorted(
      stream([1, 2, 3], () => closed.push('left')),
      stream([1, 2, 3], () => closed.push('right')),
      difference,
    );
    for await (const pair of pairs) if (pair.left === 2) break;
    expect(closed.sort()).toEqual(['left', 'right']);
  });

  it('passes on what a stream throws', async () => {
    async function* broken(): AsyncGenerator<number, void, undefined> {
      yield await Promise.resolve(1);
      throw new Error('the disk is gone');
    }
    await expect(collect(mergeSorted(broken(), stream([1, 2]), difference))).rejects.toThrow(
      'the disk is gone',
    );
  });
});

describe('mergeBatches', () => {
  async function* inBatches(
    items: readonly number[],
    sizes: readonly number[],
    onEnd?: () => void,
  ): AsyncGenerator<number[], void, undefined> {
    try {
      for (let next = 0, turn = 0; next < items.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1;
        yield await Promise.resolve(items.slice(next, next + size));
        next += size;
      }
    } finally {
      onEnd?.();
    }
  }

  it('gives the pairs of mergeSorted, however the streams are cut', async () => {
    // A batch may be empty, but not all of them, or the stream would have no end.
    const sizes = fc.array(fc.nat({ max: 4 }), { maxLength: 4 }).map((list) => [...list, 1]);
    await fc.assert(
      fc.asyncProperty(sorted, sorted, sizes, sizes, async (left, right, leftSizes, rightSizes) => {
        const wanted = await collect(mergeSorted(stream(left), stream(right), difference));
        const batches = await collect(
          mergeBatches(inBatches(left, leftSizes), inBatches(right, rightSizes), difference),
        );
        expect(batches.flat()).toEqual(wanted);
        expect(batches.every((batch) => batch.length > 0)).toBe(true);
      }),
    );
  });

  it('closes both streams when its reader stops early', async () => {
    const closed: string[] = [];
    const left = inBatches([1, 2, 3], [1], () => closed.push('left'));
    const right = inBatches([1, 2, 3], [1], () => closed.push('right'));
    for await (const batch of mergeBatches(left, right, difference)) if (batch.length > 0) break;
    expect(closed).toEqual(['left', 'right']);
  });
});
