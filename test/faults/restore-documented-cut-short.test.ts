import { describe, expect, it } from 'vitest';
import { endsOf, expectEnded, SIGNALS } from '../helpers/cut-short.ts';
import { killPlaces, placeWords } from '../helpers/kill-places.ts';
import { newestPlan } from '../helpers/lab.ts';
import { markDatabases, upOf } from '../helpers/restore-site.ts';
import { openSameHost } from '../helpers/restored-same-host.ts';
import { APPROVED, useRestoredSite } from '../helpers/restored-site.ts';
import { childrenLeft } from '../helpers/soundness.ts';
import { everyStep, expectEachStep, isBoundary, stepKinds } from '../helpers/step-places.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';

const STEP = 'restore-as-documented';
const INSIDE_MS = 40;

describe.runIf(NO_SAMPLE)('a restore exactly as the manual has it', () => {
  const restored = useRestoredSite(() => openSameHost({ flags: ['--documented'] }));

  it(
    'starts nothing half restored, says that there is no way back, and is led on by resume',
    { timeout: 50 * 60_000 },
    async () => {
      const { site, lab, restore, expectRestored } = restored();
      const first = await site.run(restore);
      expect(first.code, first.stdout + first.stderr).toBe(0);
      await expectRestored('a restore');
      const plan = newestPlan(site);
      const [steps, kinds] = [everyStep(plan).filter(({ id }) => id === STEP), stepKinds(plan)];
      // Once for all databases: with the last one it does what it did with the first.
      const places = killPlaces(site, INSIDE_MS, ({ step }) => step === STEP).filter(
        (place) => isBoundary(place) || (place.occurrence ?? 1) === 1,
      );
      const faults = ['killed', 'cut short'] as const;
      const cuts = faults.flatMap((fault) => endsOf(fault, places, kinds).flatMap((ends) => [...ends.cuts]));
      expectEachStep(steps, cuts, [...SIGNALS.killed, ...SIGNALS['cut short']], kinds);
      for (const cut of cuts) {
        const words = placeWords(cut);
        await markDatabases(lab, 'later still');
        expectEnded(site, cut, await site.run(restore, { cut }), words);
        const recovered = await site.run(['recover']);
        expect(recovered.code, `recover after ${words}\n${recovered.stderr}`).toBe(0);
        expect(childrenLeft(site), `children after ${words}`).toEqual([]);
        expect(upOf(site), `services of a half restored site after ${words}`).toEqual([]);
        const back = await site.run(['rollback', ...APPROVED]);
        expect([back.code, back.stderr], words).toEqual([
          3,
          expect.stringMatching(/point of no return|no way back/),
        ]);
        const resumed = await site.run(['resume', ...APPROVED]);
        expect(resumed.code, `resume after ${words}\n${resumed.stdout}${resumed.stderr}`).toBe(0);
        await expectRestored(words);
      }
    },
  );
});
