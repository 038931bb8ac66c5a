import { link, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { STATE_FILE, TEMPORARY } from './set-names.ts';
import { isWithoutLinks } from './unlinked.ts';

/** The warning of a run whose vault has no hard links. */
export const LINKLESS =
  'The file system of the vault has no hard links: every file is copied into every set, and each set takes the room of a full one.';

/** Whether files in the folder of a set can be hard-linked: tries it with its state file. */
export async function probeLinks(set: string): Promise<boolean> {
  const probe = join(set, `${TEMPORARY}link`);
  try {
    await link(join(set, STATE_FILE), probe);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (isWithoutLinks(code)) return false;
    throw error;
  }
  await rm(probe, { force: true });
  return true;
}
