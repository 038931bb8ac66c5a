import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLab, startAnew, type Cut, type Lab, type LabSite } from './lab.ts';
import { expectSound, expectVerified, placesOf } from './soundness.ts';

/** In the sample, every so-many-th place; a prime, so that it does not fall in step with the pattern of the journal. */
const SAMPLE_EVERY = 43;

/** After every so-many-th place the next set is read again as a whole. */
const VERIFY_EVERY = 5;

/** How long a thing has been going on when the run is killed inside it. */
const INSIDE_MS = 15;

/**
 * Kills a backup right after every line of its journal, and inside every operation, and looks whether the site, the
 * vault and the next backup are sound. `part` of `parts`: the places are dealt out to several test files.
 */
export function declareKillMatrix(part: number, parts: number): void {
  let lab: Lab;
  let site: LabSite;

  beforeAll(async () => {
    lab = await openLab();
    site = lab.site({ small: true });
  });

  afterAll(async () => {
    await lab.close();
  });

  it(
    'leaves the site as it was, the locks free and the next backup complete, wherever it is killed',
    { timeout: 50 * 60_000 },
    async () => {
      const before = site.states();
      // After the very last line nothing is left that could be cut off.
      const places = (await placesOf(site)).slice(0, -1);
      expect(places.length).toBeGreaterThan(60);
      const inside = places
        .filter(({ at }) => at.startsWith('operation begin'))
        .map((place) => ({ ...place, afterMs: INSIDE_MS }));
      const all: Cut[] = [...places, ...inside];
      const step = process.env['SENSE_RUNBOOK_FAULTS'] === 'all' ? 1 : SAMPLE_EVERY;
      const chosen = all
        .filter((_place, index) => index % step === 0)
        .filter((_place, index) => index % parts === part);
      for (const [index, place] of chosen.entries()) {
        startAnew(site);
        const words = `${place.at} (${String(place.occurrence)}, ${String(place.afterMs ?? 0)} ms)`;
        const killed = await site.run(['backup', '--yes'], { cut: place });
        expect(killed.signal, `${words}\n${killed.stdout}${killed.stderr}`).toBe('SIGKILL');
        await expectSound(lab, site, before, words);
        if (index % VERIFY_EVERY === 0) await expectVerified(site, words);
      }
    },
  );
}
