import { afterAll, beforeAll, expect, it } from 'vitest';
import { thinned } from './cut-short.ts';
import { newestPlan, openLab, startAnew, type Lab, type LabSite } from './lab.ts';
import { backupPlaces, placeWords, type Place } from './kill-places.ts';
import { everyStep, stepKinds } from './step-places.ts';
import { expectNextBackup, expectRecovered, expectVerified } from './soundness.ts';
import { EVERY_PLACE, NO_SAMPLE } from './fault-extent.ts';

/** In the sample, every so-many-th place; a prime, so that it does not fall in step with the pattern of the journal. */
const SAMPLE_EVERY = 97;

/**
 * After every so-many-th place, and the last, the next backup goes to its end and is read again as a whole. Between them
 * the run that is killed at the next place is the next backup, so that it, too, meets what earlier ones left.
 */
const WHOLE_EVERY = 10;

/** How long a thing has been going on when the run is killed inside it. */
const INSIDE_MS = 15;

/** What they do, `dump-qsr` does, and it is killed everywhere. */
const LIKE_ANOTHER = ['dump-sense-services', 'dump-qsmq', 'dump-licenses'];

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

  it.skipIf(!NO_SAMPLE && part > 0)(
    'leaves the site as it was, the locks free and the next backup complete, wherever it is killed',
    { timeout: 50 * 60_000 },
    async () => {
      const before = site.states();
      const every = await backupPlaces(site, INSIDE_MS, variant?.flags);
      const plan = newestPlan(site);
      const few = EVERY_PLACE
        ? [...stepKinds(plan).looks, ...LIKE_ANOTHER]
        : everyStep(plan).map(({ id }) => id);
      const all = thinned(variant === undefined ? every : between(every, variant), new Set(few));
      expect(all.length).toBeGreaterThan(variant === undefined ? 50 : 10);
      const step = NO_SAMPLE ? 1 : SAMPLE_EVERY;
      const chosen = all
        .filter((_place, index) => index % step === 0)
        .filter((_place, index) => !NO_SAMPLE || index % parts === part);
      const isLast = (index: number): boolean =>
        index % WHOLE_EVERY === WHOLE_EVERY - 1 || index === chosen.length - 1;
      for (const [index, place] of chosen.entries()) {
        if (index % WHOLE_EVERY === 0) startAnew(site);
        const words = placeWords(place);
        const killed = await site.run(['backup', '--yes', ...(variant?.flags ?? [])], { cut: place });
        expect(killed.signal, `${words}\n${killed.stdout}${killed.stderr}`).toBe('SIGKILL');
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
