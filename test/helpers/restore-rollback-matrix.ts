import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
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
import { endRollbacks, type Endings } from './rollback-matrix.ts';
import { setsOf } from './soundness.ts';

/** The old site or the restored one, never a mixture: ends the rollback of a restore at its places. */
export function declareRestoreRollbackMatrix(endings: Endings): void {
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
      let restored: SiteDigest | undefined;
      const rolledBack = {
        site,
        restore: ['restore', set],
        async sawRestored() {
          restored = await digestOf(lab, site);
        },
        async expectBefore(words: string) {
          expect(await digestOf(lab, site), words).toEqual(before);
          await expectOpen(lab, words);
          expect(await leftBeside(lab, site), `left after ${words}`).toEqual([]);
          expect(site.states(), `services after ${words}`).toEqual(services);
        },
        async expectQuiet(words: string) {
          const now = await digestOf(lab, site);
          const whole = isDeepStrictEqual(now, before) || isDeepStrictEqual(now, restored);
          if (!whole) expect(upOf(site), `services of a half restored site after ${words}`).toEqual([]);
        },
        async expectRestored(words: string) {
          expect(await digestOf(lab, site), words).toEqual(restored);
          expect(site.states(), `services after ${words}`).toEqual(services);
        },
      };
      await endRollbacks(rolledBack, endings);
    },
  );
}
