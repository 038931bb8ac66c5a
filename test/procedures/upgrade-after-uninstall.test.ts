import { mkdirSync, readFileSync, readdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/contract/plan.ts';
import { openLab, type Lab } from '../helpers/lab.ts';
import { findTestPrograms } from '../helpers/postgres.ts';
import { uninstalledSite } from '../helpers/uninstalled-site.ts';
import { installedOn, installerCalls, media, order, restartNode } from '../helpers/upgrade-lab.ts';
import { expectAsPlanned, expectOnlyLooks } from '../e2e/as-planned.ts';
import { completeSets } from '../helpers/expect-tool.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
});

afterAll(async () => {
  await lab.close();
});

/** Never without what it does not say. */
const PROVEN = /Proven restorable, what is in it: \S+ \(.*\); it has no certificates/;

const APPROVED = ['--approve', 'destroy=demo'];

/** Without the parameters that the plan and the folder of media give. */
function settingsOf(flags: readonly string[]): string[] {
  return flags.filter((flag, at) => {
    const setting = flag === '--set' ? flags[at + 1] : flag;
    return setting?.startsWith('folder=') === true || setting?.startsWith('dumpFile=') === true;
  });
}

describe('upgrade-after-uninstall', { shuffle: false }, () => {
  it('dumps what is left, keeps a proven set of it, and gives setup the dump', async () => {
    const { site, central, dump, flags, scratch, end } = await uninstalledSite(lab);
    const [printed = ''] = await expectOnlyLooks(lab, site, [
      ['--json', 'plan', 'upgrade-after-uninstall', ...flags],
    ]);
    const run = await site.run(['run', 'upgrade-after-uninstall', ...flags, ...APPROVED]);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expectAsPlanned(site, JSON.parse(printed) as Plan);
    expect(run.stdout).toMatch(PROVEN);
    expect(installerCalls(central)).toEqual([`qlik_sense_setup.exe databasedumpfile=${dump}`]);
    expect(installedOn(central)).toBe('May 2025');
    expect(readFileSync(dump, 'utf8')).toMatch(/CREATE DATABASE "QSR"[^]*cluster dump complete/);
    expect(completeSets(site)).toHaveLength(1);
    expect(readdirSync(scratch)).toEqual(['all databases.sql']);
    end();
  });

  it('stops for a restart of Windows, and goes on after it without dumping or installing again', async () => {
    const { site, central, flags, end } = await uninstalledSite(lab);
    order(central, { reboot: true, times: 1 });
    const run = await site.run(['run', 'upgrade-after-uninstall', ...flags, ...APPROVED]);
    expect(run.code, run.stdout + run.stderr).toBe(75);
    restartNode(central);
    const on = await site.run(['resume', ...APPROVED]);
    expect(on.code, on.stdout + on.stderr).toBe(0);
    expect(installerCalls(central)).toHaveLength(1);
    expect(completeSets(site)).toHaveLength(1);
    end();
  });

  it('is the first hop of an upgrade that begins with it, which needs no other backup', async () => {
    const { site, central, flags, dump, end } = await uninstalledSite(lab, { rims: false });
    const shelf = join(site.folder, 'media');
    mkdirSync(join(shelf, 'May 2025'), { recursive: true });
    media(join(shelf, 'May 2025'), 'Qlik_Sense_setup.exe', 'Qlik Sense May 2025');
    const plan = join(site.folder, 'plan.json');
    const from = ['--from', 'February 2024', '--uninstalled', '--to', 'May 2025', '--nodes', '1'];
    const server = ['--postgres', '15.4', '--postgres-kind', 'standalone', '--no-ssl', '--out', plan];
    const made = await site.run(['upgrade', 'plan', ...from, ...server]);
    expect(made.code, made.stdout + made.stderr).toBe(0);
    const words = ['upgrade', 'run', plan, '--media', shelf, '--confirmed', '1', ...APPROVED];
    const ahead = await site.run([...words, '--dry-run']);
    expect(ahead.code, ahead.stdout + ahead.stderr).toBe(3);
    expect(ahead.stdout).toContain('MISSING --set 1.folder=VALUE');
    expect(ahead.stdout).not.toContain('run backup');
    order(central, { reboot: true, times: 1 });
    const first = await site.run([...words, ...settingsOf(flags)]);
    expect(first.code, first.stdout + first.stderr).toBe(75);
    expect(first.stdout.replaceAll(/\s+/g, ' ')).toContain(
      'Its run makes a backup set of what is left first, and begins only when a drill has proven what is in it',
    );
    expect(first.stdout).toMatch(PROVEN);
    restartNode(central);
    const second = await site.run(words);
    expect(second.code, second.stdout + second.stderr).toBe(0);
    expect(installerCalls(central)).toEqual([`qlik_sense_setup.exe databasedumpfile=${dump}`]);
    expect(installedOn(central)).toBe('May 2025');
    expect(completeSets(site)).toHaveLength(1);
    end();
  });

  it('installs nothing when the set does not restore, and goes on once it does', async () => {
    const { site, central, flags, scratch, end } = await uninstalledSite(lab);
    const { client, server } = await findTestPrograms();
    const bin = join(site.folder, 'bin');
    mkdirSync(bin);
    for (const name of readdirSync(client.folder)) symlinkSync(join(client.folder, name), join(bin, name));
    const broken = join(bin, 'pg_restore');
    unlinkSync(broken);
    const script = `#!/bin/sh\ncase " $* " in *" --exit-on-error "*) echo "pg_restore: error: bad block" >&2; exit 1;; esac\n`;
    writeFileSync(broken, `${script}exec '${client.pgRestore}' "$@"\n`, { mode: 0o755 });
    site.edit((content) => {
      Object.assign(content['database'] as object, { bin });
      content['drill'] = { folder: scratch, bin: server.folder };
    });
    const run = await site.run(['run', 'upgrade-after-uninstall', ...flags, ...APPROVED]);
    expect(run.code, run.stdout + run.stderr).toBe(5);
    expect(run.stderr).toMatch(/did not prove restorable: [^]*does not restore: bad block/);
    expect(run.stdout).toContain('NOT PROVEN');
    expect(installerCalls(central)).toEqual([]);
    expect(readdirSync(scratch)).toEqual(['all databases.sql']);
    unlinkSync(broken);
    symlinkSync(client.pgRestore, broken);
    const on = await site.run(['resume', ...APPROVED]);
    expect(on.code, on.stdout + on.stderr).toBe(0);
    expect(on.stdout).toMatch(PROVEN);
    expect(installedOn(central)).toBe('May 2025');
    expect(completeSets(site)).toHaveLength(1);
    end();
  });

  it('keeps dump and set when setup fails, and tries it again with resume', async () => {
    const { site, central, flags, end } = await uninstalledSite(lab);
    order(central, { exit: -14, times: 1 });
    const run = await site.run(['run', 'upgrade-after-uninstall', ...flags, ...APPROVED]);
    expect(run.code, run.stdout + run.stderr).toBe(1);
    expect(run.stderr).toContain('-14');
    const on = await site.run(['resume', ...APPROVED]);
    expect(on.code, on.stdout + on.stderr).toBe(0);
    expect(installedOn(central)).toBe('May 2025');
    expect(completeSets(site)).toHaveLength(1);
    end();
  });
});
