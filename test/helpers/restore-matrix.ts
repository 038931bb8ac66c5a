import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { expectEnded, withFault, type Fault } from './cut-short.ts';
import { killPlaces, placeWords, type Place } from './kill-places.ts';
import { openLab, type Lab, type LabSite } from './lab.ts';
import {
  digestOf,
  expectOpen,
  leftBeside,
  markDatabases,
  upOf,
  workOnShare,
  type SiteDigest,
} from './restore-site.ts';
import { childrenLeft, setsOf } from './soundness.ts';

const ALL = process.env['SENSE_RUNBOOK_FAULTS'] === 'all';
/** How long a thing has been going on when the run is killed inside it. */
const INSIDE_MS = 40;
/** In the sample, every so-many-th place; a prime, so that it does not fall in step with the pattern of the journal. */
const SAMPLE_EVERY = 73;
const APPROVED = ['--approve', 'destroy=demo'];

/**
 * The old site or the new one, never a mixture: ends a restore at the boundaries of its steps and inside each of them. After
 * `recover`, `rollback` leads back to the old site, or `resume` on to the new one, by turns. `part` of `parts`: the places
 * are dealt out to several test files; the first one takes the sample.
 */
export function declareRestoreMatrix(part: number, parts: number, fault: Fault = 'killed'): void {
  let lab: Lab;
  let site: LabSite;
  let set: string;
  let before: SiteDigest;
  let restored: SiteDigest;

  beforeAll(async () => {
    lab = await openLab();
    site = lab.site({ small: true });
    await markDatabases(lab, 'backup');
    const backup = await site.run(['backup', '--yes']);
    expect(backup.code, backup.stdout + backup.stderr).toBe(0);
    set = (await setsOf(site))[0]?.id ?? '';
    restored = await digestOf(lab, site);
    await markDatabases(lab, 'later');
    workOnShare(site, 'later');
    before = await digestOf(lab, site);
    expect(before).not.toEqual(restored);
  });

  afterAll(async () => {
    await lab.close();
  });

  async function tool(args: readonly string[], words: string): Promise<string> {
    const { code, stdout, stderr } = await site.run(args);
    expect(code, `${args.join(' ')} after ${words}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  }

  async function expectSite(expected: SiteDigest, words: string): Promise<void> {
    expect(await digestOf(lab, site), words).toEqual(expected);
    await expectOpen(lab, words);
    expect(childrenLeft(site), `children after ${words}`).toEqual([]);
    expect(existsSync(join(site.vault, 'demo', 'vault.lock')), `lock after ${words}`).toBe(false);
  }

  /** A whole restore and its way back, from whose journals the places are taken. */
  async function everyPlace(): Promise<Place[]> {
    const services = site.states();
    await tool(['restore', set, ...APPROVED], 'nothing');
    await expectSite(restored, 'a restore');
    expect(site.states(), 'services after a restore').toEqual(services);
    const places = killPlaces(site, INSIDE_MS, ({ type }) => type !== 'check');
    await tool(['rollback', ...APPROVED], 'a restore');
    await expectSite(before, 'a rollback');
    expect(await leftBeside(lab, site), 'left by a rollback').toEqual([]);
    expect(site.states(), 'services after a rollback').toEqual(services);
    return places;
  }

  it.skipIf(!ALL && part > 0)(
    `leads back by rollback and on by resume, wherever it is ${fault}, with the services as they were`,
    { timeout: 50 * 60_000 },
    async () => {
      const services = site.states();
      const places = await everyPlace();
      expect(places.length).toBeGreaterThan(30);
      const fits = places.filter(({ afterMs }) => fault === 'killed' || afterMs === undefined);
      const chosen = fits.filter((_place, index) =>
        ALL ? index % parts === part : index % SAMPLE_EVERY === 0,
      );
      for (const [index, place] of chosen.entries()) {
        const cut = withFault(fault, place, index);
        const words = placeWords(cut);
        const ended = await site.run(['restore', set, ...APPROVED], { cut });
        // With 3 it ended before anything was changed.
        const left = expectEnded(cut, ended, words) && ended.code !== 3;
        await tool(['recover'], words);
        expect(childrenLeft(site), `children after ${words}`).toEqual([]);
        const now = await digestOf(lab, site);
        const whole = isDeepStrictEqual(now, before) || isDeepStrictEqual(now, restored);
        if (!whole) expect(upOf(site), `services of a half restored site after ${words}`).toEqual([]);
        if (left && index % 4 > 1) {
          await tool(['resume', ...APPROVED], words);
          await expectSite(restored, `resume after ${words}`);
          expect(site.states(), `services after resume, ${words}`).toEqual(services);
        }
        const rolled = await site.run(['rollback', ...APPROVED]);
        // A run that was killed before it changed anything has nothing to put back.
        if (rolled.code !== 2) expect(rolled.code, `rollback after ${words}\n${rolled.stderr}`).toBe(0);
        await expectSite(before, `rollback after ${words}`);
        expect(await leftBeside(lab, site), `left after ${words}`).toEqual([]);
        expect(site.states(), `services after rollback, ${words}`).toEqual(services);
      }
    },
  );
}
