import { UsageError } from '../../contract/errors.ts';

/** A Windows program takes one string instead of arguments; it holds at most 32,767 characters. */
const LONGEST = 32_766;

/**
 * The arguments as the one string that a Windows process gets, by the rules of CommandLineToArgvW, which the C runtime
 * and .NET follow. No shell reads it.
 * Only Windows Installer reads its string by rules of its own: of a property the value alone stands in quotation marks.
 * @throws UsageError for what no command line can carry
 */
export function windowsCommandLine(args: readonly string[], program = ''): string {
  const line = args.map(isWindowsInstaller(program) ? quoteProperty : quoteArgument).join(' ');
  if (line.length > LONGEST)
    throw new UsageError(`the arguments are too long for Windows: ${line.length} characters`, {
      hint: `At most ${LONGEST} are possible. Give them on stdin or in a file.`,
    });
  return line;
}

/** Whether a program is `msiexec.exe`. */
export function isWindowsInstaller(program: string): boolean {
  return /(?:^|[\\/])msiexec(?:\.exe)?$/i.test(program);
}

/** `INSTALLDIR="C:\Program Files\Qlik\Sense"`: with a quotation mark before the name msiexec does not know it. */
function quoteProperty(argument: string): string {
  const [, name, value = ''] = /^([A-Z][A-Z0-9_.]*)=(.*)$/su.exec(argument) ?? [];
  if (name === undefined) return quoteArgument(argument);
  if (/["\0]/u.test(value))
    throw new UsageError(`the value of ${name} has a character that msiexec cannot get`);
  return /\s/u.test(value) ? `${name}="${value}"` : argument;
}

/** One argument. Backslashes are doubled before a quotation mark, and only there. */
function quoteArgument(argument: string): string {
  if (argument.includes('\0'))
    throw new UsageError('an argument has a NUL character, which no program can get');
  if (argument !== '' && !/[\s"]/u.test(argument)) return argument;
  return `"${argument.replace(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
}

/**
 * Refuses what Windows would hand to `cmd.exe`: it reads the arguments of a batch file as commands, and no quoting is
 * safe from that. Trailing dots and blanks do not count, as Windows sees it.
 * @throws UsageError
 */
export function refuseBatchFile(program: string): void {
  if (program === '' || /["\0]/.test(program)) throw new UsageError(`"${program}" is no name of a program`);
  if (!/\.(bat|cmd)[. ]*$/i.test(program)) return;
  throw new UsageError(`${program} is a batch file: its arguments would be read as commands`, {
    hint: 'Name a program (.exe). For a batch file without arguments of its own: [cmd.exe, /d, /c, FILE].',
  });
}
