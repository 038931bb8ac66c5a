import { describe, expect, it } from 'vitest';
import { expectEnded, firstAndBoundary } from '../helpers/cut-short.ts';
import { killPlaces, placeWords, type Place } from '../helpers/kill-places.ts';
import type { Cut } from '../helpers/lab.ts';
import { openNewHost } from '../helpers/restored-new-host.ts';
import { openSameHost } from '../helpers/restored-same-host.ts';
import { APPROVED, useRestoredSite, type RestoredSite } from '../helpers/restored-site.ts';
import { childrenLeft } from '../helpers/soundness.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';

const INSIDE_MS = 40;
const ROLLBACK = ['rollback', ...APPROVED];
/** Where the restore fails: databases and files are those of the set, and nothing runs yet. */
const FAILS: Cut = { at: 'operation begin check-restored central sql', signal: 'EIO' };
const PUT_BACK = ['restore-share', 'swap-databases'];
/** A second time so soon after the first one. */
const AGAIN_MS = 10;
const INTERRUPTED = ['stop-central', 'swap-databases', 'start-central-after-all'];

const HOSTS: readonly [host: string, open: () => Promise<RestoredSite>][] = [
  ['the same host name', openSameHost],
  ['another host name', openNewHost],
];

describe.runIf(NO_SAMPLE).each(HOSTS)('the rollback of a restore to %s', (_host, open) => {
  const restored = useRestoredSite(open);

  async function goOn(words: string): Promise<void> {
    const { code, stdout, stderr } = await restored().site.run(ROLLBACK);
    expect(code, `rollback after ${words}\n${stdout}${stderr}`).toBe(0);
    await restored().expectBefore(`rollback after ${words}`);
  }

  /** Ends a rollback at this place, and sees that it is sound and that the next one leads back. */
  async function endRollback(cut: Cut): Promise<void> {
    const { site, expectBefore, expectQuiet } = restored();
    const words = placeWords(cut);
    const left = expectEnded(site, cut, await site.run(ROLLBACK, { cut }), words);
    if (cut.signal !== 'SIGKILL') await expectQuiet(words);
    const recovered = await site.run(['recover']);
    expect(recovered.code, `recover after ${words}\n${recovered.stderr}`).toBe(0);
    expect(childrenLeft(site), `children after ${words}`).toEqual([]);
    await expectQuiet(words);
    if (left) await goOn(words);
    else await expectBefore(words);
  }

  describe('that failed', () => {
    async function restoreThatFails(): Promise<void> {
      const { site, restore, expectQuiet } = restored();
      const { code, stdout, stderr } = await site.run(restore, { cut: FAILS });
      expect(code, stdout + stderr).toBe(1);
      await expectQuiet('a restore that failed');
    }

    it('starts nothing half put back when it is killed or fails too, and the next one leads back', async () => {
      await restoreThatFails();
      await goOn('a restore that failed');
      const places = killPlaces(restored().site, INSIDE_MS);
      const cuts = PUT_BACK.flatMap((step) =>
        firstAndBoundary(places.filter((place) => place.step === step)),
      );
      expect(cuts).toHaveLength(2 * PUT_BACK.length);
      for (const signal of ['SIGKILL', 'EIO'] as const) {
        for (const cut of cuts) {
          await restoreThatFails();
          await endRollback({ ...cut, signal });
        }
      }
    });
  });

  it('starts nothing half put back when Ctrl+C comes twice, and the next one leads back', async () => {
    const { site, restore, expectRestored } = restored();
    async function restoreWhole(): Promise<void> {
      const { code, stdout, stderr } = await site.run(restore);
      expect(code, stdout + stderr).toBe(0);
      await expectRestored('a restore');
    }
    await restoreWhole();
    await goOn('a restore');
    const places = killPlaces(site, INSIDE_MS);
    const cuts = INTERRUPTED.flatMap((id): Place[] => places.filter(({ step }) => step === id).slice(0, 1));
    expect(cuts).toHaveLength(INTERRUPTED.length);
    for (const cut of cuts) {
      await restoreWhole();
      await endRollback({ ...cut, signal: 'SIGINT', againMs: AGAIN_MS });
    }
  });
});
