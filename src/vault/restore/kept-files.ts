import { lstat, opendir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { markDiscarded, readRecord } from './changes.ts';
import { keptFolders } from './own-names.ts';
import { lstatIfThere, sweepRoot } from './target-root.ts';

/** What is kept of the restore of one tree. Bytes. */
export interface Kept {
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
}

/** Counts what a restore moved aside; undefined when nothing is kept. One folder at a time is open. */
export async function sizeOfKept(into: string, run: string, signal: AbortSignal): Promise<Kept | undefined> {
  const kept = keptFolders(resolve(into), run);
  if ((await lstatIfThere(kept.before)) === undefined) return undefined;
  let files = 0;
  let bytes = 0;
  const folders = (await lstatIfThere(kept.files)) === undefined ? [] : [kept.files];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    signal.throwIfAborted();
    for await (const entry of await opendir(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else {
        files += 1;
        bytes += (await lstat(path)).size;
      }
    }
  }
  return { folder: kept.before, files, bytes };
}

/** Whether the folder of a tree is not there yet, or was made by a restore of this run. */
export async function isMadeByRestore(into: string, run: string): Promise<boolean> {
  const state = await readRecord(keptFolders(resolve(into), run).record);
  return state === undefined ? (await lstatIfThere(into)) === undefined : state.header.made.length > 0;
}

/** Removes what a restore moved aside, its record last, so that half of it is never put back. */
export async function discardKept(into: string, run: string, signal: AbortSignal): Promise<void> {
  const kept = keptFolders(resolve(into), run);
  await sweepRoot(kept);
  if ((await lstatIfThere(kept.record)) !== undefined) await markDiscarded(kept.record);
  signal.throwIfAborted();
  await rm(kept.files, { recursive: true, force: true });
  await rm(kept.before, { recursive: true, force: true });
}
