import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareNames, comparePaths, isWithin } from '../../../src/foundation/path-order.ts';

const component = fc.string({
  unit: fc.constantFrom('a', 'B', '-', '.', '0', 'ä', '\u0000', '\uD83D\uDE00', '\uFFFD', '~'),
  minLength: 1,
  maxLength: 4,
});
const path = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

/** The order as it is meant, written down without regard to speed. */
function byComponents(a: string, b: string): number {
  const left = a.split('/');
  const right = b.split('/');
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const order = compareNames(left[index] ?? '', right[index] ?? '');
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

describe('comparePaths', () => {
  it('keeps a folder together: its content comes before names that only begin like it', () => {
    expect(['a-b', 'a/b', 'a', 'a.txt', 'a/b/c', 'a/b-c'].sort(comparePaths)).toEqual([
      'a',
      'a/b',
      'a/b/c',
      'a/b-c',
      'a-b',
      'a.txt',
    ]);
  });

  it('orders by code units and not by any language', () => {
    expect(['ä', 'z', 'a', 'Z', 'é'].sort(comparePaths)).toEqual(['Z', 'a', 'z', 'ä', 'é']);
    expect(comparePaths('\u00e9', 'e\u0301')).not.toBe(0);
  });

  it('agrees with comparing component by component', () => {
    fc.assert(
      fc.property(path, path, (a, b) => {
        expect(Math.sign(comparePaths(a, b))).toBe(Math.sign(byComponents(a, b)));
      }),
    );
  });

  it('is a total order', () => {
    fc.assert(
      fc.property(path, path, path, (a, b, c) => {
        expect(Math.sign(comparePaths(a, b))).toBe(-Math.sign(comparePaths(b, a)) + 0);
        expect(comparePaths(a, b) === 0).toBe(a === b);
        if (comparePaths(a, b) <= 0 && comparePaths(b, c) <= 0)
          expect(comparePaths(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('puts the line of an empty folder before everything that could be in it', () => {
    expect(comparePaths('x/', 'x/a')).toBeLessThan(0);
    expect(comparePaths('x', 'x/')).toBeLessThan(0);
    expect(comparePaths('x/', 'x-')).toBeLessThan(0);
  });
});

describe('isWithin', () => {
  it('knows a folder from a name that begins like it', () => {
    expect(isWithin('Apps/Search', 'Apps')).toBe(true);
    expect(isWithin('Apps', 'Apps')).toBe(true);
    expect(isWithin('Apps2/x', 'Apps')).toBe(false);
    expect(isWithin('anything', '')).toBe(true);
  });
});
