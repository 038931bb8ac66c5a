import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectEnded, placesOfEachStep, withFault, type Fault } from './cut-short.ts';
import { afterPreflight, killPlaces, placeWords } from './kill-places.ts';
import { newestJournal, openLab, type Lab } from './lab.ts';
import {
  backUpToBeLost,
  expectQuiet,
  NEW_HOST,
  openNewMachine,
  WITH_RIM,
  type NewMachine,
} from './new-machine.ts';
import { makeOpenFolder } from './postgres.ts';
import { childrenLeft } from './soundness.ts';

const ALL = process.env['SENSE_RUNBOOK_FAULTS'] === 'all';
/** How long a thing has been going on when the run is killed inside it. */
const INSIDE_MS = 40;
/** In the sample, every so-many-th place; a prime, so that it does not fall in step with the pattern of the journal. */
const SAMPLE_EVERY = 41;
const APPROVED = ['--approve', 'destroy=demo'];
/** Once, with what it was given in the QMC before, and its certificates unlocked. */
const RIMS = [{ host: 'qs2.demo.example', unlocked: true, tags: ['Nachtläufe'] }];
/** A restore that is cut short: every third place of each step is enough, since those where it is killed are all. */
const CUT_SHORT_EVERY = 3;
/** Places while the rim is removed and added again. */
const RESET = 'reset-rims';

/**
 * The machine as it was, or the site under its new name, never a mixture: ends a restore to another host name at the boundaries
 * of its steps and inside each of them. `part` of `parts`: the places are dealt out to several test files; the first one takes
 * the sample.
 */
export function declareNewHostMatrix(part: number, parts: number, fault: Fault = 'killed'): void {
  let lab: Lab;
  let folder: string;
  let machine: NewMachine;

  beforeAll(async () => {
    lab = await openLab();
    folder = await makeOpenFolder('sense-runbook-new-');
    await backUpToBeLost(lab);
    machine = await openNewMachine(lab, join(folder, 'machine'), { shape: WITH_RIM, served: true });
  });

  afterAll(async () => {
    await machine.remove();
    await lab.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function tool(args: readonly string[], words: string): Promise<void> {
    const { code, stdout, stderr } = await machine.run(args);
    expect(code, `${args.join(' ')} after ${words}\n${stdout}${stderr}`).toBe(0);
  }

  it.skipIf(!ALL && part > 0)(
    'starts nothing half restored, and leads back by rollback and on by resume',
    { timeout: 50 * 60_000 },
    async () => {
      const restore = ['restore', '--new-host', NEW_HOST, ...APPROVED];
      const before = await machine.digest();
      await tool(restore, 'nothing');
      const restored = await machine.digest();
      // All of the central node, and of the rim all but the database.
      expect(restored.running).toHaveLength(7 + 6);
      expect(await machine.rims()).toEqual(RIMS);
      const places = killPlaces(machine, INSIDE_MS, ({ type }) => type !== 'check');
      expect(places.length).toBeGreaterThan(30);
      expect(places.filter(({ at }) => at.includes(RESET)).length).toBeGreaterThan(8);
      const fits =
        fault === 'killed' ? places : placesOfEachStep(afterPreflight(machine, places), CUT_SHORT_EVERY);
      await tool(['rollback', ...APPROVED], 'a restore');
      expect(await machine.digest()).toEqual(before);
      const chosen = fits.filter((_place, index) =>
        ALL ? index % parts === part : index % SAMPLE_EVERY === 0,
      );
      for (const [index, place] of chosen.entries()) {
        const cut = withFault(fault, place, index);
        const words = placeWords(cut);
        const ended = await machine.run(restore, { cut });
        // With 3 it ended before anything was changed.
        const left = expectEnded(cut, ended, words) && ended.code !== 3;
        if (fault === 'cut short') expectQuiet(await machine.digest(), [before, restored], words);
        await tool(['recover'], words);
        expect(childrenLeft(machine), `children after ${words}`).toEqual([]);
        expectQuiet(await machine.digest(), [before, restored], words);
        // Both with what was interrupted and with what failed.
        if (left && (fault === 'killed' ? index % 2 === 1 : index % 4 > 1)) {
          await tool(['resume', ...APPROVED], words);
          expect(await machine.digest(), `resume after ${words}`).toEqual(restored);
          expect(await machine.rims(), `rims after ${words}`).toEqual(RIMS);
        }
        const wasReset = newestJournal(machine).some(({ type, step }) => type === 'intent' && step === RESET);
        const rolled = await machine.run(['rollback', ...APPROVED]);
        // A run that was killed before it changed anything has nothing to put back.
        if (rolled.code !== 2) expect(rolled.code, `rollback after ${words}\n${rolled.stderr}`).toBe(0);
        expect(await machine.digest(), `rollback after ${words}`).toEqual(before);
        const said = rolled.stdout.replaceAll(/\s+/g, ' ');
        if (wasReset && rolled.code !== 2)
          expect(said, words).toContain('registration and certificates are those of');
      }
    },
  );
}
