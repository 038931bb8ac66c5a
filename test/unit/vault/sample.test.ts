import { describe, expect, it } from 'vitest';
import { chooseBySample } from '../../../src/vault/sample.ts';

const PATHS = Array.from({ length: 4000 }, (_, index) => `share/Apps/${String(index)}.qvf`);

describe('a sample of files', () => {
  it('is about as large as asked for, the same for one seed and another for another', () => {
    const chosen = (seed: string) => PATHS.filter(chooseBySample({ percent: 10, seed }));
    expect(chosen('a').length).toBeGreaterThan(300);
    expect(chosen('a').length).toBeLessThan(500);
    expect(chosen('a')).toEqual(chosen('a'));
    expect(chosen('b')).not.toEqual(chosen('a'));
  });

  it('reads all in the end, when the seed changes', () => {
    const left = new Set(PATHS.slice(0, 200));
    for (let week = 0; left.size > 0 && week < 200; week += 1)
      for (const path of [...left].filter(chooseBySample({ percent: 25, seed: String(week) })))
        left.delete(path);
    expect(left.size).toBe(0);
  });

  it('is everything without one, and refuses what is no part', () => {
    expect(PATHS.every(chooseBySample(undefined))).toBe(true);
    expect(PATHS.every(chooseBySample({ percent: 100, seed: 'a' }))).toBe(true);
    expect(() => chooseBySample({ percent: 0, seed: 'a' })).toThrow(/no part/);
  });
});
