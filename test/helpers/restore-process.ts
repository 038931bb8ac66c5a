import { systemClock } from '../../src/foundation/clock.ts';
import { createCopyWorkers } from '../../src/vault/copy-workers.ts';
import { createTreeRestore } from '../../src/vault/restore/create-tree-restore.ts';
import type { RestoreTreeOptions } from '../../src/vault/restore/tree-restore.ts';

/**
 * Restores a tree, or undoes that, as a program of its own that can be killed:
 * `restore-process.mjs restore|undo|discard WORKER OPTIONS`, the options as JSON.
 */
async function main([verb, worker = '', text = '']: readonly string[]): Promise<void> {
  const { signal } = new AbortController();
  const options = { ...(JSON.parse(text) as RestoreTreeOptions), signal };
  const restore = createTreeRestore({
    clock: systemClock,
    workers: createCopyWorkers(new URL(worker), 1),
    syncFileSystem: () => Promise.resolve(true),
  });
  if (verb === 'restore') await restore.restore(options);
  else if (verb === 'undo') await restore.undo(options);
  else await restore.discard(options.into, options.run, signal);
}

await main(process.argv.slice(2));
