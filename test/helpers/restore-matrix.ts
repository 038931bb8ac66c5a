import { expect, it } from 'vitest';
import { endsOf, expectEnded, isDone, onceMore, SIGNALS, type Ends, type Fault } from './cut-short.ts';
import { killPlaces, placeWords } from './kill-places.ts';
import { newestPlan } from './lab.ts';
import { APPROVED, useRestoredSite, type RestoredSite } from './restored-site.ts';
import { childrenLeft } from './soundness.ts';
import { everyStep, expectEachStep, isBoundary, stepKinds } from './step-places.ts';
import { EVERY_PLACE, NO_SAMPLE } from './fault-extent.ts';
import { shareOfTurn } from './turns.ts';

/** How long a thing has been going on when the run is killed inside it. */
const INSIDE_MS = 40;
/** In the sample: while databases, and then the files of the share, are half those of the set. */
const SAMPLE = ['swap-databases', 'restore-share'];

/** Which restores are ended. */
export interface RestoreMatrix {
  readonly fault?: Fault;
  /** The ends are dealt out to so many test files; the first one takes the sample. */
  readonly part?: number;
  readonly parts?: number;
  /** Steps that this restore leaves out: they are ended in one that has them. */
  readonly leavesOut?: readonly string[];
  /** Ended only in these steps, which other restores have not; default: in all. */
  readonly only?: readonly string[];
  /** Killed everywhere only in these steps, at two places in others, which another restore kills everywhere; default: in all. */
  readonly everywhere?: readonly string[];
}

/**
 * The old site or the new one, never a mixture: ends a restore at the boundaries of its steps and inside each of them. After
 * `recover`, `rollback` leads back to the old site, or `resume` on to the new one.
 */
export function declareRestoreMatrix(open: () => Promise<RestoredSite>, matrix: RestoreMatrix = {}): void {
  const { fault = 'killed', part = 0, parts = 1, leavesOut, only, everywhere } = matrix;
  const restored = useRestoredSite(open);

  async function tool(args: readonly string[], words: string): Promise<void> {
    const { code, stdout, stderr } = await restored().site.run(args);
    expect(code, `${args.join(' ')} after ${words}\n${stdout}${stderr}`).toBe(0);
  }

  /** A whole restore and its way back, from whose journal and plan the ends are taken. */
  async function everyEnd(): Promise<Ends[]> {
    const { site, restore, expectRestored } = restored();
    await tool(restore, 'nothing');
    await expectRestored('a restore');
    const places = killPlaces(site, INSIDE_MS, ({ type }) => type !== 'check');
    const plan = newestPlan(site);
    const [every, kinds] = [everyStep(plan), stepKinds(plan)];
    const skipped = every.filter((step) => step.skipped !== undefined).map(({ id }) => id);
    if (leavesOut !== undefined) expect(skipped.toSorted()).toEqual(leavesOut.toSorted());
    const steps = every.filter(({ id }) => (only === undefined ? !skipped.includes(id) : only.includes(id)));
    const here = places.filter(({ step }) => only === undefined || only.includes(step ?? ''));
    const ids = steps.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining([...(everywhere ?? [])]));
    const few = ids.filter((id) => !EVERY_PLACE || everywhere?.includes(id) === false);
    const ends = endsOf(fault, here, kinds, new Set(few));
    const cuts = ends.flatMap((end) => end.cuts);
    expectEachStep(steps, cuts, SIGNALS[fault], kinds);
    await back('a restore');
    return ends;
  }

  async function back(words: string): Promise<void> {
    const { site, expectBefore, expectSaid } = restored();
    const rolledBack = await site.run(['rollback', ...APPROVED]);
    // A run that was ended before it changed anything has nothing to put back.
    const isNothing = rolledBack.code === 2;
    if (!isNothing) expect(rolledBack.code, `rollback after ${words}\n${rolledBack.stderr}`).toBe(0);
    await expectBefore(`rollback after ${words}`);
    if (!isNothing) expectSaid?.(rolledBack, words);
  }

  async function end({ cuts, out }: Ends): Promise<void> {
    const { site, restore, expectRestored, expectQuiet } = restored();
    let left = false;
    let words = '';
    for (const place of cuts) {
      if (left && isDone(site, place)) {
        // The interruption before came when the step was at its end.
        if (place.signal === 'SIGINT') break;
        await back(words);
        left = false;
      }
      let cut = left ? onceMore(site, place) : place;
      words = `${words} ${placeWords(cut)}`;
      let ended = await site.run(left ? ['resume', ...APPROVED] : restore, { cut });
      if (left && fault === 'killed' && ended.code === 0) {
        // What was done already is no place any more in what goes on.
        await expectRestored(words);
        await back(words);
        cut = place;
        ended = await site.run(restore, { cut });
      }
      const isEnded = expectEnded(site, cut, ended, words);
      if (fault === 'cut short') await expectQuiet(words);
      await tool(['recover'], words);
      expect(childrenLeft(site), `children after ${words}`).toEqual([]);
      await expectQuiet(words);
      if (!isEnded) await expectRestored(words);
      // With 3 it ended before anything was changed, or before it went on.
      left = isEnded && (left || ended.code !== 3);
      if (!left) await back(words);
    }
    if (!left) return;
    if (out === 'resume') {
      await tool(['resume', ...APPROVED], words);
      await expectRestored(`resume after ${words}`);
    }
    await back(words);
  }

  it.skipIf(!NO_SAMPLE && part > 0)(
    `leads back by rollback and on by resume, and starts nothing half restored, wherever it is ${fault}`,
    { timeout: 50 * 60_000 },
    async () => {
      const ends = await everyEnd();
      const ofPart = ends.filter((_end, index) => index % parts === part);
      const chosen = NO_SAMPLE ? shareOfTurn(ofPart) : sampleOf(ends);
      for (const one of chosen) await end(one);
    },
  );
}

/** In each step of the sample one end that begins inside it. */
function sampleOf(ends: readonly Ends[]): Ends[] {
  return SAMPLE.map((step) => {
    const found = ends.find(({ cuts: [first] }) => first?.step === step && !isBoundary(first));
    if (found === undefined) throw new Error(`no restore is ended inside ${step}`);
    return found;
  });
}
