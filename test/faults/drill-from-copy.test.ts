import { readdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/contract/plan.ts';
import { expectAsPlanned, expectOnlyLooks } from '../e2e/as-planned.ts';
import { backUp } from '../helpers/expect-tool.ts';
import { openLab, type Lab } from '../helpers/lab.ts';
import { makeOpenFolder } from '../helpers/postgres.ts';
import { NO_RESTIC } from '../helpers/restic.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';

describe.skipIf(!NO_SAMPLE || NO_RESTIC !== undefined)('a set whose dumps are lost here', () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await openLab();
  });

  afterAll(async () => {
    await lab.close();
  });

  it('is proven from its offsite copy, as planned, which says nothing of the set here', async () => {
    const site = lab.site({ small: true });
    const scratch = await makeOpenFolder('sense-runbook-scratch-');
    const password = join(site.folder, 'word');
    writeFileSync(password, 'a good password', { mode: 0o600 });
    site.edit((content) => {
      content['drill'] = { folder: scratch };
      const restic = { repository: join(site.folder, 'offsite'), password: { file: password } };
      content['vault'] = { folder: site.vault, copies: [{ name: 'offsite', restic }] };
    });
    const set = await backUp(site);
    rmSync(join(set.path, 'databases', 'QSR_backup.tar'));
    const here = await site.run(['backups', 'drill']);
    expect(here.code, here.stdout + here.stderr).toBe(5);

    const [printed = ''] = await expectOnlyLooks(lab, site, [
      ['--json', 'backups', 'drill', '--copy', 'offsite', '--dry-run'],
    ]);
    const run = await site.run(['backups', 'drill', '--copy', 'offsite']);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expect(run.stdout).toContain(`Proven restorable: ${basename(set.path)} of copy offsite`);
    expectAsPlanned(site, JSON.parse(printed) as Plan);
    expect((await site.run(['backups', '--copy', 'offsite'])).stdout).toMatch(/MB  \d{4}-\d{2}-\d{2}\n/);
    expect((await site.run(['backups'])).stdout).toContain('FAILED');
    expect(readdirSync(scratch)).toEqual([]);
    rmdirSync(scratch);
  });
});
