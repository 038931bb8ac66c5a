import { CancelledError } from '../file-tasks.ts';
import { realPath } from '../set-names.ts';
import type { Change } from './changes.ts';
import { giveWay } from './give-way.ts';
import { temporaryFor } from './own-names.ts';
import { patiently } from './patiently.ts';
import { createRealFolders, NoFolderError, parentOf } from './real-folders.ts';
import { failed, type RestoreCollaborators, type RestoreOutcome } from './restore-task.ts';

/** Folders of a tree whose restore is undone; absolute. */
export interface PutBackJob {
  readonly into: string;
  readonly kept: string;
  readonly after: string;
}

/** What became of a change that was to be reversed. */
export type PutBackOutcome = Extract<RestoreOutcome, { status: 'done' | 'failed' }>;

/** Not there any more or never, or something else is in it since. */
const STAYS = ['ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST'];

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
  return changes.map((change) => {
    if (collaborators.isCancelled()) throw new CancelledError();
    try {
      const later = reverse(job, change, collaborators);
      return later === undefined ? { status: 'done' } : { status: 'done', later };
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      return failed(realPath(job.into, change.path), error);
    }
  });
}

/** Gives where something went that was in the way. */
function reverse(job: PutBackJob, change: Change, c: RestoreCollaborators): string | undefined {
  const { files } = c;
  const { path } = change;
  const target = realPath(job.into, path);
  const was = change.change === 'replaced' ? (change.was ?? path) : path;
  // Folders change from one to the next: nothing is remembered of them.
  const inTarget = createRealFolders(files, job.into);
  const wasKept = createRealFolders(files, job.kept).statOf(was) !== undefined;
  const ours = change.change === 'added' || change.change === 'replaced' ? change : undefined;
  if (change.change === 'replaced' || change.change === 'removed') {
    if (wasKept) inTarget.make(parentOf(path));
  }
  // What was there before stands there again, or a link: whatever lies behind it was not restored.
  if (!isReached()) return undefined;
  if (change.change === 'made-folder') {
    removeFolder();
    return undefined;
  }
  if (ours !== undefined) files.rmSync(temporaryFor(target), { force: true });
  if (!wasKept && change.change !== 'added') return undefined;
  const status = inTarget.statOf(path);
  const later = status && giveWay({ job, path, status, ours }, c);
  if (change.change !== 'added')
    patiently(() => {
      files.renameSync(realPath(job.kept, was), realPath(job.into, was));
    }, c);
  return later;

  function isReached(): boolean {
    try {
      inTarget.check(parentOf(path));
      return true;
    } catch (error) {
      if (error instanceof NoFolderError) return false;
      throw error;
    }
  }

  function removeFolder(): void {
    try {
      patiently(() => {
        files.rmdirSync(target);
      }, c);
    } catch (error) {
      if (!STAYS.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}
