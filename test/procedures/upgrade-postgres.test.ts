import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/contract/plan.ts';
import { openSiteWithoutDatabase } from '../helpers/lab.ts';
import { hasOtherServers, usePostgres } from '../helpers/postgres.ts';
import { useTwoServers } from '../helpers/two-servers.ts';
import { installerCalls, installOn, media, nodesOf, order } from '../helpers/upgrade-lab.ts';
import { expectAsPlanned } from '../e2e/as-planned.ts';
import { everythingOf } from '../helpers/expect-tool.ts';

const PASSWORD = 'a password';
const APPROVED = ['--approve', 'change', '--approve', 'destroy=demo'];

describe.skipIf(!hasOtherServers)('the bundled PostgreSQL of a site', { shuffle: false }, () => {
  const old = usePostgres({ major: 12, password: PASSWORD });
  const made = usePostgres({ major: 14, password: PASSWORD });
  let site: Awaited<ReturnType<typeof openSiteWithoutDatabase>>;
  let closeDoor: (() => void) | undefined;
  let flags: Record<string, string>;
  let before: Record<string, string>;
  /** The plan of the upgrade, of before it. */
  let printed: Plan;

  const request = (): string[] => [
    ...['upgrade-postgres-qpi', '--set', 'ask=false'],
    ...Object.entries(flags).flatMap(([name, value]) => ['--set', `${name}=${value}`]),
  ];
  const run = (...more: readonly string[]) => site.run(['run', ...request(), ...more]);

  async function planned(...words: readonly string[]): Promise<Plan> {
    const shown = await site.run(['--json', 'plan', ...words]);
    expect(shown.code, shown.stdout + shown.stderr).toBe(0);
    return JSON.parse(shown.stdout) as Plan;
  }

  beforeAll(async () => {
    site = await openSiteWithoutDatabase();
    await installOn(nodesOf(site), {
      release: 'May 2022',
      postgres: { kind: 'bundled', version: '12.5' },
    });
    closeDoor = await useTwoServers(site, { old: old(), made: made(), release: 'May 2022' });
    const cache = join(site.folder, 'Package Cache');
    mkdirSync(join(cache, '{12-5}'), { recursive: true });
    writeFileSync(join(cache, '{12-5}', 'PostgreSQL125.msi'), 'a package');
    flags = {
      setup: media(site.folder, 'Qlik_PostgreSQL_setup.exe', 'Qlik PostgreSQL'),
      acceptLicence: 'true',
      databaseSecret: 'superuser',
      backupFolder: join(site.folder, 'postgres backup'),
      dataFolder: join(site.folder, 'postgres data'),
      packageCache: cache,
    };
    const kept = await site.run(['secret', 'set', 'superuser'], { input: `${PASSWORD}\n` });
    expect(kept.code, kept.stderr).toBe(0);
    const backup = await site.run(['backup', '--yes', '--drill', 'always']);
    expect(backup.code, backup.stdout + backup.stderr).toBe(0);
    before = site.states();
  }, 240_000);

  afterAll(async () => {
    closeDoor?.();
    await site.close();
  });

  it('is not touched while a patch is installed, a licence is not accepted or the dump would go to a network path', async () => {
    await installOn([site.node('central')], {
      release: 'May 2022',
      patch: 3,
      postgres: { kind: 'bundled', version: '12.5' },
    });
    flags = { ...flags, acceptLicence: 'false', backupFolder: '//nas/backup' };
    const refused = await run(...APPROVED);
    expect(refused.code, refused.stdout + refused.stderr).toBe(3);
    expect(refused.stderr).toContain('May 2022 Patch 3 is installed');
    expect(refused.stderr).toContain('accepted the licence');
    expect(refused.stderr).toContain('is a network path');
    expect(installerCalls(site.node('central'))).toEqual([]);
    flags = { ...flags, acceptLicence: 'true', backupFolder: join(site.folder, 'postgres backup') };
    await installOn([site.node('central')], {
      release: 'May 2022',
      postgres: { kind: 'bundled', version: '12.5' },
    });
  });

  it('stays the database of the site when the installer fails, and the file with its password is gone', async () => {
    printed = await planned(...request());
    order(site.node('central'), { exit: -14, times: 1 });
    const failed = await run(...APPROVED);
    expect(failed.code, failed.stdout + failed.stderr).toBe(1);
    expect(failed.stderr).toContain('Database superuser password validation error');
    expectNoConfig();
  });

  it('becomes one of its own as planned, without the old package, and every service that ran runs', async () => {
    const done = await site.run(['resume', ...APPROVED]);
    expect(done.code, done.stdout + done.stderr).toBe(0);
    expectAsPlanned(site, printed, 20, { resumed: true });
    const others = Object.entries(before).filter(([name]) => name !== 'central/QlikSenseRepositoryDatabase');
    expect(site.states()).toEqual({ ...Object.fromEntries(others), 'central/postgresql-x64-14': 'running' });
    const calls = installerCalls(site.node('central')).slice(-3);
    expect(calls[0]).toMatch(
      /^qlik_postgresql_setup.exe -silent -log=.+ acceptqca=1 qpiconfig=.+QpiConfig.cfg$/,
    );
    expect(calls[1]).toMatch(/^msiexec.exe \/x .+PostgreSQL125.msi \/qn \/norestart/);
    expect(calls[2]).toMatch(/^msiexec.exe \/i .+PostgreSQL125.msi .+ SKIPINSTALLDBSERVICE=1 INSTALLDIR=/);
    expect(calls).toHaveLength(3);
    expectNoConfig();
    const again = await run(...APPROVED);
    expect(again.code).toBe(3);
    expect(again.stderr).toContain('and the Qlik PostgreSQL Installer makes 14.17');
  });

  it('loses what is left of its package by a runbook of its own, which may be run again', async () => {
    const flagsOf = ['--set', `packageCache=${flags['packageCache'] ?? ''}`, '--set', 'upgradeNext=true'];
    const plan = await planned('remove-old-database-package', ...flagsOf);
    const ran = await site.run(['run', 'remove-old-database-package', ...flagsOf, ...APPROVED]);
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    expectAsPlanned(site, plan, 4);
    expect(installerCalls(site.node('central')).at(-1)).toMatch(/^msiexec.exe \/x /);
  });

  function expectNoConfig(): void {
    const files = Object.keys(everythingOf(site));
    expect(files.filter((file) => file.endsWith('QpiConfig.cfg'))).toEqual([]);
  }
});
