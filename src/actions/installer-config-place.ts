import fs from 'node:fs/promises';
import path from 'node:path';
import type { ReadContext } from '../contract/action.ts';
import type { CommandOperation, FileOperation } from '../contract/operation.ts';
import type { ActionCollaborators } from './collaborators.ts';
import type { InstallerInput } from './installer-input.ts';

type Collaborators = Pick<ActionCollaborators, 'stateFolder'>;
type Place = Pick<ReadContext, 'run' | 'node'>;

/** Administrators and SYSTEM, by the numbers that every language of Windows has. */
const OWNERS = ['*S-1-5-32-544:(OI)(CI)F', '*S-1-5-18:(OI)(CI)F'];

/**
 * Folder of a run for the configuration files of installers, as the node sees it: setup runs there. On this machine it lies in
 * the state folder, which is private; on another one it is made private before a file is in it.
 */
export function configFolder(c: Collaborators, { run, node }: Place): string {
  return isElsewhere(node)
    ? path.win32.join('C:\\Windows\\Temp', `sense-runbook-${run.id}-config`)
    : path.join(c.stateFolder, 'runs', run.id, 'installer-config', node.name);
}

/** The file itself: `spc.cfg` for Qlik_Sense_setup.exe, `QpiConfig.cfg` for Qlik_PostgreSQL_setup.exe. */
export function configFile(c: Collaborators, mode: InstallerInput['mode'], context: Place): string {
  const paths = isElsewhere(context.node) ? path.win32 : path;
  return paths.join(configFolder(c, context), mode === 'install' ? 'spc.cfg' : 'QpiConfig.cfg');
}

/** An installer's input in which `spc: true` or `qpiconfig: true` is the file that was written for it on that node. */
export function withConfigFile(c: Collaborators, given: InstallerInput, context: Place): InstallerInput {
  const values = Object.entries(given.values).map(([name, value]) =>
    value === true && (name === 'spc' || name === 'qpiconfig')
      ? [name, configFile(c, given.mode, context)]
      : [name, value],
  );
  return { ...given, values: Object.fromEntries(values) as InstallerInput['values'] };
}

/** Whether the folder lies on another machine, whose rights it must be given. */
export function isElsewhere({ transport }: Pick<ReadContext['node'], 'transport'>): boolean {
  return transport === 'winrm' || transport === 'ssh';
}

/** Makes a folder of another server private. */
export function makePrivate(folder: string): CommandOperation {
  return {
    kind: 'command',
    argv: ['icacls.exe', folder, '/inheritance:r', '/grant:r', ...OWNERS],
    effect: 'change',
  };
}

/** Removes it with what is in it. */
export function removalOfConfig(c: Collaborators, context: Place): FileOperation {
  return { kind: 'file', verb: 'remove', path: configFolder(c, context), effect: 'change', repeat: true };
}

/** Removes it; nothing there is success. True when there was something. */
export async function removeConfig(c: Collaborators, context: Place): Promise<boolean> {
  const folder = context.node.reach(configFolder(c, context));
  try {
    await fs.rm(folder, { recursive: true });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
