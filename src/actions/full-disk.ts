import { ExpectedError, InterruptedError, messageOf, StepError } from '../contract/errors.ts';
import { formatBytes } from '../foundation/human.ts';
import type { ActionCollaborators } from './collaborators.ts';

/** With less than this free, a disk is full for whoever writes a dump. Bytes. */
const NOTHING_LEFT = 16 * 1024 * 1024;

/**
 * Does `work`. What fails on a full disk says so in the language of the system, or not at all: when one of the disks
 * it writes to is full afterwards, the error names that disk and what to do.
 */
export async function namingFullDisk<T>(
  folders: readonly string[],
  c: Pick<ActionCollaborators, 'freeBytes'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InterruptedError) throw error;
    const expected = error instanceof ExpectedError;
    if (!expected && !(error instanceof Error && 'syscall' in error)) throw error;
    for (const folder of folders) {
      const free = await freeOf(folder, c);
      if (free === undefined || free >= NOTHING_LEFT) continue;
      throw new StepError(`the disk of ${folder} is full (${formatBytes(free)} free): ${messageOf(error)}`, {
        hint: 'Make room on that disk, then start again.',
        cause: error,
      });
    }
    throw error;
  }
}

async function freeOf(
  folder: string,
  c: Pick<ActionCollaborators, 'freeBytes'>,
): Promise<number | undefined> {
  try {
    return await c.freeBytes(folder);
  } catch {
    // The disk may be gone; the error that is being explained says more than this one.
    return undefined;
  }
}
