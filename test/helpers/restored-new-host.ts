import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { NEW_SHAPE } from '../../src/demo/new-machine.ts';
import { editSite, newestJournal, openLab } from './lab.ts';
import {
  backUpToBeLost,
  expectQuiet,
  NEW_HOST,
  openNewMachine,
  WITH_RIM,
  type MachineDigest,
} from './new-machine.ts';
import { makeOpenFolder } from './postgres.ts';
import { addOffsite } from './restored-other-ways.ts';
import { APPROVED, type RestoredSite } from './restored-site.ts';

/** While the rim is removed and added again. */
const RESET = 'reset-rims';
/** Once, with what it was given in the QMC before, and its certificates unlocked. */
const RIMS = [{ host: 'qs2.demo.example', unlocked: true, tags: ['Nachtläufe'] }];
/** Services of the central node, and of the rim. */
const RUNNING = 7 + 6;

/** How the machine and its restore differ from the usual ones. */
export interface NewHostOptions {
  /** After `restore --new-host HOST`. */
  readonly flags?: readonly string[];
  /** The new server alone, without the rim node of the lost site, and without its repository API. */
  readonly alone?: boolean;
  /** Services that run in the end; default: all but the database of the rim. */
  readonly running?: number;
  /** The lost site had an offsite copy. */
  readonly offsite?: boolean;
}

/** A machine with another host name on which Qlik Sense was installed, and the backup set of the site that was lost. */
export async function openNewHost(options: NewHostOptions = {}): Promise<RestoredSite> {
  const { flags = [], alone = false, running = RUNNING, offsite = false } = options;
  const lab = await openLab();
  const folder = await makeOpenFolder('sense-runbook-new-');
  const copied = (siteFile: string): void => {
    if (offsite) editSite(siteFile, (content) => addOffsite(content, folder));
  };
  copied(lab.demo.paths.siteFile);
  await backUpToBeLost(lab);
  const machine = await openNewMachine(lab, join(folder, 'machine'), {
    shape: alone ? NEW_SHAPE : WITH_RIM,
    served: !alone,
    quick: true,
  });
  copied(machine.siteFile);
  const before = await machine.digest();
  let restored: MachineDigest | undefined;

  return {
    site: machine,
    restore: ['restore', '--new-host', NEW_HOST, ...flags, ...APPROVED],
    async expectBefore(words) {
      expect(await machine.digest(), words).toEqual(before);
    },
    async expectRestored(words) {
      const now = await machine.digest();
      // What the first one, that nothing ended, made of the machine.
      restored ??= now;
      expect(now, words).toEqual(restored);
      expect(now.running, words).toHaveLength(running);
      if (!alone) expect(await machine.rims(), `rims after ${words}`).toEqual(RIMS);
    },
    async expectQuiet(words) {
      expectQuiet(await machine.digest(), [before, ...(restored === undefined ? [] : [restored])], words);
    },
    expectSaid({ stdout }, words) {
      const wasReset = newestJournal(machine).some(
        ({ type, step, undo }) => type === 'intent' && step === RESET && undo !== true,
      );
      if (wasReset)
        expect(stdout.replaceAll(/\s+/g, ' '), words).toContain('registration and certificates are those of');
    },
    async close() {
      await machine.remove();
      await lab.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
