import { existsSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLab, type Cut, type Lab } from '../helpers/lab.ts';
import { killPlaces, placeWords } from '../helpers/kill-places.ts';
import { childrenLeft } from '../helpers/soundness.ts';
import { settings, uninstalledSite, type UninstalledSite } from '../helpers/uninstalled-site.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';

/** How long a thing has been going on when the run is killed inside it. */
const INSIDE_MS = 100;

describe.skipIf(!NO_SAMPLE)('the drill of what a kept data folder gave, when it is killed', () => {
  let lab: Lab;
  let left: UninstalledSite;

  beforeAll(async () => {
    lab = await openLab();
    left = await uninstalledSite(lab);
  });

  afterAll(async () => {
    left.end();
    await lab.close();
  });

  function save(cut?: Cut) {
    rmSync(left.dump, { force: true });
    const folder = left.flags.find((flag) => flag.startsWith('folder='))?.slice('folder='.length) ?? '';
    const flags = settings({ folder, dumpFile: left.dump });
    return left.site.run(
      ['run', 'backup-after-uninstall', ...flags, '--yes'],
      cut === undefined ? {} : { cut },
    );
  }

  /** Processes that work in the scratch folder, also in a part of it that was removed. */
  function serversLeft(): string[] {
    return readdirSync('/proc').filter((pid) => {
      try {
        return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(left.scratch);
      } catch {
        return false;
      }
    });
  }

  /** `drill-killed` kills a drill everywhere: here, where it is one step of another run, every third place will do. */
  async function everyThirdPlace(): Promise<Cut[]> {
    const run = await save();
    expect(run.code, run.stdout + run.stderr).toBe(0);
    return killPlaces(left.site, INSIDE_MS).filter(
      ({ step }, index) => step === 'drill-set' && index % 3 === 0,
    );
  }

  it(
    'leaves no server, no folder and no lock after recover, and proves the set of the next run',
    { timeout: 30 * 60_000 },
    async () => {
      const { site, scratch } = left;
      for (const cut of await everyThirdPlace()) {
        const words = placeWords(cut);
        const killed = await save(cut);
        expect(killed.signal, `${words}\n${killed.stdout}${killed.stderr}`).toBe('SIGKILL');
        const recovered = await site.run(['recover']);
        expect(recovered.code, `recover after ${words}\n${recovered.stdout}${recovered.stderr}`).toBe(0);
        expect(readdirSync(scratch), `folders after ${words}`).toEqual(['all databases.sql']);
        expect(serversLeft(), `servers after ${words}`).toEqual([]);
        expect(childrenLeft(site), `children after ${words}`).toEqual([]);
        expect(existsSync(join(site.vault, 'demo', 'vault.lock')), `lock after ${words}`).toBe(false);
      }
      const next = await save();
      expect(next.code, next.stdout + next.stderr).toBe(0);
      expect(next.stdout).toContain('Proven restorable, what is in it: ');
    },
  );
});
