import { access, rm, rmdir } from 'node:fs/promises';
import { posix } from 'node:path';
import { mergeSorted } from '../foundation/merge.ts';
import { comparePaths } from '../foundation/path-order.ts';
import { readListing } from './listing.ts';
import { realPath } from './set-names.ts';
import { walkTree } from './walk.ts';

/** Removes what is in a copied tree but not in its listing: an attempt that broke off left it. */
export async function removeExtras(folder: string, listing: string): Promise<void> {
  const pairs = mergeSorted(walkTree(folder), readListing(listing), (item, entry) =>
    comparePaths(item.path, entry.path),
  );
  for await (const { left, right } of pairs)
    if (left !== undefined && right === undefined)
      await rm(realPath(folder, left.path), { force: true, recursive: left.kind === 'empty-folder' });
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
