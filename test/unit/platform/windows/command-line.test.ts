import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refuseBatchFile, windowsCommandLine } from '../../../../src/platform/windows/command-line.ts';
import { commandLineToArgv } from '../../../helpers/command-line-to-argv.ts';
import { hostileText } from '../../../helpers/hostile-text.ts';

describe('the command line of a Windows program', () => {
  it('gives back every argument, whatever is in it', () => {
    fc.assert(
      fc.property(fc.array(hostileText(), { maxLength: 5 }), (args) => {
        expect(commandLineToArgv(windowsCommandLine(args))).toEqual(args);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    [['query', 'Spooler'], 'query Spooler'],
    [['', 'a b'], '"" "a b"'],
    [['C:\\Program Files\\'], '"C:\\Program Files\\\\"'],
    [['C:\\x\\'], 'C:\\x\\'],
    [['say "x"'], '"say \\"x\\""'],
    [['a\\"b'], '"a\\\\\\"b"'],
    [['%PATH% & echo $(x)'], '"%PATH% & echo $(x)"'],
  ])('of %j is %s', (args, line) => {
    expect(windowsCommandLine(args)).toBe(line);
  });

  it('of Windows Installer has quotation marks around the value of a property alone', () => {
    const args = [
      '/i',
      'C:\\Package Cache\\a.msi',
      'SKIPINSTALLDBSERVICE=1',
      'INSTALLDIR=C:\\Program Files\\Qlik',
    ];
    const line = '/i "C:\\Package Cache\\a.msi" SKIPINSTALLDBSERVICE=1 INSTALLDIR="C:\\Program Files\\Qlik"';
    expect(windowsCommandLine(args, 'C:\\Windows\\System32\\MSIEXEC.EXE')).toBe(line);
    expect(windowsCommandLine(['A=b c'], 'setup.exe')).toBe('"A=b c"');
    expect(() => windowsCommandLine(['A=b" c'], 'msiexec')).toThrow('cannot get');
  });

  it('is refused when it could not arrive', () => {
    expect(() => windowsCommandLine(['a\0b'])).toThrow('NUL');
    expect(() => windowsCommandLine(['x'.repeat(40_000)])).toThrow('too long');
  });
});

describe('a batch file', () => {
  it.each(['x.bat', 'X.CMD', 'C:\\t\\a b.cmd', 'x.bat.', 'x.cmd . .', 'x.BaT '])(
    'is refused: %j',
    (program) => {
      expect(() => refuseBatchFile(program)).toThrow('batch file');
    },
  );

  it.each(['x.exe', 'sc.exe', 'x', 'cmd.exe', 'C:\\x.cmd\\y.exe', 'bat'])('is not what %j is', (program) => {
    expect(() => {
      refuseBatchFile(program);
    }).not.toThrow();
  });

  it.each(['', 'a"b', 'a\0.exe'])('%j names no program', (program) => {
    expect(() => refuseBatchFile(program)).toThrow('no name of a program');
  });
});
