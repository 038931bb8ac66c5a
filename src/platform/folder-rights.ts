import { stat } from 'node:fs/promises';
import type { PowerShell } from './windows/powershell.ts';

/** Who besides its owner, administrators and the account of the backups may use a folder. */
export interface FolderRights {
  readonly othersCanRead: boolean;
  readonly othersCanWrite: boolean;
  /** Their names, where the platform tells them: `BUILTIN\Users`. */
  readonly readers?: readonly string[];
  readonly writers?: readonly string[];
  /** The command that closes it to them. */
  readonly close: string;
}

/** Undefined when the folder is not there. @throws ExpectedError when Windows cannot be asked, or the file system's error */
export type ReadFolderRights = (folder: string) => Promise<FolderRights | undefined>;

/** Who they are, to end a sentence with; empty where the platform does not tell. */
export function accountsText(accounts: readonly string[] | undefined): string {
  return accounts === undefined ? '' : `: ${accounts.join(', ')}`;
}

/** How this machine keeps rights. */
export interface RightsCollaborators {
  readonly platform: NodeJS.Platform;
  /** Asked on Windows alone. */
  readonly powershell: PowerShell;
}

/** Reads rights on folders of this machine and of shares: by their mode, on Windows by their access list. */
export function createFolderRights({ platform, powershell }: RightsCollaborators): ReadFolderRights {
  if (platform !== 'win32') return rightsByMode;
  return async (folder) => {
    if ((await stat(folder).catch(ignoreMissing)) === undefined) return undefined;
    const { readWindowsRights } = await import('./windows/folder-rights.ts');
    return readWindowsRights(powershell, folder);
  };
}

/** Rights of group and others. */
export async function rightsByMode(folder: string): Promise<FolderRights | undefined> {
  const found = await stat(folder).catch(ignoreMissing);
  if (found === undefined) return undefined;
  return {
    othersCanRead: (found.mode & 0o055) !== 0,
    othersCanWrite: (found.mode & 0o022) !== 0,
    close: `chmod 700 ${folder}`,
  };
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
