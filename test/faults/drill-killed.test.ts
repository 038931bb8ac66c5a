import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLab, type Cut, type Lab, type LabSite } from '../helpers/lab.ts';
import { makeOpenFolder } from '../helpers/postgres.ts';
import { killPlaces, placeWords } from '../helpers/kill-places.ts';
import { processesIn } from '../helpers/processes-in.ts';
import { childrenLeft } from '../helpers/soundness.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';

/** In the sample: while the dumps are restored, with the server and a program for each dump running. */
const SAMPLE: readonly Cut[] = [{ at: 'operation begin restore central command', afterMs: 100 }];
/** How long a thing has been going on when the run is killed inside it. */
const INSIDE_MS = 40;

describe('a drill that is killed', () => {
  let lab: Lab;
  let site: LabSite;
  let scratch: string;

  beforeAll(async () => {
    lab = await openLab();
    site = lab.site({ small: true });
    scratch = await makeOpenFolder('sense-runbook-scratch-');
    site.edit((content) => {
      content['drill'] = { folder: scratch };
    });
    const backup = await site.run(['backup', '--yes']);
    expect(backup.code, backup.stdout + backup.stderr).toBe(0);
  });

  afterAll(async () => {
    await lab.close();
    await rm(scratch, { recursive: true, force: true });
  });

  async function everyPlace(): Promise<Cut[]> {
    const run = await site.run(['backups', 'drill']);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    return killPlaces(site, INSIDE_MS);
  }

  it(
    'leaves no server and no folder after recover, and the set as it was',
    { timeout: 50 * 60_000 },
    async () => {
      const services = site.states();
      for (const cut of NO_SAMPLE ? await everyPlace() : SAMPLE) {
        const words = placeWords(cut);
        const killed = await site.run(['backups', 'drill'], { cut });
        expect(killed.signal, `${words}\n${killed.stdout}${killed.stderr}`).toBe('SIGKILL');
        const recovered = await site.run(['recover']);
        expect(recovered.code, `recover after ${words}\n${recovered.stdout}${recovered.stderr}`).toBe(0);
        expect(readdirSync(scratch), `folders after ${words}`).toEqual([]);
        expect(processesIn(scratch), `servers after ${words}`).toEqual([]);
        expect(childrenLeft(site), `children after ${words}`).toEqual([]);
        expect(existsSync(join(site.vault, 'demo', 'vault.lock')), `lock after ${words}`).toBe(false);
        expect(site.states(), `services after ${words}`).toEqual(services);
      }
      const next = await site.run(['backups', 'drill']);
      expect(next.code, next.stdout + next.stderr).toBe(0);
      expect(next.stdout).toContain('Proven restorable: ');
    },
  );
});
