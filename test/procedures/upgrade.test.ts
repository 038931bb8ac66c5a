import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepsOf, type Plan } from '../../src/contract/plan.ts';
import { expectAsPlanned, expectOnlyLooks } from '../e2e/as-planned.ts';
import { openLab, type Lab, type LabSite, type ToolResult } from '../helpers/lab.ts';
import {
  installedOn,
  installerCalls,
  media,
  nodesOf,
  openSiteWith,
  order,
  restartNode,
} from '../helpers/upgrade-lab.ts';

const APPROVED = ['--approve', 'change', '--approve', 'destroy=demo'];

describe('an upgrade of a site with a rim node', { shuffle: false }, () => {
  let lab: Lab;
  let site: LabSite;
  let central: string;
  let rim: string;
  let setup: string;
  let before: Record<string, string>;
  let upgradePlan: Plan;

  beforeAll(async () => {
    lab = await openLab();
    site = await openSiteWith(lab, 'February 2024');
    [central, rim] = [site.node('central'), site.node('rim')];
    setup = media(site.folder, 'Qlik_Sense_setup.exe', 'Qlik Sense May 2025');
    before = site.states();
  });

  afterAll(async () => {
    await lab.close();
  });

  const flagsOf = (change: Readonly<Record<string, string>>): string[] => {
    const params = { to: 'May 2025', setup, acceptEula: 'true', ...change };
    return Object.entries(params).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  };
  const upgrade = (
    change: Readonly<Record<string, string>>,
    ...more: readonly string[]
  ): Promise<ToolResult> => site.run(['run', 'upgrade', ...flagsOf(change), ...more]);
  const planned = async (...words: readonly string[]): Promise<Plan> => {
    const [printed = ''] = await expectOnlyLooks(lab, site, [['--json', 'plan', ...words]]);
    return JSON.parse(printed) as Plan;
  };

  it('does not begin without a backup set that is proven restorable', async () => {
    const refused = await upgrade({}, ...APPROVED);
    expect(refused.code, refused.stdout + refused.stderr).toBe(3);
    expect(refused.stderr).toContain('There is no complete backup set');
    const backup = await site.run(['backup', '--yes']);
    expect(backup.code, backup.stderr).toBe(0);
    const unproven = await upgrade({}, ...APPROVED);
    expect(unproven.code).toBe(3);
    expect(unproven.stderr).toContain('is not proven restorable');
    const drill = await site.run(['backups', 'drill', 'latest']);
    expect(drill.code, drill.stdout + drill.stderr).toBe(0);
    expect(installerCalls(central)).toEqual([]);
  });

  it('does not begin without the licence accepted, nor with the media of another release', async () => {
    const refused = await upgrade({ acceptEula: 'false' }, ...APPROVED);
    expect(refused.code, refused.stdout + refused.stderr).toBe(3);
    expect(refused.stderr).toContain('accepted the licence');
    const other = media(join(site.folder), 'other_setup.exe', 'Qlik Sense May 2023');
    const wrong = await upgrade({ setup: other }, ...APPROVED);
    expect(wrong.code).toBe(3);
    expect(wrong.stderr).toContain('not May 2025');
    expect(site.states()).toEqual(before);
  });

  it('leads a person through SSL where that is wanted, and refuses to when nobody can be asked', async () => {
    const sets = [...['--set', 'to=May 2025'], ...['--set', `setup=${setup}`]];
    const switches = async (ssl: string): Promise<unknown[]> => {
      const shown = await site.run(['--json', 'plan', 'upgrade', ...sets, '--set', `ssl=${ssl}`]);
      const { sections } = JSON.parse(shown.stdout) as Plan;
      const steps = sections.flatMap(({ items }) => stepsOf(items));
      return steps.flatMap(({ uses, skipped }) => (uses === 'ssl.switch' ? [skipped === undefined] : []));
    };
    expect(await switches('refuse')).toEqual([false, false]);
    expect(await switches('guided')).toEqual([true, true]);
    expect(await switches('on-again')).toEqual([false, true]);
    const alone = await upgrade({ ssl: 'on-again' }, ...APPROVED);
    expect(alone.code, alone.stdout + alone.stderr).toBe(3);
    expect(alone.stderr).toContain('With ssl=on-again a person is asked during the run');
    expect(site.states()).toEqual(before);
  });

  it('wants the name of the site: an installed release is gone afterwards', async () => {
    const refused = await upgrade({}, '--yes');
    expect(refused.code, refused.stdout + refused.stderr).toBe(4);
    expect(installerCalls(central)).toEqual([]);
  });

  it('stops for a restart of Windows, and goes on after it', async () => {
    upgradePlan = await planned('upgrade', ...flagsOf({}));
    order(central, { exit: 3010, reboot: true, times: 1 });
    const stopped = await upgrade({}, ...APPROVED);
    expect(stopped.code, stopped.stdout + stopped.stderr).toBe(75);
    expect(stopped.stderr).toContain('must be restarted first');
    expect(installedOn(rim)).toBe('February 2024');
    restartNode(central);
    order(rim, { exit: -14, log: 'FATAL: password authentication failed for user "postgres"', times: 1 });
    const failed = await site.run(['resume', ...APPROVED]);
    expect(failed.code, failed.stdout + failed.stderr).toBe(1);
    expect(failed.stderr).toContain('Database superuser password validation error');
    expect(failed.stderr).toContain('is not the one PostgreSQL has');
  });

  it('leaves the upgraded central node running and the rim node down when that one fails', () => {
    const running = Object.entries(site.states()).filter(([, state]) => state === 'running');
    expect(running.map(([name]) => name).filter((name) => name.startsWith('rim/'))).toEqual([]);
    expect(running.map(([name]) => name)).toContain('central/QlikSenseRepositoryService');
    expect(installedOn(central)).toBe('May 2025');
  });

  it('ends with every node on one release and every service that ran running', async () => {
    const done = await site.run(['resume', ...APPROVED]);
    expect(done.code, done.stdout + done.stderr).toBe(0);
    expectAsPlanned(site, upgradePlan, 20, { resumed: true });
    expect(nodesOf(site).map(installedOn)).toEqual(['May 2025', 'May 2025']);
    expect(site.states()).toEqual(before);
    expect(installerCalls(central)).toHaveLength(1);
    expect(installerCalls(rim)).toHaveLength(2);
    expect(installerCalls(rim)[1]).toMatch(
      /^qlik_sense_setup.exe -silent -log \S+ accepteula=1 skipstartservices=1 keepcurrentsettings=1$/,
    );
  });

  it('is followed by a patch, and the patch is taken off again', async () => {
    const ran = await site.run(['backup', '--yes', '--drill', 'always']);
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    const update = media(site.folder, 'Qlik_Sense_update.exe', 'Qlik Sense May 2025 Patch 3');
    const on = ['patch', '--set', 'to=May 2025 Patch 3', '--set', `update=${update}`];
    const patchPlan = await planned(...on);
    const patch = await site.run(['run', ...on, '--yes']);
    expect(patch.code, patch.stdout + patch.stderr).toBe(0);
    expectAsPlanned(site, patchPlan, 20);
    expect(nodesOf(site).map(installedOn)).toEqual(['May 2025 Patch 3', 'May 2025 Patch 3']);
    // The set is of the release without the patch: it is no way back any more.
    const off = ['uninstall-patch', '--set', 'to=May 2025', '--set', `update=${update}`];
    const refused = await site.run(['run', ...off, '--yes']);
    expect(refused.code, refused.stdout + refused.stderr).toBe(3);
    expect(refused.stderr).toContain('May 2025 Patch 3 is installed');
    expect((await site.run(['backup', '--yes', '--drill', 'always'])).code).toBe(0);
    const offPlan = await planned(...off);
    const taken = await site.run(['run', ...off, '--yes']);
    expect(taken.code, taken.stdout + taken.stderr).toBe(0);
    expectAsPlanned(site, offPlan, 20);
    expect(nodesOf(site).map(installedOn)).toEqual(['May 2025', 'May 2025']);
    expect(site.states()).toEqual(before);
  });
});
