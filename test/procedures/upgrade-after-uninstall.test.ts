import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Plan } from '../../src/contract/plan.ts';
import { demoPaths } from '../../src/demo/site-paths.ts';
import { clusterFiles } from '../../src/postgres/cluster-files.ts';
import { openLab, type Lab } from '../helpers/lab.ts';
import { makeOpenFolder } from '../helpers/postgres.ts';
import {
  installedOn,
  installerCalls,
  installOn,
  media,
  nodesOf,
  order,
  restartNode,
} from '../helpers/upgrade-lab.ts';
import { expectAsPlanned, expectOnlyLooks } from '../e2e/as-planned.ts';
import { completeSets } from '../e2e/support.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
});

afterAll(async () => {
  await lab.close();
});

/** A site whose Qlik Sense was uninstalled: the data folder of PostgreSQL is left. */
async function uninstalled({ rims = true } = {}) {
  const site = lab.site({ small: true });
  const scratch = await makeOpenFolder('sense-runbook-scratch-');
  site.edit((content) => {
    content['drill'] = { folder: scratch };
    if (!rims)
      content['nodes'] = (content['nodes'] as { role: string }[]).filter(({ role }) => role === 'central');
  });
  await installOn(nodesOf(site), {});
  const central = site.node('central');
  const { data } = clusterFiles(demoPaths(inject('labTemplate')).postgresql);
  const dump = join(scratch, 'all databases.sql');
  const flags = Object.entries({
    to: 'May 2025',
    setup: media(site.folder, 'Qlik_Sense_setup.exe', 'Qlik Sense May 2025'),
    folder: data,
    dumpFile: dump,
  }).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  return {
    ...{ site, central, dump, flags, scratch },
    end: () => {
      rmSync(scratch, { recursive: true });
    },
  };
}

const APPROVED = ['--approve', 'destroy=demo'];

/** Without the parameters that the plan and the folder of media give. */
function settingsOf(flags: readonly string[]): string[] {
  return flags.filter((flag, at) => {
    const setting = flag === '--set' ? flags[at + 1] : flag;
    return setting?.startsWith('folder=') === true || setting?.startsWith('dumpFile=') === true;
  });
}

describe('upgrade-after-uninstall', () => {
  it('dumps what is left, keeps a set of it, and gives setup the dump', async () => {
    const { site, central, dump, flags, scratch, end } = await uninstalled();
    const [printed = ''] = await expectOnlyLooks(lab, site, [
      ['--json', 'plan', 'upgrade-after-uninstall', ...flags],
    ]);
    const run = await site.run(['run', 'upgrade-after-uninstall', ...flags, ...APPROVED]);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expectAsPlanned(site, JSON.parse(printed) as Plan);
    expect(installerCalls(central)).toEqual([`qlik_sense_setup.exe databasedumpfile=${dump}`]);
    expect(installedOn(central)).toBe('May 2025');
    expect(readFileSync(dump, 'utf8')).toMatch(/CREATE DATABASE "QSR"[^]*cluster dump complete/);
    expect(completeSets(site)).toHaveLength(1);
    expect(readdirSync(scratch)).toEqual(['all databases.sql']);
    end();
  });

  it('stops for a restart of Windows, and goes on after it without dumping or installing again', async () => {
    const { site, central, flags, end } = await uninstalled();
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
    const { site, central, flags, dump, end } = await uninstalled({ rims: false });
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
    expect(first.stdout).toContain('Its run makes a backup set of what is left first');
    restartNode(central);
    const second = await site.run(words);
    expect(second.code, second.stdout + second.stderr).toBe(0);
    expect(installerCalls(central)).toEqual([`qlik_sense_setup.exe databasedumpfile=${dump}`]);
    expect(installedOn(central)).toBe('May 2025');
    expect(completeSets(site)).toHaveLength(1);
    end();
  });

  it('keeps dump and set when setup fails, and tries it again with resume', async () => {
    const { site, central, flags, end } = await uninstalled();
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
