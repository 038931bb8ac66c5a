import type { WorkerPool } from '../worker-pool.ts';
import { readChanges } from './changes.ts';
import { parentOf } from './real-folders.ts';

const BATCH = 256;

/**
 * Makes durable one by one what a record says was put into a tree: for systems that cannot flush a file system as a whole.
 * What is gone again is passed over.
 */
export async function flushChanges(pool: WorkerPool, into: string, record: string): Promise<void> {
  let paths: string[] = [];
  let lastFolder: string | undefined;
  async function send(): Promise<void> {
    const batch = paths;
    paths = [];
    for (const outcome of await pool.flush(into, batch))
      if (outcome.status === 'failed' && outcome.code !== 'ENOENT')
        throw Object.assign(new Error(outcome.message), { code: outcome.code, path: outcome.target });
  }
  for await (const { change, path } of readChanges(record)) {
    const folder = `${parentOf(path)}/`;
    if (folder !== lastFolder) paths.push(folder === '/' ? './' : folder);
    lastFolder = folder;
    if (change === 'added' || change === 'replaced') paths.push(path);
    if (paths.length >= BATCH) await send();
  }
  await send();
}
