import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/contract/plan.ts';
import { openLab, type Lab, type LabSite, type ServicesFile } from '../helpers/lab.ts';
import { filesBelow } from '../helpers/restore-site.ts';
import { HAS_TERMINAL, onTerminal } from '../helpers/terminal.ts';
import { expectAsPlanned, expectOnlyLooks } from './as-planned.ts';
import { backUp, expectRefused } from './support.ts';

const DATABASE = 'QlikSenseRepositoryDatabase';

describe.skipIf(!HAS_TERMINAL)('the first steps on a bare machine', () => {
  let lab: Lab;
  let site: LabSite;
  /** Of the machine that was lost. */
  let certificates: string[];
  let services: ServicesFile['services'];

  const stores = (): string => join(site.node('central'), 'certificates');

  beforeAll(async () => {
    lab = await openLab();
    site = lab.site({ small: true });
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
    expect(run.stdout).toMatch(/sense-runbook restore/);
  });
});
