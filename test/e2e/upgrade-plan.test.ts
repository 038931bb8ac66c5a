import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UpgradePlan } from '../../src/upgrade/types.ts';
import { openLab, openSiteWithoutDatabase, runTool, type Lab, type LabSite } from '../helpers/lab.ts';
import { expectNoStack, everythingOf } from '../helpers/expect-tool.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

let lab: Lab;
let site: LabSite;

beforeAll(async () => {
  lab = await openLab();
  site = lab.site();
}, 120_000);
afterAll(() => lab.close());

/** A folder without a site file. */
/** A folder without a site file. */
function nowhere(): { readonly cwd: string } {
  return { cwd: temporaryFolder() };
}

describe('upgrade plan', () => {
  it('plans by flags alone, where there is no site', async () => {
    const { code, stdout, stderr } = await runTool(
      ['upgrade', 'plan', '--from', 'nov 2020', '--to', 'May 2025', '--postgres', '9.6', '--brief'],
      nowhere(),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('3. Upgrade Qlik Sense: May 2023 -> May 2025');
  });

  it('says that a site file in this folder was left out', async () => {
    const words = ['upgrade', 'plan', '--from', 'Nov 2024', '--to', 'May 2025', '--brief'];
    const { code, stderr } = await runTool(words, { cwd: site.folder });
    expect(code).toBe(0);
    expect(stderr).toContain(`nothing of ${join(site.folder, 'site.yaml')}. With --site `);
  });

  it('takes from the site and its database what no flag says, and changes nothing', async () => {
    const file = join(site.folder, 'site.yaml');
    const before = everythingOf(site);
    const { code, stdout } = await runTool(
      ['--site', file, 'upgrade', 'plan', '--from', 'Nov 2024', '--to', 'May 2025', '--json'],
      nowhere(),
    );
    expect(code).toBe(0);
    const plan = JSON.parse(stdout) as UpgradePlan;
    expect(plan.start.nodes).toBe(2);
    expect(plan.start.postgres?.version).toMatch(/^\d+\.\d+$/);
    expect(plan.start.ssl).toBe(false);
    expect(plan.start.passwordEncryption).toMatch(/^(md5|scram-sha-256)$/);
    expect(plan.start.databases).toEqual(expect.arrayContaining(['QSR', 'Licenses']));
    expect(everythingOf(site)).toEqual(before);
  });

  it('plans on without a database that does not answer, and says so', async () => {
    const dark = await openSiteWithoutDatabase();
    try {
      const words = ['upgrade', 'plan', '--from', 'Nov 2024', '--to', 'May 2025', '--brief'];
      const { code, stderr } = await runTool(['--site', join(dark.folder, 'site.yaml'), ...words], nowhere());
      expect(code).toBe(0);
      expect(stderr).toContain('note: the database was not asked: ');
    } finally {
      await dark.close();
    }
  });

  it('refuses a release that is not known, with those nearby', async () => {
    const ran = await runTool(['upgrade', 'plan', '--from', 'Aug 2024', '--to', 'May 2025'], nowhere());
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('The nearest are May 2024 and November 2024.');
    expectNoStack(ran);
  });

  it('wants to know what is installed, and where to', async () => {
    const [from, to] = await Promise.all([
      runTool(['upgrade', 'plan', '--to', 'May 2025'], nowhere()),
      runTool(['upgrade', 'plan', '--from', 'May 2024'], nowhere()),
    ]);
    expect([from.code, to.code]).toEqual([2, 2]);
    expect(from.stderr).toContain('--from "August 2022 Patch 5"');
    expect(to.stderr).toContain('--to');
  });
});

describe('upgrade releases and rules', () => {
  it('are printed without a site', async () => {
    const [releases, rules] = await Promise.all([
      runTool(['upgrade', 'releases'], nowhere()),
      runTool(['upgrade', 'rules', '--json'], nowhere()),
    ]);
    expect(releases.stdout).toMatch(/^May 2025 +14\.231 +14\.17 +3\.3, p\. 167$/m);
    expect(JSON.parse(rules.stdout)).toMatchObject({ schemaVersion: 1 });
  });
});
