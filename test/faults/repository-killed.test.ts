import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ordersOf } from '../helpers/expect-tool.ts';
import { killPlaces, placeWords } from '../helpers/kill-places.ts';
import { openLab, type Cut, type Lab, type LabSite } from '../helpers/lab.ts';
import { NO_RESTIC } from '../helpers/restic.ts';
import { childrenLeft, setsOf } from '../helpers/soundness.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';

/** How long restic has been at work when the run is killed. */
const INSIDE_MS = 60;

describe.skipIf(NO_RESTIC !== undefined || !NO_SAMPLE)('a backup whose vault is a repository', () => {
  let lab: Lab;
  let site: LabSite;

  beforeAll(async () => {
    lab = await openLab();
    site = lab.site({ small: true });
    const password = join(site.folder, 'password');
    writeFileSync(password, 'a good password\n', { mode: 0o600 });
    site.edit((content) => {
      const restic = { repository: join(site.folder, 'repository'), password: { file: password } };
      content['vault'] = { kind: 'restic', folder: site.vault, restic, workers: 1 };
    });
  });

  afterAll(async () => {
    await lab.close();
  });

  async function run(...words: string[]): Promise<void> {
    const ran = await site.run(words);
    expect(ran.code, `${words.join(' ')}\n${ran.stdout}${ran.stderr}`).toBe(0);
  }

  async function everyPlace(): Promise<Cut[]> {
    await run('backup', '--yes');
    await run('backup', '--yes');
    return killPlaces(site, INSIDE_MS, ({ step }) => step === 'send-set');
  }

  /** Names of the sets, all of which must have arrived. */
  async function arrived(at: string): Promise<string[]> {
    const sets = await setsOf(site);
    expect(
      sets.filter(({ state }) => state !== 'complete'),
      at,
    ).toEqual([]);
    return sets.map(({ id }) => id);
  }

  it(
    'is resumed without another downtime when it was killed while it sent its set, or the next one sends both',
    { timeout: 50 * 60_000 },
    async () => {
      const services = site.states();
      for (const [index, cut] of (await everyPlace()).entries()) {
        const at = placeWords(cut);
        const before = (await setsOf(site)).length;
        const killed = await site.run(['backup', '--yes'], { cut });
        expect(killed.signal, `${at}\n${killed.stdout}${killed.stderr}`).toBe('SIGKILL');
        await run('recover');
        expect(childrenLeft(site), `children after ${at}`).toEqual([]);
        expect(existsSync(join(site.vault, 'demo', 'vault.lock')), `lock after ${at}`).toBe(false);
        const orders = ordersOf(site);
        const resumed = index % 2 === 0;
        if (resumed) {
          await run('resume', '--yes');
          expect(ordersOf(site), `services while it was resumed after ${at}`).toEqual(orders);
        } else await run('backup', '--yes');
        expect(await arrived(at), at).toHaveLength(before + (resumed ? 1 : 2));
        expect(site.states(), at).toEqual(services);
        await run('backups', 'verify');
      }
    },
  );
});
