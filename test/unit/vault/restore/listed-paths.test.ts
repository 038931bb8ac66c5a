import { describe, expect, it } from 'vitest';
import { createPathCompany, whyNotRestored } from '../../../../src/vault/restore/listed-paths.ts';

const HASH = 'a'.repeat(64);
const file = (path: string, change: object = {}) => ({
  path,
  size: 1,
  mtimeNs: '1',
  sha256: HASH,
  ...change,
});

describe('whyNotRestored', () => {
  it('has nothing against what a vault lists', () => {
    for (const path of [
      'a',
      'a/b.c/d e',
      'Ä/\u{1F600}',
      'new\nline',
      '...',
      '..a',
      'C:',
      'a\\b',
      'con',
      'x.',
    ])
      expect(whyNotRestored(file(path), false), path).toBeUndefined();
    expect(whyNotRestored(file('a/', { size: 0, sha256: '' }), false)).toBeUndefined();
    expect(whyNotRestored(file('Apps/0d5a-4b.qvf'), true)).toBeUndefined();
    expect(whyNotRestored(file('console/com10/nul-x'), true)).toBeUndefined();
  });

  it.each([
    '',
    '/',
    '//',
    '..',
    '../a',
    'a/..',
    'a/../b',
    '/a',
    'a//b',
    '.',
    'a/./b',
    'a\0b',
    '\udfff',
    '/a/',
  ])('refuses %j anywhere', (path) => {
    const entry = path.endsWith('/') ? file(path, { size: 0, sha256: '' }) : file(path);
    expect(whyNotRestored(entry, false)).toBeDefined();
    expect(whyNotRestored(entry, true)).toBeDefined();
  });

  it.each([
    'C:/x',
    'c:',
    'a\\..\\b',
    'a:stream',
    'x\u0001',
    'x?',
    'dot.',
    'space ',
    'a /b',
    'NUL',
    'con.txt',
    'lpt\u00b9.x',
    'CONIN$',
  ])('refuses %j on Windows', (path) => {
    expect(whyNotRestored(file(path), true)).toMatch(/Windows/);
  });

  it('refuses sizes, times and hashes that are none', () => {
    for (const change of [
      { size: -1 },
      { mtimeNs: '1e9' },
      { mtimeNs: '' },
      { sha256: 'A'.repeat(64) },
      { sha256: '' },
    ])
      expect(whyNotRestored(file('a', change), false), JSON.stringify(change)).toBeDefined();
    expect(whyNotRestored(file('a/'), false)).toBeDefined();
  });

  it('refuses the names that restores keep for themselves, in any case', () => {
    expect(whyNotRestored(file('a/.sense-runbook-before-X/b'), false)).toBeDefined();
    expect(whyNotRestored(file('.Sense-Runbook-New-0'), false)).toBeDefined();
    expect(whyNotRestored(file('.sense-runbook-notes'), false)).toBeUndefined();
  });
});

describe('createPathCompany', () => {
  const first = (paths: readonly string[], windows: boolean): string | undefined => {
    const company = createPathCompany(windows);
    return paths.map((path) => company.add(path)).find((reason) => reason !== undefined);
  };

  it('finds names that differ only in case in the same folder, however far apart', () => {
    expect(first(['A/x', 'B', 'a/y'], true)).toContain('only in case from A');
    expect(first(['f/Ä/1', 'f/b/2', 'f/ä'], true)).toContain('only in case from f/Ä');
    expect(first(['A/x', 'B/X', 'C/', 'c-d'], true)).toBeUndefined();
    expect(first(['A/x', 'B', 'a/y'], false)).toBeUndefined();
    // Windows compares one character with one.
    expect(first(['ss', '\u00df'], true)).toBeUndefined();
  });

  it('finds a path below a file or an empty folder', () => {
    expect(first(['a', 'a/b'], false)).toContain('lies in a');
    expect(first(['a/', 'a/b'], false)).toContain('lies in a');
    expect(first(['a', 'a-b', 'ab'], false)).toBeUndefined();
  });
});
