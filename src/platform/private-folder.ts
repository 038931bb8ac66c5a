import { stat } from 'node:fs/promises';
import { ExpectedError } from '../contract/errors.ts';
import type { RightsCollaborators } from './folder-rights.ts';

const LIMIT_MS = 60_000;

/** Has a folder made for its owner alone before anything else makes it; one that is there keeps its rights. */
export type MakePrivate = (folder: string) => Promise<void>;

/**
 * Makes private folders where the mode of mkdir does not: on Windows, for administrators, SYSTEM, who runs this and the
 * account of the services. Undefined elsewhere. Where Windows cannot be told (no access lists on that disk) the folder is
 * left to mkdir, and `doctor` says what its rights are.
 */
export function createMakePrivate({ platform, powershell }: RightsCollaborators): MakePrivate | undefined {
  if (platform !== 'win32') return undefined;
  return async (folder) => {
    if (await isThere(folder)) return;
    try {
      await powershell.run('private-folder', { folder }, { timeoutMs: LIMIT_MS });
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
    }
  };
}

async function isThere(folder: string): Promise<boolean> {
  try {
    await stat(folder);
    return true;
  } catch {
    // Not to be looked at: making it then tells why.
    return false;
  }
}
