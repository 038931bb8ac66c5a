import { UsageError } from '../contract/errors.ts';
import { unknownWord } from '../foundation/shape.ts';
import { INSTALLER_CALLS, type InstallerArgument, type InstallerCall } from './calls.ts';

/**
 * What an installer is told, by the name in the table of calls: true for an argument without a value, `1` or `0` for a
 * flag, `<name>` for a password, which whoever runs it puts in at the last moment.
 */
export type InstallerValues = Readonly<Record<string, string | true>>;

/**
 * The words of one call, in the order of the table. What the mode itself is made of (`-silent`, `-repair`) need not be given.
 * @throws UsageError for everything that is wrong with the values, told at once
 */
export function installerArgv(
  mode: InstallerCall['mode'],
  program: string,
  values: InstallerValues,
): string[] {
  const call = callOf(mode);
  const names = call.arguments.map(({ name }) => name);
  const problems = Object.keys(values)
    .filter((name) => !names.includes(name))
    .map((name) => `${name}: ${unknownWord('argument', name, names)}`);
  const words = call.arguments.flatMap((argument) => {
    const value = values[argument.name] ?? (isPartOfMode(argument) ? true : undefined);
    const problem = problemOf(argument, value);
    if (problem !== undefined) problems.push(`${argument.name} (${argument.source}): ${problem}`);
    return value === undefined ? [] : wordsOf(argument, value);
  });
  if (program === '') problems.unshift('no program is named');
  if (problems.length > 0) {
    throw new UsageError(`${call.program} cannot be called (${mode}): ${problems.join('; ')}`, {
      hint: '"upgrade rules" prints the arguments of each mode, with the manual\'s pages.',
    });
  }
  return [program, ...words];
}

function callOf(mode: InstallerCall['mode']): InstallerCall {
  const call = INSTALLER_CALLS.find((one) => one.mode === mode);
  if (call === undefined) throw new UsageError(`"${mode}" is nothing that an installer can be asked for`);
  return call;
}

function isPartOfMode({ mandatory, value }: InstallerArgument): boolean {
  return mandatory === true && value === 'none';
}

function wordsOf({ name, joined }: InstallerArgument, value: string | true): string[] {
  if (value === true) return [name];
  return name.startsWith('-') && joined !== true ? [name, value] : [`${name}=${value}`];
}

function problemOf(argument: InstallerArgument, value: string | true | undefined): string | undefined {
  if (value === undefined) return argument.mandatory === true ? 'is mandatory' : undefined;
  if (argument.value === 'none') return value === true ? undefined : 'takes no value';
  if (value === true || value === '') return 'needs a value';
  // Never with the value: what stands where a placeholder should is a password.
  if (argument.value === 'password')
    return /^<[\w.-]+>$/.test(value)
      ? undefined
      : 'is no placeholder, which stands for the password until setup runs';
  if (/["\r\n\0]/.test(value)) return 'must not have quotation marks or line breaks';
  if (argument.value === '1|0') return flagProblem(argument, value);
  if (argument.value === 'path' && !/^(?:[a-z]:[\\/]|\\\\|\/|<)/i.test(value))
    return `must be a whole path (C:\\... or \\\\server\\...), not "${value}"`;
  return undefined;
}

function flagProblem({ mandatory }: InstallerArgument, value: string): string | undefined {
  if (value !== '1' && value !== '0') return `must be 1 or 0, not "${value}"`;
  return mandatory === true && value === '0'
    ? "must be 1: without the vendor's licence accepted setup ends"
    : undefined;
}
