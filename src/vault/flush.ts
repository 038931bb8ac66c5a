import { spawn } from 'node:child_process';
import { join } from 'node:path';
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

/** Flushes every file this set added: those outside trees, and those whose line in a listing says `added`. */
export async function flushFilesOneByOne(
  pool: WorkerPool,
  set: string,
  files: readonly string[],
  trees: readonly { readonly folder: string; readonly listing: string }[],
): Promise<void> {
  const window = createWindow(AT_ONCE);
  const send = (folder: string, paths: readonly string[]): Promise<void> =>
    window.add(async () => {
      for (const outcome of await pool.flush(folder, paths))
        if (outcome.status === 'failed')
          throw await storageError(outcome.target, outcome.code, new Error(outcome.message));
    });
  const plain = [...files, ...trees.map((tree) => tree.listing)];
  for (let start = 0; start < plain.length; start += BATCH)
    await send(set, plain.slice(start, start + BATCH));
  for (const { folder, listing } of trees) {
    let batch: string[] = [];
    for await (const entry of readListing(join(set, listing))) {
      if (entry.added !== true || entry.path.endsWith('/')) continue;
      batch.push(entry.path);
      if (batch.length < BATCH) continue;
      await send(join(set, folder), batch);
      batch = [];
    }
    if (batch.length > 0) await send(join(set, folder), batch);
  }
  await window.drain();
}
