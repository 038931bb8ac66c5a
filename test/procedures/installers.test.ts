import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/contract/plan.ts';
import { openLab, type Lab, type LabSite } from '../helpers/lab.ts';
import { installedOn, installerCalls, installOn, media, nodesOf, order } from '../helpers/upgrade-lab.ts';
import { expectAsPlanned, expectOnlyLooks } from '../e2e/as-planned.ts';
import { everythingOf } from '../helpers/expect-tool.ts';

const APPROVED = ['--approve', 'change', '--approve', 'destroy=demo'];
const PASSWORD = 'only-setup-may-know-this';

describe('the installers of a release', { shuffle: false }, () => {
  let lab: Lab;
  let site: LabSite;
  let central: string;
  let rim: string;
  let setup: string;
  let before: Record<string, string>;

  const words = (name: string, params: Readonly<Record<string, string>>): string[] => [
    name,
    ...Object.entries({ setup, ...params }).flatMap(([key, value]) => ['--set', `${key}=${value}`]),
  ];

  beforeAll(async () => {
    lab = await openLab();
    site = lab.site({ small: true });
    [central, rim] = [site.node('central'), site.node('rim')];
    await installOn(nodesOf(site), { release: 'May 2025' });
    setup = media(site.folder, 'Qlik_Sense_setup.exe', 'Qlik Sense May 2025');
    for (const name of ['service-account', 'repository-role'])
      expect((await site.run(['secret', 'set', name], { input: `${PASSWORD}\n` })).code).toBe(0);
    const backup = await site.run(['backup', '--yes', '--drill', 'always']);
    expect(backup.code, backup.stdout + backup.stderr).toBe(0);
    before = site.states();
  }, 240_000);

  afterAll(async () => {
    await lab.close();
  });

  it('repair no node that has a patch', async () => {
    await installOn([rim], { release: 'May 2025', patch: 3 });
    const refused = await site.run(['run', ...words('repair', { release: 'May 2025' }), ...APPROVED]);
    expect(refused.code, refused.stdout + refused.stderr).toBe(3);
    expect(refused.stderr).toContain('May 2025 Patch 3 is installed, and May 2025 was expected');
    const patched = await site.run([
      ...['run', ...words('repair', { release: 'May 2025 Patch 3', nodes: 'rims' }), ...APPROVED],
    ]);
    expect(patched.code, patched.stdout + patched.stderr).toBe(3);
    expect(patched.stderr).toContain('Repair is disabled while there is a patch');
    await installOn([rim], { release: 'May 2025' });
    expect([...installerCalls(central), ...installerCalls(rim)]).toEqual([]);
    expect(site.states()).toEqual(before);
  });

  it('repair as planned, the central node first, and what ran before runs again', async () => {
    const repair = words('repair', { release: 'May 2025' });
    const [printed = ''] = await expectOnlyLooks(lab, site, [['--json', 'plan', ...repair]]);
    const run = await site.run(['run', ...repair, '--yes']);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expectAsPlanned(site, JSON.parse(printed) as Plan, 3);
    for (const node of nodesOf(site))
      expect(installerCalls(node)).toEqual([
        expect.stringMatching(/^qlik_sense_setup.exe -silent -repair -log /),
      ]);
    expect(site.states()).toEqual(before);
  });

  it('leave the services running when a repair fails, with the cause that the log tells', async () => {
    order(central, { exit: -1, log: 'SeSecurityPrivilege is missing', times: 1 });
    const failed = await site.run(['run', ...words('repair', { release: 'May 2025' }), '--yes']);
    expect(failed.code, failed.stdout + failed.stderr).toBe(1);
    expect(failed.stderr).toContain('General fatal error');
    expect(failed.stderr).toContain('Manage auditing and security log');
    expect(site.states()).toEqual(before);
    const abandoned = await site.run(['runs', 'abandon', newestRun(failed.stdout), ...APPROVED]);
    expect(abandoned.code, abandoned.stdout + abandoned.stderr).toBe(0);
  });

  it('uninstall from the rim node first, and only after the name of the site was given', async () => {
    const uninstall = words('uninstall', { release: 'May 2025' });
    const asked = await site.run(['run', ...uninstall, '--yes']);
    expect(asked.code, asked.stdout + asked.stderr).toBe(4);
    const [printed = ''] = await expectOnlyLooks(lab, site, [['--json', 'plan', ...uninstall]]);
    const run = await site.run(['run', ...uninstall, ...APPROVED]);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expectAsPlanned(site, JSON.parse(printed) as Plan, 3);
    expect(nodesOf(site).map(installedOn)).toEqual(['nothing', 'nothing']);
    expect(installerCalls(rim).at(-1)).toMatch(
      /^qlik_sense_setup.exe -silent -uninstall -log \S+ cleanup=0$/,
    );
  });

  it('install nothing with settings that do not go together', async () => {
    const refused = await site.run(['run', ...words('install', { ...INSTALL, poolSize: '50' }), ...APPROVED]);
    expect(refused.code, refused.stdout + refused.stderr).toBe(3);
    expect(refused.stderr).toContain('DbMaximumConnectionPoolSize must be a whole number from 90 to 1000');
    expect(installerCalls(central)).toHaveLength(3);
  });

  it.each(['central', 'rims'] as const)(
    'install on %s as planned, and leave no password behind',
    async (nodes) => {
      const install = words('install', {
        ...INSTALL,
        nodes,
        ...(nodes === 'rims' && { databaseHost: 'qs1' }),
      });
      const [printed = ''] = await expectOnlyLooks(lab, site, [['--json', 'plan', ...install]]);
      const run = await site.run(['run', ...install, '--yes']);
      expect(run.code, run.stdout + run.stderr).toBe(0);
      expectAsPlanned(site, JSON.parse(printed) as Plan, 3);
      const node = nodes === 'central' ? central : rim;
      expect(installedOn(node)).toBe('May 2025');
      expect(installerCalls(node).at(-1)).toMatch(
        /^qlik_sense_setup.exe -silent -log \S+ accepteula=1 skipstartservices=0 .*userpassword=\*\*\* spc=.+spc.cfg$/,
      );
      const log = / -log (\S+)/.exec(installerCalls(node).at(-1) ?? '')?.[1] ?? '';
      expect(readFileSync(log, 'utf8')).toMatch(/Settings are complete: .+spc\.cfg/);
      for (const [file, content] of Object.entries(everythingOf(site)))
        if (content.includes('sha256') && !file.includes('secrets'))
          expect(readFileSync(join(site.folder, file), 'latin1').includes(PASSWORD), file).toBe(false);
    },
  );
});

const INSTALL = {
  to: 'May 2025',
  acceptEula: 'true',
  user: 'ACME\\qlik-service',
  userSecret: 'service-account',
};

function newestRun(output: string): string {
  return /\(run (\d{8}T\d{6}Z-\w+)\)/.exec(output)?.[1] ?? '';
}
