import { createWindow } from '../window.ts';
import type { WorkerPool } from '../worker-pool.ts';
import { readChanges } from './changes.ts';
import { parentOf } from './real-folders.ts';

const BATCH = 64;
/** Batches on their way, so that no worker waits. */
const AT_ONCE = 8;

/**
 * Makes durable what a record says was put into a tree, file by file, by all workers side by side: for systems that cannot
 * flush a file system as a whole. What is gone again is passed over.
 */
export async function flushChanges(
  pool: Pick<WorkerPool, 'flush'>,
  into: string,
  record: string,
): Promise<void> {
  const window = createWindow(AT_ONCE);
  let paths: string[] = [];
  let lastFolder: string | undefined;
  async function send(): Promise<void> {
    const batch = paths;
    paths = [];
    await window.add(async () => {
      for (const outcome of await pool.flush(into, batch))
        if (outcome.status === 'failed' && outcome.code !== 'ENOENT')
          throw Object.assign(new Error(outcome.message), { code: outcome.code, path: outcome.target });
    });
  }
  for await (const { change, path } of readChanges(record)) {
    const folder = `${parentOf(path)}/`;
    if (folder !== lastFolder) paths.push(folder === '/' ? './' : folder);
    lastFolder = folder;
    if (change === 'added' || change === 'replaced') paths.push(path);
    if (paths.length >= BATCH) await send();
  }
  await send();
  await window.drain();
}
