import { expect } from 'vitest';
import { expectEnded, placesOfEachStep, withFault, type Fault } from './cut-short.ts';
import { killPlaces, placeWords } from './kill-places.ts';
import { newestJournal, type Cut, type LabSite, type ToolResult } from './lab.ts';
import { childrenLeft } from './soundness.ts';

const INSIDE_MS = 40;
const APPROVED = ['--approve', 'destroy=demo'];

/** A site on which a restore is made and put back, over and over. */
export interface RestoredSite {
  readonly site: Pick<LabSite, 'run' | 'state'>;
  /** The restore, as typed. */
  readonly restore: readonly string[];
  /** Looks what the site is like, once it is restored. */
  sawRestored(): Promise<void>;
  /** Whether all is as it was before the restore. */
  expectBefore(words: string): Promise<void>;
  /** Whether nothing runs of a site that is neither the one before nor the restored one. */
  expectQuiet(words: string): Promise<void>;
  /** Whether it is the restored site, and runs. */
  expectRestored(words: string): Promise<void>;
}

/** How its rollback is ended. */
export interface Endings {
  readonly fault: Fault;
  /** So many times one rollback is ended, each time further on, before it is let go to its end. */
  readonly endsOfOne: number;
}

/** Ends the rollback of a restore at its places, and sees after each that the site is sound and the next one leads back whole. */
export async function endRollbacks(restored: RestoredSite, endings: Endings): Promise<void> {
  const { site } = restored;
  const { fault, endsOfOne } = endings;
  const rollback = ['rollback', ...APPROVED];

  async function tool(args: readonly string[], words: string): Promise<void> {
    const { code, stdout, stderr } = await site.run(args);
    expect(code, `${args.join(' ')} after ${words}\n${stdout}${stderr}`).toBe(0);
  }
  async function restore(words: string): Promise<void> {
    await tool([...restored.restore, ...APPROVED], words);
    await restored.sawRestored();
  }
  async function goOn(words: string): Promise<void> {
    await tool(rollback, words);
    await restored.expectBefore(`rollback after ${words}`);
  }

  await restore('nothing');
  await goOn('a restore');
  const places = killPlaces(site, INSIDE_MS);
  expect(places.length).toBeGreaterThan(8);
  const chosen = fault === 'killed' ? places : placesOfEachStep(places, 1);
  let ends = 0;
  let words = 'nothing';
  for (const [index, place] of chosen.entries()) {
    const cut = withFault(fault, place, index);
    // Counted from the beginning of a process: in one that goes on it would be another place.
    if (ends > 0 && (ends === endsOfOne || (cut.occurrence ?? 1) > 1)) {
      await goOn(words);
      ends = 0;
    }
    let ended: ToolResult | undefined;
    if (ends > 0) {
      ended = await site.run(rollback, { cut: onceMore(site, cut) });
      // What was put back already is no place any more.
      if (ended.code === 0) await restored.expectBefore(`rollback after ${words}`);
    }
    words = placeWords(cut);
    if (ended === undefined || ended.code === 0) {
      await restore(words);
      ended = await site.run(rollback, { cut });
      ends = 0;
    }
    const left = expectEnded(cut, ended, words);
    const isBegun = newestJournal(site).some(({ undo }) => undo === true);
    // A run that was killed may have left services down until it is recovered.
    if (fault === 'cut short') await expectSound();
    await tool(['recover'], words);
    expect(childrenLeft(site), `children after ${words}`).toEqual([]);
    await expectSound();
    if (left) ends += 1;
    else ends = 0;

    async function expectSound(): Promise<void> {
      if (!left) return restored.expectBefore(words);
      await restored.expectQuiet(words);
      // What has put nothing back has changed nothing, and leaves no site down.
      if (!isBegun) await restored.expectRestored(words);
    }
  }
  if (ends > 0) await goOn(words);
}

/** The place in a rollback that is made once more: what stops services there has a new attempt each time. */
function onceMore(site: Pick<LabSite, 'state'>, cut: Cut): Cut {
  const [, step, node] = /(\S+) (\S+) attempt-\d+/.exec(cut.at) ?? [];
  if (step === undefined) return cut;
  const attempts = newestJournal(site)
    .filter((line) => line['step'] === step && line['node'] === node)
    .map(({ attempt }) => Number(attempt));
  return { ...cut, at: cut.at.replace(/attempt-\d+/, `attempt-${String(Math.max(...attempts) + 1)}`) };
}
