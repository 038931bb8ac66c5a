import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatDuration, wrapText } from '../../../src/foundation/human.ts';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [1_234_567_890, '1.2 GB'],
    [5e18, '5000.0 PB'],
  ])('words %d', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0.0 s'],
    [-5, '0.0 s'],
    [9949, '9.9 s'],
    [9950, '10 s'],
    [59_499, '59 s'],
    [59_500, '1 min'],
    [185_000, '3 min 5 s'],
    [3_599_600, '1 h'],
    [7_440_000, '2 h 4 min'],
    [172_800_000, '2 d'],
    [266_400_000, '3 d 2 h'],
  ])('words %d ms', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

describe('formatCount', () => {
  it.each([
    [1, '1 file'],
    [0, '0 files'],
    [999, '999 files'],
    [1_234_567, '1,234,567 files'],
  ])('words %d', (count, text) => {
    expect(formatCount(count, 'file')).toBe(text);
  });
});

describe('wrapText', () => {
  it('breaks at spaces and indents later lines', () => {
    expect(wrapText('one two three four', 9, '  ')).toEqual(['one two', '  three', '  four']);
  });

  it('keeps a long word whole and leading spaces', () => {
    expect(wrapText('  a/very/long/path b', 8, '    ')).toEqual(['  a/very/long/path', '    b']);
  });

  it('keeps line ends and empty lines', () => {
    expect(wrapText('a\n\nb', 10)).toEqual(['a', '', 'b']);
  });

  it('breaks no path in quotes that belongs to a command in a sentence', () => {
    const text = "Look, then `sense-runbook --site 'C:\\My Sites\\the one\\site.yaml' recover`, it's time.";
    expect(wrapText(text, 40)).toEqual([
      'Look, then `sense-runbook --site',
      "'C:\\My Sites\\the one\\site.yaml'",
      "recover`, it's time.",
    ]);
    expect(wrapText('next: sense-runbook --site "D:\\my site\\site.yaml" resume r1 or "go on"', 24)).toEqual([
      'next: sense-runbook',
      '--site',
      '"D:\\my site\\site.yaml"',
      'resume r1 or "go on"',
    ]);
  });

  it('breaks a sentence in quotes that is no command', () => {
    expect(wrapText("'one two' and 'three four'", 9)).toEqual(["'one two'", 'and', "'three", "four'"]);
  });
});
