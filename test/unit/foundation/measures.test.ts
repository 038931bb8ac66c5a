import { describe, expect, it } from 'vitest';
import { parseDuration, parseSize } from '../../../src/foundation/measures.ts';

describe('a written duration', () => {
  it.each([
    ['500ms', 500],
    ['90s', 90_000],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['1d2h3m4s5ms', 93_784_005],
    ['0s', 0],
  ])('%s is %i milliseconds', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['', '10', 'm', '10 m', '-1s', '1.5h', '30m1h', '10M', '10mm', '9'.repeat(20) + 'd'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});

describe('a written size', () => {
  it.each([
    ['1 B', 1],
    ['500 MB', 500_000_000],
    ['20GB', 20_000_000_000],
    ['1.5 TB', 1_500_000_000_000],
    ['2 kB', 2000],
    ['2 KB', 2000],
  ])('%s is %i bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', '20', 'GB', '20 gb', '-1 GB', '1,5 GB', '20 GiB', '9'.repeat(20) + ' TB'])(
    '%j is none',
    (text) => {
      expect(parseSize(text)).toBeUndefined();
    },
  );
});
