import { CancelledError } from '../file-tasks.ts';
import { realPath } from '../set-names.ts';
import type { Change } from './changes.ts';
import { giveWay, statOf } from './give-way.ts';
import { temporaryFor } from './own-names.ts';
import { patiently } from './patiently.ts';
import { createRealFolders, NoFolderError } from './real-folders.ts';
import { failed, parentOf, type RestoreCollaborators, type RestoreOutcome } from './restore-task.ts';

/** Folders of a tree whose restore is undone; absolute. */
export interface PutBackJob {
  readonly into: string;
  readonly kept: string;
  readonly after: string;
}

/** What became of a change that was to be reversed. */
export type PutBackOutcome = Extract<RestoreOutcome, { status: 'done' | 'failed' }>;

/** Neither there any more, nor ever. */
const NOT_THERE = ['ENOENT', 'ENOTDIR'];
/** Something else was put into it since. */
const NOT_EMPTY = ['ENOTEMPTY', 'EEXIST'];

/**
 * Reverses changes, the newest first. It looks at what is there, so that a change that was never made or is reversed
 * already is passed over, and nothing but what was restored is removed.
 *
 * @throws CancelledError when the work is given up
 */
export function putBack(
  job: PutBackJob,
  changes: readonly Change[],
  collaborators: RestoreCollaborators,
): PutBackOutcome[] {
  const { files } = collaborators;
  return changes.map((change) => {
    if (collaborators.isCancelled()) throw new CancelledError();
    const target = realPath(job.into, change.path);
    try {
      // Folders change from one to the next: nothing is remembered of them.
      const inTarget = createRealFolders(files, job.into);
      switch (change.change) {
        case 'added':
          return isReached(change.path) ? removeAdded(change, target) : { status: 'done' };
        case 'made-folder':
          return isReached(change.path) ? removeFolder(target) : { status: 'done' };
        case 'replaced':
        case 'removed':
          return moveBack(change, target);
      }

      function isReached(path: string): boolean {
        try {
          inTarget.check(parentOf(path));
          return true;
        } catch (error) {
          // What was there before stands there again, or a link: whatever lies behind it was not restored.
          if (error instanceof NoFolderError) return false;
          throw error;
        }
      }

      function moveBack(
        { path, ...one }: Extract<Change, { change: 'replaced' | 'removed' }>,
        to: string,
      ): PutBackOutcome {
        const kept = realPath(job.kept, path);
        if (statOf(files, kept) === undefined) {
          if (one.change === 'replaced' && isReached(path)) removeTemporary(to);
          return { status: 'done' };
        }
        inTarget.make(parentOf(path));
        removeTemporary(to);
        const status = statOf(files, to);
        const ours = one.change === 'replaced' ? one : undefined;
        const later = status && giveWay({ job, path, status, ours }, collaborators);
        patiently(() => {
          files.renameSync(kept, to);
        }, collaborators);
        return later === undefined ? { status: 'done' } : { status: 'done', later };
      }
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      return failed(target, error) as PutBackOutcome;
    }
  });

  function removeAdded(change: Extract<Change, { change: 'added' }>, target: string): PutBackOutcome {
    removeTemporary(target);
    const status = statOf(files, target);
    if (status === undefined) return { status: 'done' };
    const later = giveWay({ job, path: change.path, status, ours: change }, collaborators);
    return later === undefined ? { status: 'done' } : { status: 'done', later };
  }

  function removeTemporary(target: string): void {
    files.rmSync(temporaryFor(target), { force: true });
  }

  function removeFolder(target: string): PutBackOutcome {
    try {
      patiently(() => {
        files.rmdirSync(target);
      }, collaborators);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!NOT_THERE.includes(code) && !NOT_EMPTY.includes(code)) throw error;
    }
    return { status: 'done' };
  }
}

