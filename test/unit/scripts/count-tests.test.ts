import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Report {
  testResults: { name: string; status: string; assertionResults: { status: string }[] }[];
}
interface CountScript {
  summarize: (reports: Report[], folders: string[]) => { lines: string[]; missing: string[] };
}

const clone = path.resolve(import.meta.dirname, '../../..');
const script = path.join(clone, 'scripts', 'count-tests.mjs');
const { summarize } = (await import(pathToFileURL(script).href)) as CountScript;

function file(name: string, ...statuses: string[]): Report['testResults'][number] {
  const status = statuses.includes('failed') ? 'failed' : 'passed';
  return {
    name: path.join(clone, name),
    status,
    assertionResults: statuses.map((each) => ({ status: each })),
  };
}

describe('the sum of the tests', () => {
  it('tells how many were skipped, and the files of which none ran in any report', () => {
    const sample = { testResults: [file('test/unit/a.test.ts', 'passed', 'passed', 'skipped')] };
    const first = { testResults: [file('test/faults/b.test.ts', 'skipped', 'skipped')] };
    const second = {
      testResults: [
        file('test/faults/b.test.ts', 'passed', 'failed'),
        file('test/windows/c.test.ts', 'skipped', 'todo'),
        file('test/windows/empty.test.ts'),
      ],
    };
    expect(summarize([sample, first, second], ['unit', 'faults', 'windows'])).toEqual({
      lines: [
        'tests: 3 passed, 1 failed, 5 skipped',
        'skipped whole:',
        '  test/windows/c.test.ts',
        '  test/windows/empty.test.ts',
      ],
      missing: [],
    });
  });

  it('names no file where each had a test that ran, nor one that could not be loaded', () => {
    const broken = { ...file('test/unit/d.test.ts'), status: 'failed' };
    const report = { testResults: [file('test/unit/a.test.ts', 'passed', 'skipped'), broken] };
    expect(summarize([report], ['unit']).lines).toEqual(['tests: 1 passed, 0 failed, 1 skipped']);
  });

  it('names the folders of which nothing was taken', () => {
    const report = { testResults: [file('test/unit/a.test.ts', 'passed')] };
    const { lines, missing } = summarize([report], ['unit', 'faults', 'procedures']);
    expect(missing).toEqual(['faults', 'procedures']);
    expect(lines.at(-1)).toBe('no test file was taken of: faults, procedures');
  });
});
