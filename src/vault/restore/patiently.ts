import { CancelledError, type TaskCollaborators } from '../file-tasks.ts';

/** A virus scanner or an indexer lets go of a file within moments. */
export const PATIENCE_MS = 5000;
/** Milliseconds between two tries. */
export const AGAIN_MS = 100;
const LOCKED: readonly unknown[] = ['EBUSY', 'EPERM', 'EACCES'];

/**
 * Does something with a file, and on Windows again for some seconds while another program has it open. For worker threads:
 * it blocks. @throws what the last try threw; CancelledError when the work is given up
 */
export function patiently<T>(
  work: () => T,
  { windows, isCancelled }: Pick<TaskCollaborators, 'isCancelled'> & { readonly windows: boolean },
): T {
  for (let waited = 0; ; waited += AGAIN_MS) {
    try {
      return work();
    } catch (error) {
      if (!windows || !isLocked(error) || waited >= PATIENCE_MS) throw error;
    }
    if (isCancelled()) throw new CancelledError();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, AGAIN_MS);
  }
}

/** Whether it may be that another program has the file open. */
export function isLocked(error: unknown): boolean {
  return LOCKED.includes((error as NodeJS.ErrnoException).code);
}
