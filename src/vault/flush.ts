import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { comparePaths } from '../foundation/path-order.ts';
import { readListing } from './listing.ts';
import { storageError } from './storage-error.ts';
import { createWindow } from './window.ts';
import type { WorkerPool } from './worker-pool.ts';

const BATCH = 256;
const AT_ONCE = 8;

/**
 * Flushes the file system that holds `folder` with coreutils' `sync -f` (syncfs). Gives false where there is no such
 * program or it failed: then every file has to be flushed by itself.
 *
 * @throws the signal's reason
 */
export async function syncFileSystem(folder: string, signal: AbortSignal): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  // Node's own call: nothing of execa is needed here, and loading it takes longer than a second night of a small share.
  const code = await new Promise<number | null>((resolve) => {
    const child = spawn('sync', ['-f', folder], { stdio: 'ignore', signal });
    child.once('error', () => {
      resolve(null);
    });
    child.once('exit', resolve);
  });
  signal.throwIfAborted();
  return code === 0;
}

/**
 * Flushes every file this set added: those outside trees, and those whose line in a listing says `added`; and every
 * folder, since a hard link is nothing but an entry in one.
 */
export async function flushFilesOneByOne(
  pool: WorkerPool,
  set: string,
  files: readonly string[],
  trees: readonly { readonly folder: string; readonly listing: string }[],
): Promise<void> {
  const window = createWindow(AT_ONCE);
  let batch: string[] = [];
  const send = async (): Promise<void> => {
    const paths = batch;
    batch = [];
    await window.add(async () => {
      for (const outcome of await pool.flush(set, paths))
        if (outcome.status === 'failed')
          throw await storageError(outcome.target, outcome.code, new Error(outcome.message));
    });
  };
  const plain = [...files, ...trees.map((tree) => tree.listing)].sort(comparePaths);
  const folders = createFolderFinder();
  for (const path of plain) {
    batch.push(...folders(path), path);
    if (batch.length >= BATCH) await send();
  }
  for (const { folder, listing } of trees)
    for await (const { path, added } of readListing(join(set, listing))) {
      batch.push(...folders(`${folder}/${path}`));
      if (added === true && !path.endsWith('/')) batch.push(`${folder}/${path}`);
      if (batch.length >= BATCH) await send();
    }
  if (batch.length > 0) await send();
  await window.drain();
}

/** Of sorted paths: the folders a path lies in, without those that the path before lay in too. */
function createFolderFinder(): (path: string) => string[] {
  let last = '';
  return (path) => {
    const found: string[] = [];
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
      const folder = path.slice(0, end + 1);
      if (!last.startsWith(folder)) found.push(folder);
    }
    last = path;
    return found;
  };
}
