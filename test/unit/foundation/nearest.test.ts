import { describe, expect, it } from 'vitest';
import { nearest, nearestId } from '../../../src/foundation/nearest.ts';

describe('the nearest known word', () => {
  const known = ['vault', 'share', 'static-content', 'timeouts', 'database'];

  it.each([
    ['valut', 'vault'],
    ['staticContent', 'static-content'],
    ['STATIC_CONTENT', 'static-content'],
    ['timeout', 'timeouts'],
    ['databse', 'database'],
    ['shard', 'share'],
  ])('of %s is %s', (word, wanted) => {
    expect(nearest(word, known)).toBe(wanted);
  });

  it.each(['colour', 'x', ''])('of %j is none', (word) => {
    expect(nearest(word, known)).toBeUndefined();
  });

  it('is the closer one, and the first of two equally close', () => {
    expect(nearest('abcd', ['abxx', 'abcx'])).toBe('abcx');
    expect(nearest('abc', ['abx', 'aby'])).toBe('abx');
  });

  it('is none when nothing is known', () => {
    expect(nearest('a', [])).toBeUndefined();
  });
});

describe('the nearest known identifier', () => {
  const ids = ['20261128T010000Z-aaaaaa', '20261129T010000Z-bbbbbb', '20261129T020000Z-cccccc'];

  it.each([
    ['20261128', ids[0]],
    ['20261129', ids[2]],
    ['20261129T010000Z', ids[1]],
    ['20261129T010000Z-bbbbbc', ids[1]],
    ['2027', undefined],
    ['', undefined],
  ])('of "%s" is %s', (word, wanted) => {
    expect(nearestId(word, ids)).toBe(wanted);
  });
});
