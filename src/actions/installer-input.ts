import * as z from 'zod';
import { UsageError } from '../contract/errors.ts';
import { INSTALLER_CALLS, type InstallerCall } from '../installers/calls.ts';
import { installerArgv } from '../installers/command-line.ts';

/** How an installer is called in a runbook. */
export const installerInput = z.strictObject({
  mode: z.enum(INSTALLER_CALLS.map(({ mode }) => mode)),
  /** The program as the node sees it, a whole path. */
  file: z.string().min(1),
  /** What is installed afterwards: `May 2025`, `May 2025 Patch 3`. Empty: nothing else than before, or it cannot be told. */
  to: z.string().default(''),
  /**
   * Arguments by their names in the manual; empty ones are left out, true and false are 1 and 0. `spc` and `qpiconfig` are true:
   * the file that `installer.write-config` wrote on that node.
   */
  values: z.record(z.string(), z.union([z.string(), z.boolean()])).default({}),
  /** Arguments whose value is a kept secret: the name of the secret (`secret set NAME`); empty: left out. */
  secrets: z.record(z.string(), z.string()).default({}),
});

/** How an installer is called. */
export type InstallerInput = z.infer<typeof installerInput>;

/** The call of the manual for a mode. */
export function callOf(mode: InstallerCall['mode']): InstallerCall {
  const call = INSTALLER_CALLS.find((one) => one.mode === mode);
  if (call === undefined) throw new Error(`there is no call of mode ${mode}`);
  return call;
}

/**
 * The command line: what the mode cannot do without and has no value (`-silent`, `install`), the log where the mode has one,
 * then what was given. A password is its placeholder. @throws UsageError when it is no call that the manual knows
 */
export function commandLine({ mode, file, values, secrets }: InstallerInput, log: string): string[] {
  const call = callOf(mode);
  const given: Record<string, string | true> = {};
  for (const { name, value, mandatory } of call.arguments) {
    if (mandatory === true && value === 'none') given[name] = true;
    if (/^-?log$/.test(name)) given[name] = log;
  }
  for (const [name, value] of Object.entries(values)) {
    if (value === '') continue;
    const kind = call.arguments.find((argument) => argument.name === name)?.value;
    if (kind === 'none' && value === false) continue;
    given[name] = typeof value === 'string' ? value : kind === 'none' ? true : value ? '1' : '0';
  }
  for (const name of secretNames({ secrets })) {
    if (call.arguments.find((argument) => argument.name === name)?.value !== 'password')
      throw new UsageError(`"${name}" is no password that ${call.program} takes in mode ${mode}`);
    given[name] = placeholderOf(name);
  }
  return installerArgv(mode, file, given);
}

/** Arguments that are passwords and have a secret. */
export function secretNames({ secrets }: Pick<InstallerInput, 'secrets'>): string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => (secret === '' ? [] : [name]));
}

/** What stands for a password in plan and journal. */
export function placeholderOf(argument: string): string {
  return `<${argument}>`;
}

/** What happens to the site: an installed release is gone after an upgrade, a patch can be uninstalled. */
export function effectOf(mode: InstallerCall['mode']): 'change' | 'destroy' {
  const leavesNoWayBack: readonly InstallerCall['mode'][] = [
    'upgrade',
    'uninstall',
    'install-from-dump',
    'postgres-upgrade',
  ];
  return leavesNoWayBack.includes(mode) ? 'destroy' : 'change';
}
