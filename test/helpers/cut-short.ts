import { expect } from 'vitest';
import type { Place } from './kill-places.ts';
import { newestJournal, type Cut, type LabSite, type ToolResult } from './lab.ts';
import { faultName } from './kill-at.mjs';
import { isBoundary, type StepKinds } from './step-places.ts';

/** What happens to a run: it is killed, or both interrupted and failed by a disk that cannot be written. */
export type Fault = 'killed' | 'cut short';

/** Signals of a fault. */
export const SIGNALS = { killed: ['SIGKILL'], 'cut short': ['EIO', 'SIGINT'] } as const;

/** Lines that tell of an attempt. */
const OF_ATTEMPTS = new Set<unknown>(['intent', 'failure', 'result']);

/** Ends that come one after another: of a run, and each time of what goes on with it. */
export interface Ends {
  readonly cuts: readonly Place[];
  /** What leads out after the last one. */
  readonly out: 'resume' | 'rollback';
}

/**
 * Where a run is ended. Killed: at every place, each time in a run of its own; steps that change nothing, and those of `few`,
 * inside once, and what goes on then at the boundary of the same step. Cut short: the run fails inside each step; what goes on
 * with it is interrupted inside the same step, and what goes on then fails at its end; where an always-step does the same, each is in a run of its own. In the preflight, which nothing goes on with
 * and whose lines are written in one go, it is ended each time in a run of its own, and only fails: no signal comes between them.
 * The ways out come by turns.
 */
export function endsOf(
  fault: Fault,
  places: readonly Place[],
  { looks, preflight, doneAlways }: StepKinds,
  few: ReadonlySet<string> = new Set(),
): Ends[] {
  const steps = [...new Set(places.map(({ step }) => step))];
  return steps.flatMap((step = '', number) => {
    const all = places.filter((place) => (place.step ?? '') === step);
    const out = (index: number): Ends['out'] => ((number + index) % 2 === 0 ? 'rollback' : 'resume');
    const by = (signal: NonNullable<Cut['signal']>, cuts: readonly Place[]): Place[] =>
      cuts.map((place) => ({ ...place, signal }));
    const each = (cuts: readonly Place[]): Ends[] =>
      cuts.map((place, index) => ({ cuts: [place], out: out(index) }));
    const [killed] = SIGNALS.killed;
    const [error] = SIGNALS['cut short'];
    if (preflight.has(step)) return each(by(fault === 'killed' ? killed : error, firstAndBoundary(all)));
    if (fault === 'cut short' && doneAlways.has(step)) return each(shortOf(all));
    if (fault === 'cut short') return [{ cuts: shortOf(all), out: out(0) }];
    if (looks.has(step)) return [{ cuts: by(killed, firstAndBoundary(all)), out: out(0) }];
    if (few.has(step)) return [{ cuts: by(killed, middleAndBoundary(all)), out: out(0) }];
    return each(by(killed, all));
  });
}

/** The first place inside a step, and the last at its boundary: enough of what changes nothing. */
export function firstAndBoundary(places: readonly Place[]): Place[] {
  const inside = places.find((place) => !isBoundary(place));
  const boundary = places.findLast(isBoundary);
  return [inside, boundary].filter((place) => place !== undefined);
}

/** A place inside a step when a part of its work is done, and the last at its boundary. */
export function middleAndBoundary(places: readonly Place[]): Place[] {
  const boundary = places.findLast(isBoundary);
  return [middleOf(places), boundary].filter((place) => place !== undefined);
}

/** Of the programs that a step runs, else of what goes on for a while, else of all places inside it, the middle one. */
export function middleOf(places: readonly Place[]): Place | undefined {
  const inside = places.filter((place) => !isBoundary(place));
  const goesOn = inside.filter(({ afterMs }) => afterMs !== undefined);
  const programs = goesOn.filter(({ at }) => at.startsWith('child '));
  const these = [programs, goesOn, inside].find(({ length }) => length > 0) ?? [];
  return these[Math.floor(these.length / 2)];
}

/** All places, but of each of these steps only those that `choose` takes of it. */
export function thinned(
  places: readonly Place[],
  few: ReadonlySet<string | undefined>,
  choose: (ofStep: readonly Place[], step: string | undefined) => readonly Place[] = middleAndBoundary,
): Place[] {
  const kept = new Set(
    [...few].flatMap((id) =>
      choose(
        places.filter(({ step }) => step === id),
        id,
      ),
    ),
  );
  return places.filter((place) => !few.has(place.step) || kept.has(place));
}

/** All on one node: the other one is done with the step when the run goes on. Between steps it is interrupted only. */
function shortOf(places: readonly Place[]): Place[] {
  const inside = places.filter((place) => !isBoundary(place));
  const [first] = inside;
  const here = inside.filter(({ node, afterMs }) => node === first?.node && afterMs === undefined);
  const middle = here[Math.floor(here.length / 2)];
  const boundary = places.findLast(
    (place) => isBoundary(place) && (first === undefined || place.node === first.node),
  );
  const [error, interruption] = SIGNALS['cut short'];
  const cut = (place: Place | undefined, signal: NonNullable<Cut['signal']>): Place[] =>
    place === undefined ? [] : [{ ...place, signal }];
  return [
    ...cut(first, error),
    // The signal is sent right after the line, so that it comes inside.
    ...cut(middle, interruption),
    ...cut(boundary, first === undefined ? interruption : error),
  ];
}

/** Whether the step of this place was done before, or put back: an interruption inside came when it was at its end. */
export function isDone(site: Pick<LabSite, 'state'>, { step, node }: Place): boolean {
  const journal = newestJournal(site);
  const begun = journal.findIndex(({ type, mode }) => type === 'began' && mode === 'rollback');
  const last = journal
    .slice(Math.max(0, begun))
    .findLast((line) => OF_ATTEMPTS.has(line['type']) && line['step'] === step && line['node'] === node);
  return last?.['type'] === 'result';
}

/** The place in what goes on: a step that was begun before has another attempt there. */
export function onceMore(site: Pick<LabSite, 'state'>, cut: Place): Place {
  const { step = '', node = '' } = cut;
  const attempts = newestJournal(site).flatMap((line) =>
    OF_ATTEMPTS.has(line['type']) && line['step'] === step && line['node'] === node && line['undo'] !== true
      ? [Number(line['attempt'])]
      : [],
  );
  const next = Math.max(0, ...attempts) + 1;
  const bare = cut.at.replace(/ attempt-\d+/, '');
  const name = `${step} ${node}`;
  return { ...cut, at: next === 1 ? bare : bare.replace(name, `${name} attempt-${String(next)}`) };
}

/**
 * That the tool ended as this fault lets it: 130 or 1, or 0 where it came too late to matter; a journal that could not be
 * written is told, and so is what leads on. A restore that failed before the first line of its work says that nothing was
 * changed (3). Gives whether it was ended by it.
 */
export function expectEnded(
  site: Pick<LabSite, 'state'>,
  cut: Cut,
  { code, signal, stdout, stderr }: ToolResult,
  words: string,
): boolean {
  const said = `${words}\n${stdout}${stderr}`;
  if (cut.signal === 'SIGKILL') {
    expect(signal, said).toBe('SIGKILL');
    // Inside the last step it may come when the run is on record as over.
    return newestJournal(site).at(-1)?.['type'] !== 'ended';
  }
  expect(signal, said).toBeUndefined();
  if (cut.signal === 'SIGINT') {
    expect([0, 130], said).toContain(code);
    // Too late is not: never.
    expect(newestJournal(site).map(faultName), said).toContain(cut.at);
  } else {
    expect([0, 1, 3, 7], said).toContain(code);
    // Where it goes on all the same (always-steps) it is a warning.
    expect((code === 0 ? stdout : stderr).replaceAll(/\s+/g, ' '), said).toContain('cannot be written');
  }
  if (code !== 0 && code !== 3)
    expect(stderr, said).toMatch(/sense-runbook --site .+? (resume|rollback|recover)\b/);
  return code !== 0;
}
