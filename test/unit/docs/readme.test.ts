import { describe, expect, it } from 'vitest';
import { EXIT_CODES } from '../../../src/contract/errors.ts';
import { readText } from './pages.ts';

describe('README.md', () => {
  it('has the table of exit codes that every help has', () => {
    const section = readText('README.md').split('## Exit codes')[1]?.split('\n## ')[0] ?? '';
    const rows = [...section.matchAll(/^\| *(\d+) *\| (.*?) *\|$/gm)].map((row) => [row[1], row[2]]);
    expect(rows).toEqual(Object.entries(EXIT_CODES));
  });

  it('shows the two commands of a fresh clone before anything else', () => {
    const first = readText('README.md').split('\n## ')[1] ?? '';
    expect(first).toMatch(/^Two commands\n/);
    expect(first).toContain('\nnpm run demo ');
    expect(first).toContain('\nnpm test ');
  });

  it('names the oldest Node.js that package.json allows', () => {
    const { engines } = JSON.parse(readText('package.json')) as { engines: { node: string } };
    expect(readText('README.md')).toContain(`Node.js ${engines.node.replace('>=', '')} or newer`);
  });
});
