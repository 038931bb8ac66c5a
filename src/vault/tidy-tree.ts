import { access, rm, rmdir } from 'node:fs/promises';
import { posix } from 'node:path';
import { NO_DAMAGE } from './known-damage.ts';
import { realPath } from './set-names.ts';
import type { WorkerPool } from './worker-pool.ts';

/** Removes what is in a copied tree but not in its listing: an attempt that broke off left it. */
export async function removeExtras(pool: WorkerPool, folder: string, listing: string): Promise<void> {
  const scanned = pool.scan({
    folder,
    mayBeMissing: false,
    exclude: [],
    listings: [{ file: listing, tornEnd: 'keep', complete: false, damage: NO_DAMAGE }],
    toSet: '',
    judgeListings: false,
  });
  for await (const steps of scanned)
    for (const step of steps) {
      if (step.kind !== 'pair' || step.item === undefined || step.earlier !== undefined) continue;
      const { path, kind } = step.item;
      await rm(realPath(folder, path), { force: true, recursive: kind === 'empty-folder' });
    }
}

/** Removes the copies of folders that are gone from the source, and those above them that became empty. */
export async function removeEmptied(
  from: string,
  folder: string,
  candidates: Iterable<string>,
): Promise<void> {
  for (const candidate of candidates)
    for (let path = candidate; path !== '.' && path !== ''; path = posix.dirname(path)) {
      if (await exists(realPath(from, path))) break;
      if (!(await removeWhenEmpty(realPath(folder, path)))) break;
    }
}

/** Gives whether the folder is gone. */
async function removeWhenEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return true;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // Not to be seen counts as gone: its content was not seen either.
    return false;
  }
}
