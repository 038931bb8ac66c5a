import { expect, it } from 'vitest';
import { endsOf, expectEnded, onceMore, SIGNALS, type Fault } from './cut-short.ts';
import { EVERY_PLACE } from './fault-extent.ts';
import { killPlaces, placeWords, type Place } from './kill-places.ts';
import { newestJournal, newestPlan, type ToolResult } from './lab.ts';
import { APPROVED, useRestoredSite, type RestoredSite } from './restored-site.ts';
import { childrenLeft } from './soundness.ts';
import { expectEachStep, stepKinds, stepsOfRollback } from './step-places.ts';
import { shareOfTurn } from './turns.ts';

const INSIDE_MS = 40;
const ROLLBACK = ['rollback', ...APPROVED];

/** How the rollback of a restore is ended. */
export interface Endings {
  readonly fault: Fault;
  /** So many times one rollback is ended, each time further on, before it is let go to its end. */
  readonly endsOfOne: number;
}

/**
 * The site as it was or the restored one, never a mixture: ends the rollback of a restore at its places, and sees after each that
 * nothing runs half put back and the next rollback leads back whole.
 */
export function declareRollbackMatrix(
  open: () => Promise<RestoredSite>,
  { fault, endsOfOne }: Endings,
): void {
  const restored = useRestoredSite(open);

  async function tool(args: readonly string[], words: string): Promise<void> {
    const { code, stdout, stderr } = await restored().site.run(args);
    expect(code, `${args.join(' ')} after ${words}\n${stdout}${stderr}`).toBe(0);
  }
  async function restore(words: string): Promise<void> {
    await tool(restored().restore, words);
    await restored().expectRestored(`restore after ${words}`);
  }
  async function goOn(words: string): Promise<void> {
    await tool(ROLLBACK, words);
    await restored().expectBefore(`rollback after ${words}`);
  }

  /** A whole restore and its way back, from whose journal and plan the places are taken. */
  async function everyPlace(): Promise<Place[]> {
    const { site } = restored();
    await restore('nothing');
    await goOn('a restore');
    const places = killPlaces(site, INSIDE_MS);
    const plan = newestPlan(site);
    const [steps, kinds] = [stepsOfRollback(plan), stepKinds(plan)];
    expect(steps.length).toBeGreaterThan(15);
    const few = new Set(EVERY_PLACE ? [] : steps.map(({ id }) => id));
    const cuts = endsOf(fault, places, kinds, few).flatMap((ends) => ends.cuts);
    expectEachStep(steps, cuts, SIGNALS[fault], kinds);
    return cuts;
  }

  /** Whether the rollback is still to be led to its end. */
  async function expectSound(cut: Place, ended: ToolResult, words: string): Promise<boolean> {
    const { site, expectBefore, expectQuiet, expectRestored } = restored();
    const left = expectEnded(site, cut, ended, words);
    const isBegun = newestJournal(site).some(({ undo }) => undo === true);
    async function look(): Promise<void> {
      if (!left) return expectBefore(words);
      await expectQuiet(words);
      // What has put nothing back has changed nothing, and leaves no site down.
      if (!isBegun) await expectRestored(words);
    }
    // A run that was killed may have left services down until it is recovered.
    if (fault === 'cut short') await look();
    await tool(['recover'], words);
    expect(childrenLeft(site), `children after ${words}`).toEqual([]);
    await look();
    return left;
  }

  it(
    'starts nothing half put back, and the next rollback leads back whole, also when that is ended too',
    { timeout: 50 * 60_000 },
    async () => {
      const { site, expectBefore } = restored();
      let ends = 0;
      let words = 'nothing';
      for (const place of shareOfTurn(await everyPlace())) {
        const isAgain = place.at.includes(' attempt-');
        // Counted from the beginning of a process: in one that goes on it would be another place.
        if (ends > 0 && (ends === endsOfOne || (place.occurrence ?? 1) > 1)) {
          await goOn(words);
          ends = 0;
        }
        let cut = place;
        let ended: ToolResult | undefined;
        if (ends > 0) {
          // What stops services has a new attempt each time; what is put back keeps the number of what was done.
          if (isAgain) cut = onceMore(site, place);
          ended = await site.run(ROLLBACK, { cut });
          // What was put back already is no place any more.
          if (ended.code === 0) await expectBefore(`rollback after ${words}`);
        }
        words = placeWords(place);
        if (ended === undefined || ended.code === 0) {
          await restore(words);
          cut = place;
          ended = await site.run(ROLLBACK, { cut });
          ends = 0;
        }
        const left = await expectSound(cut, ended, words);
        ends = left ? ends + 1 : 0;
      }
      if (ends > 0) await goOn(words);
    },
  );
}
