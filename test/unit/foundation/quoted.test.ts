import { describe, expect, it } from 'vitest';
import { quoted } from '../../../src/foundation/quoted.ts';

describe('a word of a command line', () => {
  it.each([
    [String.raw`D:\Backup\plan.json`, String.raw`D:\Backup\plan.json`],
    ['/srv/my plan.json', '"/srv/my plan.json"'],
    ['', '""'],
    ['a "b"', `'a "b"'`],
    ["it's $5", String.raw`'it'\''s $5'`],
  ])('%s is typed as %s', (word, typed) => {
    expect(quoted(word)).toBe(typed);
  });
});
