import { expect } from 'vitest';
import { stepsOf } from '../../src/contract/plan.ts';
import { faultName } from './kill-at.mjs';
import { newestJournal, newestPlan, type Cut, type LabSite } from './lab.ts';

type Line = Readonly<Record<string, unknown>>;

/** A place in a run, and the step that it lies in. */
export interface Place extends Cut {
  /** Absent: between steps. */
  readonly step: string | undefined;
  readonly node: string | undefined;
}

/**
 * Lines of a journal with a change between them and the one before. What is left out is followed or preceded by one that
 * is kept with nothing changed between: the end of an operation or of a child by the next operation or by the result, the
 * ends of a section by the results of its steps.
 */
const BOUNDARIES = new Set(['began', 'check', 'milestone', 'result']);

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/**
 * Makes one backup and gives the places to kill the next one at. The lines of the preflight are written in one go before
 * anything happens: of them only the last is given.
 */
export async function backupPlaces(
  site: LabSite,
  insideMs: number,
  flags: readonly string[] = [],
): Promise<Place[]> {
  const run = await site.run(['backup', '--yes', ...flags]);
  expect(run.code, run.stdout + run.stderr).toBe(0);
  return afterPreflight(site, killPlaces(site, insideMs));
}

/**
 * Where to kill a run like the newest one, from its journal: at every boundary of a step, at operations that are announced
 * and not begun, and inside operations and children that go on for longer than `insideMs`; inside a program from the line
 * that it began. Of several of one kind in a step, like the services it stops, the first and the last. `keep`: only the
 * lines that are of interest. Of a run that was worked on several times the last stretch counts: that is one process.
 */
export function killPlaces(
  site: Pick<LabSite, 'state'>,
  insideMs: number,
  keep: (line: Line, index: number) => boolean = () => true,
): Place[] {
  const whole = newestJournal(site);
  const journal = whole.slice(whole.findLastIndex(({ type }) => type === 'began'));
  const seen = new Map<string, number>();
  return journal.flatMap((line, index) => {
    const at = faultName(line);
    const occurrence = (seen.get(at) ?? 0) + 1;
    seen.set(at, occurrence);
    const isWork = kindOfWork(line) !== undefined;
    const isBoundary = BOUNDARIES.has(String(line['type'])) || isOnlyInside(journal, index);
    if (isWork ? isBetween(journal, index) : !isBoundary) return [];
    if (!keep(line, index)) return [];
    const [step, node] = [line['step'], line['node']] as (string | undefined)[];
    const place = { at, occurrence, step, node };
    const goesOn = isWork && !startsChild(journal, index) && lastsLonger(journal, index, insideMs);
    return goesOn ? [place, { ...place, afterMs: insideMs }] : [place];
  });
}

/** What goes on from this line: the step, its node and the kind of operation or the program; undefined when nothing does. */
function kindOfWork({ type, phase, step, node, operation, program }: Line): string | undefined {
  if (type === 'child') return [step, node, program].join(' ');
  if (type !== 'operation' || phase !== 'begin') return undefined;
  const { kind, verb, method, url } = operation as Partial<
    Record<'kind' | 'verb' | 'method' | 'url', string>
  >;
  // Requests are of one kind when only the thing that they ask for differs.
  return [step, node, kind, verb, method, url?.replace(UUID, 'ID')].join(' ');
}

/** Whether the step does work of this kind both before and after this line. */
function isBetween(journal: readonly Line[], index: number): boolean {
  const kind = kindOfWork(journal[index] as Line);
  const isSame = (line: Line): boolean => kindOfWork(line) === kind;
  return journal.slice(0, index).some(isSame) && journal.slice(index + 1).some(isSame);
}

/** Whether this begins a step without operations: there is no other place inside it. */
function isOnlyInside(journal: readonly Line[], index: number): boolean {
  return journal[index]?.['type'] === 'intent' && nextOfStep(journal, index)?.['type'] === 'result';
}

/** Whether the next line of the same step is the program that this operation runs. */
function startsChild(journal: readonly Line[], index: number): boolean {
  return journal[index]?.['type'] === 'operation' && nextOfStep(journal, index)?.['type'] === 'child';
}

/** Whether the next line of the same step and node was written more than so many milliseconds later. */
function lastsLonger(journal: readonly Line[], index: number, milliseconds: number): boolean {
  const next = nextOfStep(journal, index);
  return (
    next !== undefined &&
    Date.parse(String(next['at'])) - Date.parse(String(journal[index]?.['at'])) > milliseconds
  );
}

/** The next line of the same step on the same node. */
function nextOfStep(journal: readonly Line[], index: number): Line | undefined {
  const line = journal[index];
  return journal
    .slice(index + 1)
    .find(({ step, node }) => step === line?.['step'] && node === line?.['node']);
}

/** What a place is called in a failed expectation. */
export function placeWords({ at, occurrence, afterMs, signal }: Cut): string {
  return `${signal === undefined ? '' : `${signal}: `}${at} (${String(occurrence ?? 1)}, ${String(afterMs ?? 0)} ms)`;
}

/** Places of the newest run without those of the preflight but the last, for the reason that `backupPlaces` has. */
function afterPreflight(site: Pick<LabSite, 'state'>, places: readonly Place[]): Place[] {
  const sections = newestPlan(site).sections.filter(({ preflight }) => preflight);
  const looked = new Set<unknown>(sections.flatMap(({ items }) => stepsOf(items).map(({ id }) => id)));
  const lastLook = places.findLastIndex(({ step }) => looked.has(step));
  return places.filter(({ step }, index) => !looked.has(step) || index === lastLook);
}
