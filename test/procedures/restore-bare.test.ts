import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/contract/plan.ts';
import { readKeyAccess } from '../helpers/key-access.ts';
import { openLab, type Lab, type LabSite, type ServicesFile } from '../helpers/lab.ts';
import { installedOn, installerCalls, installOn, media } from '../helpers/upgrade-lab.ts';
import { filesBelow } from '../helpers/restore-site.ts';
import { HAS_TERMINAL, onTerminal, unbroken } from '../helpers/terminal.ts';
import { expectAsPlanned, expectOnlyLooks } from '../e2e/as-planned.ts';
import { backUp, expectRefused } from '../helpers/expect-tool.ts';

/** Of the certificates of a site, those whose keys are the machine's. */
const MACHINE_STORES = ['LocalMachine/My', 'LocalMachine/My', 'LocalMachine/Root'];

const DATABASE = 'QlikSenseRepositoryDatabase';

describe.skipIf(!HAS_TERMINAL)('the first steps on a bare machine', { shuffle: false }, () => {
  let lab: Lab;
  let site: LabSite;
  /** Of the machine that was lost. */
  let certificates: string[];
  let services: ServicesFile['services'];

  const stores = (): string => join(site.node('central'), 'certificates');

  const readers = (): string[] =>
    Object.entries(readKeyAccess(site.node('central')))
      .map(([key, accounts]) => `${key.split(' ')[0] ?? ''} ${accounts.join(', ')}`)
      .sort();

  beforeAll(async () => {
    lab = await openLab();
    site = lab.site({ small: true });
    site.edit((content) => {
      content['qlik'] = { ...(content['qlik'] as object), release: 'May 2025 Patch 3' };
    });
    await backUp(site);
    certificates = filesBelow(stores());
    const file = join(site.node('central'), 'services.json');
    ({ services } = JSON.parse(readFileSync(file, 'utf8')) as ServicesFile);
  });

  afterAll(async () => {
    await lab.close();
  });

  function install(started: readonly string[]): void {
    site.services('central', (content) => {
      for (const [name, service] of Object.entries(services)) {
        const installed = { ...service, state: started.includes(name) ? 'running' : 'stopped' };
        delete installed.next;
        content.services[name] = installed;
      }
    });
  }

  it('are not for one that Qlik Sense is on', async () => {
    await expectRefused(site, ['restore', '--bare', '--yes'], {
      code: 3,
      says: [/Qlik Sense is installed/],
      hint: /without --bare/,
    });
  });

  it('are what was planned: certificates, then a person installs, then nothing must ever have run', async () => {
    rmSync(stores(), { recursive: true });
    site.services('central', (content) => {
      content.services = {};
    });
    const [printed = ''] = await expectOnlyLooks(lab, site, [['--json', 'plan', 'prepare-bare-machine']]);
    const run = await onTerminal(
      site.siteFile,
      ['restore', '--bare', '--yes', '--approve', 'destroy=demo'],
      [
        { seen: /Install the release and the patch[^]*Done\?/, first: () => install([]), typed: 'y\r' },
        { seen: /Start the service[^]*Done\?/, first: () => install([DATABASE]), typed: 'y\r' },
        { seen: /Go on with[^]*Done\?/, typed: 'y\r' },
      ],
    );
    expect(run.code, run.stdout).toBe(0);
    expectAsPlanned(site, JSON.parse(printed) as Plan, 5);
    expect(filesBelow(stores())).toEqual(certificates);
    expect(unbroken(run.stdout)).toMatch(/sense-runbook --site .+? restore /);
    // Nobody said who will run the services.
    expect(readKeyAccess(site.node('central'))).toEqual({});
  });

  it('install by setup itself where it is named, start nothing, leave no spc.cfg, and let the services read the keys', async () => {
    const central = site.node('central');
    rmSync(stores(), { recursive: true });
    site.services('central', (content) => {
      content.services = {};
    });
    await installOn([central], {});
    const kept = await site.run(['secret', 'set', 'role'], { input: 'a-password-of-the-role\n' });
    expect(kept.code, kept.stderr).toBe(0);
    const params = {
      setup: media(site.folder, 'Qlik_Sense_setup.exe', 'Qlik Sense May 2025'),
      update: media(site.folder, 'Qlik_Sense_update.exe', 'Qlik Sense May 2025 Patch 3'),
      release: 'May 2025',
      patch: 'May 2025 Patch 3',
      acceptEula: 'true',
      user: 'ACME/qlik',
      userSecret: 'role',
      roleSecret: 'role',
    };
    const run = await onTerminal(
      site.siteFile,
      [
        ...['run', 'prepare-bare-machine', '--yes', '--approve', 'destroy=demo'],
        ...Object.entries(params).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
      ],
      [
        { seen: /Start the service[^]*Done\?/, typed: 'y\r' },
        { seen: /Go on with[^]*Done\?/, typed: 'y\r' },
      ],
    );
    expect(run.code, run.stdout).toBe(0);
    expect(installedOn(central)).toBe('May 2025 Patch 3');
    const states = Object.entries(site.states()).filter(([name]) => name.startsWith('central/'));
    expect(new Set(states.map(([, state]) => state))).toEqual(new Set(['stopped']));
    expect(installerCalls(central)).toHaveLength(2);
    expect(filesBelow(site.state).filter((file) => file.endsWith('spc.cfg'))).toEqual([]);
    expect(filesBelow(stores())).toEqual(certificates);
    expect(unbroken(run.stdout)).toContain(
      'This runs as ACME\\qlik-service, and the services as ACME\\qlik:',
    );
    expect(readers()).toEqual(MACHINE_STORES.map((store) => `${store} ACME\\qlik`));

    const restored = await site.run([
      'restore',
      '--only',
      'certificates',
      '--yes',
      '--approve',
      'destroy=demo',
    ]);
    expect(restored.code, restored.stdout + restored.stderr).toBe(0);
    expect(filesBelow(stores())).toEqual(certificates);
    // Who runs them in the end, as Windows tells.
    expect(readers()).toEqual(MACHINE_STORES.map((store) => `${store} ACME\\qlik, ACME\\qlik-service`));
  });
});
