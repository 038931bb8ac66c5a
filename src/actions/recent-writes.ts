import type { Dirent } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';

/** A share may hold millions of files: so many are looked at, the folders nearest to the top first. */
const MOST_ENTRIES = 5_000;

/** A file that was written lately. */
export interface RecentWrite {
  readonly file: string;
  readonly at: Date;
}

/**
 * The newest file below `folders` that was written after `since`; undefined when none of those looked at was. Folders that
 * are not there hold nothing. @throws the file system's error when one cannot be read
 */
export async function findRecentWrite(
  folders: readonly string[],
  since: Date,
  signal: AbortSignal,
): Promise<RecentWrite | undefined> {
  let newest: RecentWrite | undefined;
  let left = MOST_ENTRIES;
  const queue = [...folders];
  for (const folder of queue) {
    for (const entry of await entriesOf(folder)) {
      signal.throwIfAborted();
      if (left === 0) return newest;
      left -= 1;
      const full = path.join(folder, entry.name);
      if (entry.isDirectory()) queue.push(full);
      if (!entry.isFile()) continue;
      const mtime = await writtenAt(full);
      if (mtime === undefined) continue;
      if (mtime > since && (newest === undefined || mtime > newest.at)) newest = { file: full, at: mtime };
    }
  }
  return newest;
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  return (await ifThere(fs.readdir(folder, { withFileTypes: true }))) ?? [];
}

/** Undefined: it is gone by now, as files of a living site often are. */
async function writtenAt(file: string): Promise<Date | undefined> {
  return (await ifThere(fs.stat(file)))?.mtime;
}

async function ifThere<T>(look: Promise<T>): Promise<T | undefined> {
  try {
    return await look;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
