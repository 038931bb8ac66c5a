import { readdirSync, renameSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/contract/plan.ts';
import { openLab, type Lab, type LabSite } from '../helpers/lab.ts';
import { makeOpenFolder } from '../helpers/postgres.ts';
import { NO_RESTIC } from '../helpers/restic.ts';
import { setsOf, type SetLine } from '../helpers/soundness.ts';
import { settings, uninstalledSite } from '../helpers/uninstalled-site.ts';
import { expectAsPlanned, expectOnlyLooks } from '../e2e/as-planned.ts';
import { completeSets, expectRefused } from '../helpers/expect-tool.ts';

describe.skipIf(NO_RESTIC !== undefined)('a vault in a restic repository', { shuffle: false }, () => {
  let lab: Lab;
  let site: LabSite;
  let scratch: string;
  let repository: string;

  beforeAll(async () => {
    lab = await openLab();
    site = lab.site({ small: true });
    scratch = await makeOpenFolder('sense-runbook-scratch-');
    site.edit((content) => {
      content['drill'] = { folder: scratch };
    });
    repository = keepInRepository(site);
  });

  afterAll(async () => {
    await lab.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  /** Prints the plan of some words, which changes nothing, then runs others, which must do what was printed. */
  async function runAsPlanned(look: readonly string[], words: readonly string[], steps = 6): Promise<string> {
    const [printed = ''] = await expectOnlyLooks(lab, site, [['--json', ...look]]);
    const run = await site.run(words);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expectAsPlanned(site, JSON.parse(printed) as Plan, steps);
    expect(readdirSync(scratch)).toEqual([]);
    return run.stdout;
  }

  async function complete(): Promise<(SetLine & { readonly provenAt?: string })[]> {
    const sets = await setsOf(site);
    expect(sets.map(({ state }) => state)).toEqual(sets.map(() => 'complete'));
    return sets;
  }

  it(
    'gets every set, proves it as it lies there, and lets one go, each as planned',
    { timeout: 900_000 },
    async () => {
      const drilled = ['plan', 'backup', '--set', 'drill=always'];
      const first = await runAsPlanned(drilled, ['backup', '--yes', '--drill', 'always']);
      expect(first).toContain('Proven restorable: ');
      const snapshot = ['backup', '--quiesce', 'snapshot'];
      await runAsPlanned([...snapshot, '--dry-run'], [...snapshot, '--yes']);
      const [older, newer] = (await complete()).map(({ id }) => id);
      expect((await complete()).map(({ provenAt }) => provenAt !== undefined)).toEqual([true, false]);
      // Only the newest still is a folder.
      expect(completeSets(site)).toEqual([newer]);
      const proven = await site.run(['status', '--proven-within', '1d']);
      expect(proven.code, proven.stdout + proven.stderr).toBe(0);

      // What counts is what the repository has, whatever became of the folder.
      rmSync(join(site.vault, 'demo', newer ?? '', 'databases', 'QSR_backup.tar'));
      for (const set of [older ?? '', 'latest']) {
        const verified = await site.run(['backups', 'verify', set]);
        expect(verified.code, verified.stdout + verified.stderr).toBe(0);
      }
      const drill = await runAsPlanned(['backups', 'drill', '--dry-run'], ['backups', 'drill']);
      expect(drill).toContain(`Proven restorable: ${newer ?? ''}`);

      const prune = ['backups', 'prune', older ?? ''];
      await runAsPlanned([...prune, '--dry-run'], [...prune, '--yes', '--approve', 'destroy=demo'], 2);
      expect((await complete()).map(({ id }) => id)).toEqual([newer]);
      await expectRefused(site, ['backups', 'export', '--output', join(site.folder, 'set.tar')], {
        code: 2,
        says: [/only sets of a vault that is a folder/],
        hint: /restic/,
      });
    },
  );

  it('is not made anew when it is gone, and is found again by a machine that has nothing else', async () => {
    const [newest] = await complete();
    renameSync(repository, `${repository} away`);
    await expectRefused(site, ['backup', '--yes'], {
      code: 3,
      says: [/There is no restic repository at .* It was there before/],
      hint: /disk is connected.*restic init/,
    });
    renameSync(`${repository} away`, repository);
    for (const folder of [site.vault, site.state]) rmSync(folder, { recursive: true });
    expect((await complete()).map(({ id }) => id)).toEqual([newest?.id]);
    const verified = await site.run(['backups', 'verify']);
    expect(verified.code, verified.stdout + verified.stderr).toBe(0);
    rmdirSync(scratch);
  });

  it('gets what is saved of a kept data folder, too, and proves it as it lies there', async () => {
    const left = await uninstalledSite(lab);
    keepInRepository(left.site);
    const folder = left.flags.find((flag) => flag.startsWith('folder='))?.slice('folder='.length) ?? '';
    const flags = settings({ folder, dumpFile: left.dump });
    const name = 'backup-after-uninstall';
    const [printed = ''] = await expectOnlyLooks(lab, left.site, [['--json', 'plan', name, ...flags]]);
    const run = await left.site.run(['run', name, ...flags, '--yes']);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expectAsPlanned(left.site, JSON.parse(printed) as Plan);
    expect(run.stdout).toMatch(/Proven restorable, what is in it: .*; it has no certificates\n/);
    const [set] = await setsOf(left.site);
    expect(set).toMatchObject({ state: 'complete', lacks: ['certificates'] });
    expect(set).toHaveProperty('partProvenAt');
    expect(readdirSync(left.scratch)).toEqual(['all databases.sql']);
    left.end();
  });
});

/** Gives a site a vault in a repository beside it, which is named. */
function keepInRepository(site: LabSite): string {
  const repository = join(site.folder, 'repository');
  const password = join(site.folder, 'word');
  writeFileSync(password, 'a good password', { mode: 0o600 });
  site.edit((content) => {
    const restic = { repository, password: { file: password } };
    content['vault'] = { kind: 'restic', folder: site.vault, restic };
  });
  return repository;
}
