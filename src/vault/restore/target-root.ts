import { lstat, mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { syncFolder } from '../durable.ts';
import { formatHeader, type RecordHeader } from './changes.ts';
import { temporaryFor, type KeptFolders } from './own-names.ts';

/**
 * Makes the folder of a tree where it is missing, with those above it, and in it the folder for what is moved aside with
 * the beginning of its record. All of it comes into being by one rename: however it ends, the record tells what was made.
 */
export async function makeRoot(
  into: string,
  kept: KeptFolders,
  header: Omit<RecordHeader, 'made'>,
): Promise<void> {
  const made = await missingFolders(into);
  const [outermost = kept.before] = made;
  const temporary = temporaryFor(outermost);
  await rm(temporary, { recursive: true, force: true });
  const at = (path: string): string => join(temporary, relative(outermost, path));
  // What was moved aside is nobody else's to read; the folders of the tree are like their neighbours.
  await mkdir(temporary, made.length === 0 ? { mode: 0o700 } : {});
  for (const folder of made.slice(1)) await mkdir(at(folder));
  if (made.length > 0) await mkdir(at(kept.before), { mode: 0o700 });
  await mkdir(at(kept.files), { mode: 0o700 });
  const handle = await open(at(kept.record), 'wx', 0o600);
  try {
    await handle.writeFile(formatHeader({ ...header, made }), 'utf8');
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(at(kept.before));
  await rename(temporary, outermost);
  await syncFolder(dirname(outermost));
}

/** Folders that are missing on the way to `into`, the outermost first. */
async function missingFolders(into: string): Promise<string[]> {
  const missing: string[] = [];
  for (let folder = resolve(into); ; folder = dirname(folder)) {
    try {
      await stat(folder);
      return missing;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(folder) === folder) throw error;
      missing.unshift(folder);
    }
  }
}

/**
 * Removes the folder for what is moved aside, in which nothing is left but its record, and the folders that were made for
 * the tree where nothing else is in them. Again by one rename.
 */
export async function removeRoot(kept: KeptFolders, made: readonly string[]): Promise<void> {
  let outermost = kept.before;
  for (const folder of made.toReversed()) {
    const entries = await readdir(folder);
    if (entries.length !== 1 || entries[0] !== basename(outermost)) break;
    outermost = folder;
  }
  const temporary = temporaryFor(outermost);
  await rename(outermost, temporary);
  await syncFolder(dirname(outermost));
  await rm(temporary, { recursive: true, force: true });
}

/** Removes what a killed {@link makeRoot} or {@link removeRoot} left. */
export async function sweepRoot(kept: KeptFolders): Promise<void> {
  for (let path = kept.before; path !== dirname(path); path = dirname(path)) {
    const temporary = temporaryFor(path);
    if ((await lstatIfThere(temporary)) !== undefined) await rm(temporary, { recursive: true, force: true });
  }
}

/** What stands at a path; undefined when nothing does. */
export async function lstatIfThere(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** Removes folders that have nothing but folders in them. @throws ENOTEMPTY when something else is there */
export async function removeEmptyFolders(folder: string): Promise<void> {
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  for (const entry of entries) if (entry.isDirectory()) await removeEmptyFolders(join(folder, entry.name));
  await rmdir(folder);
}
