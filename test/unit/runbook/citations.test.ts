import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRunbookFile } from '../../../src/runbook/load.ts';
import { loadedSteps } from '../../../src/runbook/loaded.ts';
import { MANUAL_SECTIONS } from '../../helpers/manual-sections.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const RUNBOOKS = readdirSync(path.join(ROOT, 'runbooks')).filter((name) => name.endsWith('.yaml'));

const MANUAL =
  /^(?<section>\d+\.\d+)(?: steps? \d+[a-z]?(?:-\d+| and \d+)?)?, p\. (?<pages>\d+(?:-\d+)?(?:, \d+)*)$/;
const DOCS = /^(?<file>docs\/[a-z-]+\.md), (?<heading>.+)$/;
const ELSEWHERE = /^(?:(?:PostgreSQL|Microsoft) documentation|help\.qlik\.com), .+$/;

/** What is wrong with one citation; undefined when it leads somewhere. */
function problemOf(citation: string): string | undefined {
  const manual = MANUAL.exec(citation)?.groups;
  if (manual !== undefined) {
    const [first, last] = MANUAL_SECTIONS[manual['section'] ?? ''] ?? [NaN, NaN];
    const pages = (manual['pages'] ?? '').split(/-|, /).map(Number);
    return pages.every((page) => page >= first && page <= last) ? undefined : 'no such page in that section';
  }
  const docs = DOCS.exec(citation)?.groups;
  if (docs !== undefined) {
    const file = path.join(ROOT, docs['file'] ?? '');
    if (!existsSync(file)) return 'no such file';
    return headingsOf(file).includes(docs['heading'] ?? '') ? undefined : 'no such heading';
  }
  return ELSEWHERE.test(citation)
    ? undefined
    : 'neither the manual, nor these docs, nor a named documentation';
}

function headingsOf(file: string): string[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line) => {
    const heading = /^#+ (.+)$/.exec(line)?.[1];
    return heading === undefined ? [] : [heading.replaceAll('`', '')];
  });
}

describe('the citations of the shipped runbooks', () => {
  it.each(RUNBOOKS)('%s says of every step where it comes from, and that is there', async (file) => {
    const { sections, always, source } = await loadRunbookFile(path.join(ROOT, 'runbooks', file));
    const steps = [...sections.flatMap(({ items }) => loadedSteps(items)), ...loadedSteps(always)];
    expect(steps.filter((step) => step.source === undefined).map(({ id }) => id)).toEqual([]);
    const citations = [{ id: 'runbook', source }, ...steps].flatMap(({ id, source: said = '' }) =>
      said === '' ? [] : said.split('; ').map((citation) => ({ id, citation })),
    );
    const wrong = citations.flatMap(({ id, citation }) => {
      const problem = problemOf(citation);
      return problem === undefined ? [] : [`${id}: ${citation}: ${problem}`];
    });
    expect(wrong).toEqual([]);
  });

  it.each([
    ['5.6, p. 300', 'no such page in that section'],
    ['5.99, p. 208', 'no such page in that section'],
    ['docs/no-such-page.md, Drill', 'no such file'],
    ['docs/how-safe-is-my-backup.md, Rehearsal', 'no such heading'],
    ['somewhere', 'neither the manual, nor these docs, nor a named documentation'],
  ])('%s would be found out', (citation, problem) => {
    expect(problemOf(citation)).toBe(problem);
  });
});
