import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import {
  LOG_FILE,
  endWith,
  hasAfterwards,
  installerCalls,
  keepSecret,
  offerInstaller,
  prove,
} from './lab/installers.ts';
import { RUNNING } from './lab/registry.ts';
import { useSiteWithOldDatabase } from './lab/use-windows-site.ts';
import { answerFacts } from './lab/windows-facts.ts';
import { put, type ProgramEnd } from './lab/windows-lab.ts';

const APPROVED = ['--approve', 'destroy=lab', '--approve', 'change'];
const INSTALLED = ['Qlik Sense May 2022'];
const PENDING = 'Component Based Servicing: RebootPending';
const PASSWORD = 'geheim ä & <tag>';
const PACKAGE = String.raw`C:\ProgramData\Package Cache\{12-5} v1\PostgreSQL125.msi`;
const OLD_DATABASE = 'QlikSenseRepositoryDatabase';

describe.skipIf(inject('windowsLab') === undefined)('the bundled PostgreSQL of a Windows server', () => {
  const opened = useSiteWithOldDatabase({ 'Apps/an app': 'an app' });

  const said = ({ stdout, stderr }: ProgramEnd): string => (stdout + stderr).replaceAll(/\s+/g, ' ');

  async function stateOf(service: string): Promise<string | undefined> {
    const { stdout } = await opened().lab.run(['sc.exe', 'query', service]);
    return /STATE +: \d+ +(\w+)/.exec(stdout)?.[1];
  }

  /** Files of the state folder, by their paths in it. */
  function stateFiles(): string[] {
    const { state } = opened().site;
    return readdirSync(state, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  }

  // One test: what goes on needs what stopped, and the old package goes once its database is replaced.
  it('is replaced by a stand-in for Qlik_PostgreSQL_setup.exe with a restart between, and its package goes by msiexec.exe', async () => {
    const { lab, site } = opened();
    put(join(lab.drive, 'ProgramData', 'Package Cache', '{12-5} v1', 'PostgreSQL125.msi'), 'a package');
    await keepSecret(lab, 'superuser', PASSWORD);
    const backup = await site.run(['backup', '--yes']);
    expect(backup.code, said(backup)).toBe(0);
    await prove(site);

    const setup = offerInstaller(lab, 'Qlik_PostgreSQL_setup.exe', 'Qlik PostgreSQL');
    hasAfterwards(lab, { installed: INSTALLED, database: 'replaced', reboot: [PENDING] });
    endWith(lab, 3010);
    const set = [`setup=${setup}`, 'acceptLicence=true', 'databaseSecret=superuser', 'ask=false'];
    const stopped = await site.run([
      ...['run', 'upgrade-postgres-qpi', ...APPROVED],
      ...set.flatMap((parameter) => ['--set', parameter]),
    ]);
    expect(stopped.code, said(stopped)).toBe(75);
    expect(said(stopped)).toContain(`must be restarted first: ${PENDING}`);
    const [call, ...others] = installerCalls(lab);
    expect(others).toEqual([]);
    expect(call).toEqual({
      program: 'Qlik_PostgreSQL_setup.exe',
      words: [
        '-silent',
        expect.stringMatching(/^-log=[A-Z]:\\.+\.log$/i) as string,
        'acceptqca=1',
        expect.stringMatching(/^qpiconfig=[A-Z]:\\.+\\QpiConfig\.cfg$/i) as string,
      ],
    });
    expect(stateFiles().filter((file) => file.endsWith('QpiConfig.cfg'))).toEqual([]);
    expect(await stateOf('postgresql-x64-14')).toBe('RUNNING');

    // Windows was restarted. What goes wrong next is the package.
    answerFacts(lab, { installed: INSTALLED, database: 'replaced' });
    endWith(lab, 1603);
    const failed = await site.run(['resume', ...APPROVED]);
    expect(failed.code, said(failed)).toBe(1);
    expect(said(failed)).toContain(`Windows Installer ended with 1603 for ${PACKAGE}`);
    expect(await lab.states()).toEqual({ ...RUNNING, [OLD_DATABASE]: 'STOPPED' });
    const [, run = ''] = /\(run (\d{8}T\d{6}Z-\w+)\)/.exec(stopped.stdout) ?? [];
    const abandoned = await site.run(['runs', 'abandon', run, ...APPROVED]);
    expect(abandoned.code, said(abandoned)).toBe(0);

    endWith(lab, 0);
    const removed = await site.run(['run', 'remove-old-database-package', ...APPROVED]);
    expect(removed.code, said(removed)).toBe(0);
    expect(await stateOf(OLD_DATABASE)).toBeUndefined();
    expect((await lab.states())['QlikSenseRepositoryService']).toBe('RUNNING');
    const quiet = ['/qn', '/norestart', '/l*v', expect.stringMatching(LOG_FILE) as string];
    const uninstalled = { program: 'msiexec.exe', words: ['/x', PACKAGE, ...quiet] };
    const folder = String.raw`INSTALLDIR=C:\Program Files\Qlik\Sense`;
    expect(installerCalls(lab)).toEqual([
      uninstalled,
      uninstalled,
      { program: 'msiexec.exe', words: ['/i', PACKAGE, ...quiet, 'SKIPINSTALLDBSERVICE=1', folder] },
    ]);
    const shown = [stopped, failed, abandoned, removed].map(said).join('');
    expect(shown).not.toContain('geheim');
    for (const file of stateFiles()) expect(readFileSync(file, 'utf8'), file).not.toContain('geheim');
  });
});
