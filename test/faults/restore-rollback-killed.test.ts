import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killPlaces, placeWords } from '../helpers/kill-places.ts';
import { openLab, type Lab, type LabSite } from '../helpers/lab.ts';
import {
  digestOf,
  expectOpen,
  leftBeside,
  markDatabases,
  upOf,
  workOnShare,
} from '../helpers/restore-site.ts';
import { setsOf } from '../helpers/soundness.ts';

const ALL = process.env['SENSE_RUNBOOK_FAULTS'] === 'all';
const INSIDE_MS = 40;
const APPROVED = ['--approve', 'destroy=demo'];

describe.runIf(ALL)('the rollback of a restore that is killed', () => {
  let lab: Lab;
  let site: LabSite;

  beforeAll(async () => {
    lab = await openLab();
    site = lab.site({ small: true });
    await markDatabases(lab, 'backup');
    const backup = await site.run(['backup', '--yes']);
    expect(backup.code, backup.stdout + backup.stderr).toBe(0);
    await markDatabases(lab, 'later');
    workOnShare(site, 'later');
  });

  afterAll(async () => {
    await lab.close();
  });

  it(
    'starts nothing of a half restored site, and the next rollback leads back whole',
    { timeout: 50 * 60_000 },
    async () => {
      const set = (await setsOf(site))[0]?.id ?? '';
      const services = site.states();
      const before = await digestOf(lab, site);
      const tool = async (args: readonly string[], words: string): Promise<void> => {
        const { code, stdout, stderr } = await site.run(args);
        expect(code, `${args.join(' ')} after ${words}\n${stdout}${stderr}`).toBe(0);
      };
      await tool(['restore', set, ...APPROVED], 'nothing');
      await tool(['rollback', ...APPROVED], 'a restore');
      const places = killPlaces(site, INSIDE_MS);
      expect(places.length).toBeGreaterThan(8);
      for (const cut of places) {
        const words = placeWords(cut);
        await tool(['restore', set, ...APPROVED], words);
        const restored = await digestOf(lab, site);
        const killed = await site.run(['rollback', ...APPROVED], { cut });
        expect(killed.signal, `${words}\n${killed.stdout}${killed.stderr}`).toBe('SIGKILL');
        await tool(['recover'], words);
        const now = await digestOf(lab, site);
        const mixed =
          JSON.stringify(now) !== JSON.stringify(before) && JSON.stringify(now) !== JSON.stringify(restored);
        if (mixed) expect(upOf(site), `services of a half restored site after ${words}`).toEqual([]);
        await tool(['rollback', ...APPROVED], words);
        expect(await digestOf(lab, site), words).toEqual(before);
        await expectOpen(lab, words);
        expect(await leftBeside(lab, site), `left after ${words}`).toEqual([]);
        expect(site.states(), `services after ${words}`).toEqual(services);
      }
    },
  );
});
