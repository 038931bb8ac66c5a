import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asksForDocument, nameSite } from '../../../src/main/name-site.ts';
import { quoted } from '../../../src/foundation/quoted.ts';

const named = `sense-runbook --site ${quoted(resolve('my site.yaml'))}`;

describe('commands that a text names, where a site file was given', () => {
  it.each([
    ['`sense-runbook resume RUN` goes on', `\`${named} resume RUN\` goes on`],
    ['see "sense-runbook backups"; sense-runbook plan', `see \`${named} backups\`; ${named} plan`],
    ['at the end of a line sense-runbook\n  run backup', `at the end of a line ${named}\n  run backup`],
  ])('name it: %s', (text, expected) => {
    expect(nameSite(text, 'my site.yaml')).toBe(expected);
  });

  it('keep the quotes they stand in where the path needs none', () => {
    const file = resolve('/srv/site.yaml');
    expect(nameSite('"sense-runbook backups"', file)).toBe(`"sense-runbook --site ${quoted(file)} backups"`);
  });

  it.each([
    'made by sense-runbook in run 20261129T020000Z-abcdef',
    'sense-runbook demo --setup-only',
    'Write one with "sense-runbook init", or name it with --site FILE.',
    'sense-runbook --site FILE backup --yes',
    String.raw`C:\ProgramData\sense-runbook run`,
    'sense-runbook run-away',
    'sense-runbook --help lists the commands.',
  ])('are only those that take one: %s', (text) => {
    expect(nameSite(text, 'my site.yaml')).toBe(text);
  });
});

describe('documents, which stay as they are', () => {
  it.each([
    [['plan', 'backup', '--format', 'json'], true],
    [['runs', 'report', 'RUN', '--format=html'], true],
    [['plan', 'backup', '--format', 'text'], false],
    [['backup', '--format', 'custom', 'html'], false],
  ])('are asked for by %j: %s', (argv, expected) => {
    expect(asksForDocument(argv)).toBe(expected);
  });
});
