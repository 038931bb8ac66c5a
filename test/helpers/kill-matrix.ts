import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { firstAndBoundary, middleAndBoundary, middleOf, thinned } from './cut-short.ts';
import { newestJournal, newestPlan, openLab, startAnew, type Cut, type Lab, type LabSite } from './lab.ts';
import { backupPlaces, placeWords, type Place } from './kill-places.ts';
import { everyStep, isBoundary, stepKinds } from './step-places.ts';
import { expectNextBackup, expectRecovered, expectVerified } from './soundness.ts';
import { EVERY_PLACE, NO_SAMPLE } from './fault-extent.ts';

/** How long a thing has been going on when the run is killed inside it. */
const INSIDE_MS = 15;

const DATABASE = 'central/QlikSenseRepositoryDatabase';

/** Whether the work at a place is half done. `before`: the services as they were. */
type Half = (site: LabSite, before: Record<string, string>) => boolean;

/** A place to kill a backup at. */
type Kill = Cut & { readonly half?: Half };

/** In the sample: while the work of a phase is half done, and what tells that it is. */
const SAMPLE: readonly Kill[] = [
  {
    at: 'operation begin stop-central central service stop QlikSenseServiceDispatcher',
    half: isCentralHalfDown,
  },
  { at: 'child dump-qsr central pg_dump', afterMs: INSIDE_MS, half: (site) => isBegun(site, 'dump-qsr') },
  { at: 'result copy-share central', half: (site, before) => !upOnCentral(site, before).includes(true) },
  {
    at: 'operation begin start-central central service start QlikSenseSchedulerService',
    half: isCentralHalfDown,
  },
  {
    // The first file that it writes is RESTORE.md, the second manifest.json.
    ...{ at: 'operation begin commit-set central file write', occurrence: 2 },
    half: (site) => isInSets(site, 'RESTORE.md') && !isInSets(site, 'manifest.json'),
  },
];

/**
 * After every so-many-th place, and the last, the next backup goes to its end and is read again as a whole. Between them
 * the run that is killed at the next place is the next backup, so that it, too, meets what earlier ones left.
 */
const WHOLE_EVERY = 10;

/** What they do, `dump-qsr` does, and it is killed everywhere. */
const LIKE_ANOTHER = ['dump-sense-services', 'dump-qsmq', 'dump-licenses'];

/** What these have done by half differs most from what is not begun and from what is done. */
const IN_PARTS = /^(?:stop-|start-|dump-qsr$|commit-set$)/;

/** Kills of another kind of backup than the one without parameters. */
export interface KillVariant {
  /** After `backup --yes`. */
  readonly flags: readonly string[];
  /** Only places from the first line of the journal that begins so ... */
  readonly from: string;
  /** ... to the last one that begins so. */
  readonly to: string;
}

/**
 * Kills a backup at the boundaries of its steps and inside each of them, at one place inside where a step changes nothing or
 * does what another one does, and looks whether the site, the vault and the next backup are sound. `part` of `parts`: the places
 * are dealt out to several test files; the first one takes the sample.
 */
export function declareKillMatrix(part: number, parts: number, variant?: KillVariant): void {
  let lab: Lab;
  let site: LabSite;

  beforeAll(async () => {
    lab = await openLab();
    site = lab.site({ small: true });
  });

  afterAll(async () => {
    await lab.close();
  });

  /** Of steps that only look or do what another one does two places, in the shorter extent of all others a few. */
  async function everyPlace(): Promise<Place[]> {
    const every = await backupPlaces(site, INSIDE_MS, variant?.flags);
    const plan = newestPlan(site);
    const { looks } = stepKinds(plan);
    const others = EVERY_PLACE ? [] : everyStep(plan).map(({ id }) => id);
    const all = thinned(
      variant === undefined ? every : between(every, variant),
      new Set([...looks, ...LIKE_ANOTHER, ...others]),
      (ofStep, step = '') => {
        if (looks.has(step)) return firstAndBoundary(ofStep);
        return IN_PARTS.test(step) ? inPartsAndBoundary(ofStep) : middleAndBoundary(ofStep);
      },
    );
    expect(all.length).toBeGreaterThan(variant === undefined ? 50 : 10);
    return all;
  }

  it.skipIf(!NO_SAMPLE && part > 0)(
    'leaves the site as it was, the locks free and the next backup complete, wherever it is killed',
    { timeout: 50 * 60_000 },
    async () => {
      const before = site.states();
      const chosen: readonly Kill[] = NO_SAMPLE
        ? (await everyPlace()).filter((_place, index) => index % parts === part)
        : SAMPLE;
      const isLast = (index: number): boolean =>
        index % WHOLE_EVERY === WHOLE_EVERY - 1 || index === chosen.length - 1;
      for (const [index, place] of chosen.entries()) {
        if (index % WHOLE_EVERY === 0) startAnew(site);
        const words = placeWords(place);
        const killed = await site.run(['backup', '--yes', ...(variant?.flags ?? [])], { cut: place });
        expect(killed.signal, `${words}\n${killed.stdout}${killed.stderr}`).toBe('SIGKILL');
        expect(place.half?.(site, before) ?? true, `half done at ${words}`).toBe(true);
        await expectRecovered(lab, site, before, words);
        if (!isLast(index)) continue;
        await expectNextBackup(site, before, words);
        await expectVerified(site, words);
      }
    },
  );
}

/** Places of the part that is other than in a backup without parameters. */
function between(places: readonly Place[], { from, to }: KillVariant): Place[] {
  const first = places.findIndex(({ at }) => at.startsWith(from));
  const last = places.findLastIndex(({ at }) => at.startsWith(to));
  expect(first, from).not.toBe(-1);
  return places.slice(first, last + 1);
}

/** The first place inside, the middle one, that in the middle of what goes on, and the last at the boundary. */
function inPartsAndBoundary(places: readonly Place[]): Place[] {
  const inside = places.filter((place) => !isBoundary(place));
  const atOnce = inside.filter(({ afterMs }) => afterMs === undefined);
  const parts = [...inside.slice(0, 1), middleOf(atOnce), ...middleAndBoundary(places)];
  return parts.filter((place) => place !== undefined);
}

/** What ran on the central node before, by whether it runs now; the database keeps running. */
function upOnCentral(site: LabSite, before: Record<string, string>): boolean[] {
  const now = site.states();
  return Object.keys(before).flatMap((name) =>
    name.startsWith('central/') && name !== DATABASE && before[name] === 'running'
      ? [now[name] === 'running']
      : [],
  );
}

function isCentralHalfDown(site: LabSite, before: Record<string, string>): boolean {
  return new Set(upOnCentral(site, before)).size === 2;
}

function isBegun(site: LabSite, step: string): boolean {
  const types = newestJournal(site).flatMap((line) => (line['step'] === step ? [line['type']] : []));
  return types.includes('child') && !types.includes('result');
}

/** Whether the one set of the vault has this file. */
function isInSets(site: LabSite, name: string): boolean {
  const folder = join(site.vault, 'demo');
  return readdirSync(folder).some((set) => existsSync(join(folder, set, name)));
}
