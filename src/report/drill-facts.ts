import type { JsonObject } from '../contract/json.ts';
import type { RunReport } from '../engine/types.ts';
import { formatCount, formatDuration } from '../foundation/human.ts';
import { lackedParts, lackedWords, type SetPart } from '../vault/set-parts.ts';

const SHOWN = 20;

/** What a drill of the run found, name and value; nothing when the run had none that came to its verdict. */
export function drillFacts({ steps }: Pick<RunReport, 'steps'>): [string, string][] {
  const drill = steps.findLast(({ outputs }) => isObject(outputs?.['drill']))?.outputs?.['drill'];
  if (!isObject(drill)) return [];
  const number = (name: string): number => (typeof drill[name] === 'number' ? drill[name] : 0);
  const copy = textOf(drill['copy']);
  const set = `${textOf(drill['set'])}${copy === '' ? '' : ` of copy ${copy}`}`;
  const lacks = lackedParts(drill);
  const facts: [string, string][] = [['Drill', `${verdictWords(drill['verdict'], lacks)}: ${set}`]];
  const counts = [
    formatCount(number('databases'), 'database'),
    formatCount(number('tables'), 'table'),
    formatCount(number('rows'), 'row'),
  ];
  facts.push(['Restore', `took ${formatDuration(number('restoreMs'))}, all databases side by side`]);
  facts.push(['Compared', counts.join(', ')]);
  const sample = drill['samplePercent'];
  const part = typeof sample === 'number' ? ` (${String(sample)}% of the copied folders)` : '';
  facts.push(['Read again', `${formatCount(number('files'), 'file')}${part}`]);
  const all = Array.isArray(drill['differences']) ? drill['differences'] : [];
  for (const line of all.slice(0, SHOWN)) facts.push(['Differs', textOf(line)]);
  const more = number('differenceCount') - Math.min(SHOWN, all.length);
  if (more > 0) facts.push(['Differs', `and ${String(more)} more`]);
  return facts;
}

/** Only a drill that found nothing may say "proven" (design rule 3). */
function verdictWords(verdict: unknown, lacks: readonly SetPart[]): string {
  if (verdict === 'passed' && lacks.length > 0)
    return `what it has is proven restorable; it has ${lackedWords(lacks)}`;
  if (verdict === 'passed') return 'proven restorable';
  return verdict === 'failed' ? 'NOT restorable as it is' : 'restored, nothing to compare with: not proven';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
