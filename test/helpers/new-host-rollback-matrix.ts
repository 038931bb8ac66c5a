import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLab, type Lab } from './lab.ts';
import {
  backUpToBeLost,
  expectQuiet,
  NEW_HOST,
  openNewMachine,
  WITH_RIM,
  type MachineDigest,
  type NewMachine,
} from './new-machine.ts';
import { makeOpenFolder } from './postgres.ts';
import { endRollbacks, type Endings } from './rollback-matrix.ts';

/** The machine as it was or the restored site, never a mixture: ends the rollback of a restore to another host name at its places. */
export function declareNewHostRollbackMatrix(endings: Endings): void {
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

  it(
    'starts nothing half put back, and the next rollback leads back whole, also when that is ended too',
    { timeout: 50 * 60_000 },
    async () => {
      const before = await machine.digest();
      let restored: MachineDigest | undefined;
      const rolledBack = {
        site: machine,
        restore: ['restore', '--new-host', NEW_HOST],
        async sawRestored() {
          restored ??= await machine.digest();
        },
        async expectBefore(words: string) {
          expect(await machine.digest(), words).toEqual(before);
        },
        async expectQuiet(words: string) {
          expectQuiet(await machine.digest(), [before, ...(restored === undefined ? [] : [restored])], words);
        },
        async expectRestored(words: string) {
          expect(await machine.digest(), words).toEqual(restored);
        },
      };
      await endRollbacks(rolledBack, endings);
    },
  );
}
