import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { LOG_FILE, endWith, hasAfterwards, installerCalls, offerInstaller, prove } from './lab/installers.ts';
import { RUNNING } from './lab/registry.ts';
import { useWindowsSite } from './lab/use-windows-site.ts';
import { put, type ProgramEnd } from './lab/windows-lab.ts';

const APPROVED = ['--approve', 'destroy=lab', '--approve', 'change'];
const INITIAL = 'Qlik Sense May 2025';
const PATCHED = [INITIAL, `${INITIAL} Patch 3`];

describe.skipIf(inject('windowsLab') === undefined)('a patch by the bundle in Windows Node.js', () => {
  const opened = useWindowsSite({ 'Apps/an app': 'an app' });

  const said = ({ stdout, stderr }: ProgramEnd): string => (stdout + stderr).replaceAll(/\s+/g, ' ');

  async function run(name: string, params: Readonly<Record<string, string>>): Promise<ProgramEnd> {
    const set = Object.entries(params).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    return opened().site.run(['run', name, ...set, ...APPROVED]);
  }

  async function backUp(): Promise<string> {
    const { site } = opened();
    const backup = await site.run(['backup', '--yes']);
    expect(backup.code, said(backup)).toBe(0);
    await prove(site);
    return site.sets().at(-1) ?? '';
  }

  async function expectWhole(ended: ProgramEnd): Promise<void> {
    expect(ended.code, said(ended)).toBe(0);
    expect(await opened().lab.states()).toEqual(RUNNING);
  }

  // One test: what goes on needs what stopped, and what is uninstalled must have been installed.
  it('ends at a failure of Qlik_Sense_update.exe with the cause of its log, goes on, is uninstalled, and setup repairs the release', async () => {
    const { lab, site } = opened();
    const ofInitial = await backUp();
    const update = offerInstaller(lab, 'Qlik_Sense_update.exe', `${INITIAL} Patch 3`);
    hasAfterwards(lab, { installed: PATCHED });
    lab.told();
    endWith(lab, -1, 'Patch was uninstalled with exit code: -1');
    const failed = await run('patch', { update, to: 'May 2025 Patch 3' });
    expect(failed.code, said(failed)).toBe(1);
    expect(said(failed)).toContain('Qlik_Sense_update.exe ended with -1 (General fatal error)');
    expect(said(failed)).toContain('The patch was taken off again because it failed.');
    expect(lab.told().filter((line) => line.startsWith('start '))).toEqual([]);
    expect(await lab.states(), said(failed)).toMatchObject({ QlikSenseEngineService: 'STOPPED' });

    endWith(lab, 0);
    await expectWhole(await site.run(['resume', ...APPROVED]));
    const call = (word: string) => ({
      program: 'Qlik_Sense_update.exe',
      words: [word, expect.stringMatching(/^log=[A-Z]:\\.+\.log$/i) as string],
    });
    expect(installerCalls(lab)).toEqual([call('install'), call('install')]);

    await backUp();
    hasAfterwards(lab, { installed: [INITIAL] });
    await expectWhole(await run('uninstall-patch', { update, to: 'May 2025' }));
    expect(installerCalls(lab)).toEqual([call('uninstall')]);

    const setup = offerInstaller(lab, 'Qlik_Sense_setup.exe', INITIAL);
    await expectWhole(await run('repair', { setup, release: 'May 2025', backup: ofInitial }));
    const log = expect.stringMatching(LOG_FILE) as string;
    expect(installerCalls(lab)).toEqual([
      { program: 'Qlik_Sense_setup.exe', words: ['-silent', '-repair', '-log', log] },
    ]);
  });

  it('is no more than the manual has: the stand-ins refuse what belongs to another mode, is there twice or missing', async () => {
    const { lab } = opened();
    const programs = {
      setup: offerInstaller(lab, 'Qlik_Sense_setup.exe', INITIAL),
      update: offerInstaller(lab, 'Qlik_Sense_update.exe', `${INITIAL} Patch 3`),
      postgres: offerInstaller(lab, 'Qlik_PostgreSQL_setup.exe', 'Qlik PostgreSQL'),
      msiexec: String.raw`C:\windows\system32\msiexec.exe`,
    };
    const log = String.raw`C:\lab\refused.log`;
    const quiet = ['/qn', '/norestart', '/l*v', log];
    const file = String.raw`C:\lab\PostgreSQL14.msi`;
    put(join(lab.drive, 'lab', 'PostgreSQL14.msi'), 'a package');
    const calls: [keyof typeof programs, string[]][] = [
      ['setup', ['-silent', '-repair', '-log', log, 'accepteula=1']],
      ['setup', ['-silent', '-log', log]],
      ['setup', ['-silent', '-log', 'relative.log', '-repair']],
      ['update', ['install', 'uninstall', `log=${log}`]],
      ['update', ['install', '-log', log]],
      ['update', ['install', 'install', `log=${log}`]],
      ['postgres', ['-silent', '-log', log, 'acceptqca=1']],
      ['postgres', ['-silent', `-log=${log}`, 'acceptqca=1', 'maxconnections=100']],
      ['postgres', ['-silent', `-log=${log}`, 'acceptqca=1', String.raw`qpiconfig=C:\lab\nothing.cfg`]],
      ['msiexec', ['/x', file, '/qb', '/norestart', '/l*v', log]],
      ['msiexec', ['/i', file, ...quiet, 'SKIPINSTALLDBSERVICE=1']],
      // Its quotation mark comes before the name of the property.
      [
        'msiexec',
        ['/i', file, ...quiet, 'SKIPINSTALLDBSERVICE=1', String.raw`INSTALLDIR=C:\Program Files\Q`],
      ],
    ];
    installerCalls(lab);
    for (const [program, words] of calls)
      // Of -2 and of 1639 Linux sees the lowest eight bits.
      expect(await lab.run([programs[program], ...words]), words.join(' ')).toMatchObject({
        code: program === 'msiexec' ? 1639 & 0xff : -2 & 0xff,
      });
    expect(installerCalls(lab).map(({ words }) => words)).toEqual(calls.map(([, words]) => words));
  });
});
