import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { InstalledFile } from '../../../../../src/platform/simulated/installed.ts';
import { installerCalls } from '../../../../helpers/upgrade-lab.ts';
import { DATABASE, lab, UPGRADE } from './lab.ts';

describe('a stand-in for setup', () => {
  it('upgrades, writes its log, and starts nothing when it is told so', async () => {
    const { run, setup, has, log, running } = await lab();
    expect(await run([setup, '-silent', '-log', log, 'accepteula=1', 'skipstartservices=1'])).toBe(0);
    expect(has()).toBe('May 2025');
    expect(readFileSync(log, 'utf8')).toMatch(/Applying[^]*Done[^]*Exit code: 0\n$/);
    expect(running()).toEqual([DATABASE]);
  });

  it('starts the services when it is not told otherwise', async () => {
    const { run, setup, running, services } = await lab();
    expect(await run([setup, '-silent', 'accepteula=1'])).toBe(0);
    expect(running()).toEqual(Object.keys(services()));
  });

  it('takes a patch with it, since its release comes without', async () => {
    const { run, setup, has } = await lab({ release: 'February 2024', patch: 4 });
    expect(await run([setup, ...UPGRADE])).toBe(0);
    expect(has()).toBe('May 2025');
  });

  it.each([
    ['no licence accepted', ['-silent', 'skipstartservices=1']],
    ['the licence refused', ['-silent', 'accepteula=0']],
    ['not silent', ['accepteula=1']],
    ['an argument of an installation', [...UPGRADE, 'spc=/x/spc.cfg']],
    ['an argument of a removal', [...UPGRADE, 'cleanup=1']],
    ['an argument that nobody knows', [...UPGRADE, 'password=x']],
    ['a flag that is no 1 or 0', [...UPGRADE, 'desktopshortcut=yes']],
    ['a bundle that does not exist', [...UPGRADE, 'bundleinstall=all']],
    ['a folder that is not whole', [...UPGRADE, 'installdir=Qlik']],
    ['an empty password', [...UPGRADE, 'dbpassword=']],
  ])('refuses %s with -2, and changes nothing', async (_what, words) => {
    const { run, setup, has } = await lab();
    expect(await run([setup, ...words])).toBe(-2);
    expect(has()).toBe('February 2024');
  });

  it('writes no password down, neither in its log nor where its calls are kept', async () => {
    const { run, setup, log, folder } = await lab();
    expect(await run([setup, ...UPGRADE, '-log', log, 'userpassword=geheim 1', 'dbpassword=geheim 2'])).toBe(
      0,
    );
    expect(await run([setup, ...UPGRADE, '-log', log, 'nopassword=geheim 3'])).toBe(-2);
    expect(installerCalls(folder)).toHaveLength(2);
    expect(readFileSync(log, 'utf8') + installerCalls(folder).join('\n')).not.toContain('geheim');
  });

  it.each<[string, Partial<InstalledFile>, string[], number]>([
    ['an older release', { release: 'November 2025' }, UPGRADE, -4],
    ['while a restart is pending', { release: 'May 2024', reboot: ['x'] }, UPGRADE, -8],
    ['a repair of a patched release', { release: 'May 2025', patch: 3 }, ['-silent', '-repair'], -15],
    ['a repair of another release', { release: 'May 2024' }, ['-silent', '-repair'], -17],
    ['the removal of nothing', {}, ['-silent', '-uninstall'], -1],
  ])('refuses %s', async (_what, installed, words, code) => {
    const { run, setup, has } = await lab(installed);
    const before = has();
    expect(await run([setup, ...words])).toBe(code);
    expect(has()).toBe(before);
  });

  it('repairs, uninstalls, installs, and installs from a dump', async () => {
    const { run, setup, has, root, config } = await lab({ release: 'May 2025' });
    expect(await run([setup, '-silent', '-repair'])).toBe(0);
    expect(has()).toBe('May 2025');
    expect(await run([setup, '-silent', '-uninstall', 'cleanup=1'])).toBe(0);
    expect(has()).toBe('nothing');
    expect(await run([setup, ...UPGRADE])).toBe(-2);
    expect(await run([setup, ...UPGRADE, `spc=${config}`])).toBe(0);
    expect(has()).toBe('May 2025');
    expect(await run([setup, '-silent', '-uninstall'])).toBe(0);
    expect(await run([setup, 'databasedumpfile=dump.sql'])).toBe(-2);
    expect(await run([setup, `databasedumpfile=${path.join(root, 'dump.sql')}`])).toBe(0);
    expect(has()).toBe('May 2025');
  });
});
