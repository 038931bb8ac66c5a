import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/contract/errors.ts';
import { INSTALLER_CALLS } from '../../../src/installers/calls.ts';
import { installerArgv, type InstallerValues } from '../../../src/installers/command-line.ts';

const SETUP = String.raw`D:\media\Qlik_Sense_setup.exe`;
const LOG = String.raw`C:\logs\setup.log`;

function refused(mode: (typeof INSTALLER_CALLS)[number]['mode'], values: InstallerValues): string {
  try {
    installerArgv(mode, SETUP, values);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'was not refused';
}

describe('the command line of an installer', () => {
  it('upgrades with the arguments in the order of the manual, however they are given', () => {
    const values = { userpassword: '<userpassword>', accepteula: '1', '-log': LOG, keepcurrentsettings: '1' };
    expect(installerArgv('upgrade', SETUP, values)).toEqual([
      SETUP,
      '-silent',
      '-log',
      LOG,
      'accepteula=1',
      'userpassword=<userpassword>',
      'keepcurrentsettings=1',
    ]);
  });

  it('patches with words that have no dash', () => {
    expect(installerArgv('patch', 'U.exe', { startservices: true, log: LOG })).toEqual([
      'U.exe',
      'install',
      'startservices',
      `log=${LOG}`,
    ]);
    expect(installerArgv('uninstall-patch', 'U.exe', {})).toEqual(['U.exe', 'uninstall']);
  });

  it('gives the log of the Qlik PostgreSQL Installer behind an equals sign, as its syntax has it', () => {
    expect(installerArgv('postgres-upgrade', 'Q.exe', { acceptqca: '1', '-log': LOG })).toEqual([
      'Q.exe',
      '-silent',
      `-log=${LOG}`,
      'acceptqca=1',
    ]);
  });

  it('adds what the mode itself is made of', () => {
    expect(installerArgv('repair', SETUP, {})).toEqual([SETUP, '-silent', '-repair']);
    expect(installerArgv('uninstall', SETUP, { cleanup: '0' })).toEqual([
      SETUP,
      '-silent',
      '-uninstall',
      'cleanup=0',
    ]);
    expect(installerArgv('repair', SETUP, { '-silent': true })).toEqual([SETUP, '-silent', '-repair']);
  });

  it.each(INSTALLER_CALLS)('knows every argument of $program, $mode', (call) => {
    const sample = {
      none: true,
      '1|0': '1',
      path: '\\\\server\\share\\x y',
      password: '<secret>',
      text: 'a,b',
    } as const;
    const values = Object.fromEntries(call.arguments.map(({ name, value }) => [name, sample[value]]));
    const argv = installerArgv(call.mode, call.program, values);
    const names = argv.slice(1).map((word) => word.split('=')[0]);
    expect(names.filter((word) => word !== sample.path)).toEqual(call.arguments.map(({ name }) => name));
  });

  it('refuses an argument of another mode and tells which there are', () => {
    expect(refused('upgrade', { accepteula: '1', spc: 'C:\\spc.cfg' })).toMatch(
      /spc: is an unknown argument/,
    );
    expect(refused('install', { accepteula: '1', spc: 'C:\\s', keepcurrentsettings: '1' })).toMatch(
      /keepcurrentsettings: is an unknown argument/,
    );
  });

  it('tells everything that is wrong at once, with the page', () => {
    expect(refused('install', { desktopshortcut: 'yes', installdir: 'Qlik', '-log': true })).toBe(
      'Qlik_Sense_setup.exe cannot be called (install): -log (4.1, p. 178): needs a value; ' +
        'accepteula (4.1, p. 178): is mandatory; ' +
        'desktopshortcut (4.1, p. 178): must be 1 or 0, not "yes"; ' +
        'installdir (4.1, p. 179): must be a whole path (C:\\... or \\\\server\\...), not "Qlik"; ' +
        'spc (4.1, p. 179): is mandatory',
    );
  });

  it('refuses a password in plain text and does not repeat it', () => {
    const message = refused('upgrade', { accepteula: '1', userpassword: 'hunter2' });
    expect(message).toContain('userpassword (4.2, p. 184): is no placeholder');
    expect(message).not.toContain('hunter2');
  });

  it.each(['a"b', 'a\nb', 'a\0b'])('refuses %j, which would end a word early', (hostname) => {
    expect(refused('install', { accepteula: '1', spc: 'C:\\s', hostname })).toContain(
      'hostname (4.1, p. 179): must not have quotation marks',
    );
  });

  it('refuses a licence that is not accepted, and a word where there is none to give', () => {
    expect(refused('upgrade', { accepteula: '0' })).toContain('accepteula (4.2, p. 184): must be 1');
    expect(refused('repair', { '-repair': 'now' })).toContain('-repair (4.3, p. 185): takes no value');
  });

  it('lets a path begin with a placeholder, known only at run time', () => {
    expect(installerArgv('repair', SETUP, { '-log': '<run>/setup.log' })).toContain('<run>/setup.log');
  });
});
