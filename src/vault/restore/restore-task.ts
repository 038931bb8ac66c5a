import { CancelledError, pump, READ_FLAGS, ReadError, type TaskCollaborators } from '../file-tasks.ts';
import { realPath } from '../set-names.ts';
import type { FileEntry } from '../vault.ts';
import { temporaryFor } from './own-names.ts';
import { patiently } from './patiently.ts';
import { createRealFolders, NoFolderError, parentOf, type RealFolders } from './real-folders.ts';
import { giveWay, statOf } from './give-way.ts';
import { reasonOf } from '../../foundation/system-reason.ts';

/** What holds for all files of one tree that is restored. Folders are absolute. */
export interface RestoreJob {
  readonly set: string;
  /** The tree in the set, relative with `/`. */
  readonly tree: string;
  readonly into: string;
  /** Where what was there is moved to. */
  readonly kept: string;
  /** Where what came since then is moved to. */
  readonly after: string;
}

/** What is to be put into place; the hash is compared while it is copied. */
type Placed = Pick<FileEntry, 'path' | 'size' | 'mtimeNs' | 'sha256' | 'readOnly'>;

/** One thing to do. It is on record before. */
export type RestoreTask =
  /** `over`: what is there is moved aside first; `was`: it is spelled so, and goes and comes back under that name. */
  | { readonly kind: 'place'; readonly entry: Placed; readonly over: boolean; readonly was?: string }
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'move-aside'; readonly path: string };

/** What became of a task. */
export type RestoreOutcome =
  /** `later`: where something went that was there instead of what was moved aside before. */
  | { readonly status: 'done'; readonly later?: string }
  /** Nothing is there to be moved aside; nothing was done. */
  | { readonly status: 'gone' }
  /** Something is there although it was to be new; nothing was done. */
  | { readonly status: 'appeared' }
  /** The file of the set is not as it was written; nothing was done. */
  | { readonly status: 'damaged'; readonly message: string }
  | { readonly status: 'failed'; readonly target: string; readonly code: string; readonly message: string };

/** What the tasks work with; `windows`: files may be locked for a moment. */
export interface RestoreCollaborators extends TaskCollaborators {
  readonly windows: boolean;
}

/**
 * Does the tasks of one batch, in order.
 *
 * @throws CancelledError when the work is given up; what was being copied is removed
 */
export function runRestoreTasks(
  job: RestoreJob,
  tasks: readonly RestoreTask[],
  collaborators: RestoreCollaborators,
): RestoreOutcome[] {
  const restorer = createRestorer(job, collaborators);
  return tasks.map((task) => {
    if (collaborators.isCancelled()) throw new CancelledError();
    const path = task.kind === 'place' ? task.entry.path : task.path;
    try {
      return restorer(task);
    } catch (error) {
      if (error instanceof CancelledError) throw error;
      return failed(realPath(job.into, path), error);
    }
  });
}

/** The outcome of an error that the file system threw at `target`. */
export function failed(target: string, error: unknown): Extract<RestoreOutcome, { status: 'failed' }> {
  if (error instanceof NoFolderError)
    return { status: 'failed', target: error.path, code: 'ENOTDIR', message: error.message };
  const { code = 'UNKNOWN', message } = error as NodeJS.ErrnoException;
  return { status: 'failed', target, code, message };
}

function createRestorer(
  job: RestoreJob,
  collaborators: RestoreCollaborators,
): (task: RestoreTask) => RestoreOutcome {
  const { files } = collaborators;
  const inSet = createRealFolders(files, job.set);
  const inTarget = createRealFolders(files, job.into);
  const inKept = createRealFolders(files, job.kept);

  function place({ entry, over, was }: Extract<RestoreTask, { kind: 'place' }>): RestoreOutcome {
    const target = realPath(job.into, entry.path);
    const temporary = temporaryFor(target);
    const damage = copyChecked(entry, target, temporary);
    if (damage !== undefined) return { status: 'damaged', message: damage };
    try {
      const outcome = over ? moveAside(was ?? entry.path, entry) : undefined;
      if (outcome?.status === 'gone' || (!over && statOf(files, target) !== undefined)) {
        files.rmSync(temporary, { force: true });
        return outcome?.status === 'gone' ? outcome : { status: 'appeared' };
      }
      patiently(() => {
        files.renameSync(temporary, target);
      }, collaborators);
      return outcome ?? { status: 'done' };
    } catch (error) {
      files.rmSync(temporary, { force: true });
      throw error;
    }
  }

  /** Copies to the temporary file; gives what is wrong with the file of the set, and leaves nothing then. */
  function copyChecked(entry: Placed, target: string, temporary: string): string | undefined {
    const opened = openInSet(inSet, `${job.tree}/${entry.path}`, entry.size);
    if (typeof opened === 'string') return opened;
    try {
      inTarget.make(parentOf(entry.path));
      const output = openNew(temporary, entry.readOnly === true);
      let sha256: string;
      try {
        ({ sha256 } = pump(
          opened,
          entry.size,
          (block) => {
            for (let done = 0; done < block.length;) done += files.writeSync(output, block, done);
          },
          collaborators,
        ));
        const seconds = Number(entry.mtimeNs) / 1e9;
        files.futimesSync(output, seconds, seconds);
        // It cannot be opened for that later.
        if (entry.readOnly === true && collaborators.windows) files.fsyncSync(output);
      } finally {
        files.closeSync(output);
      }
      if (sha256 === entry.sha256) return undefined;
      files.rmSync(temporary, { force: true });
      return 'has another content than when it was written';
    } catch (error) {
      // Another worker's folder, or none: then the temporary file cannot be there either.
      if (!(error instanceof NoFolderError)) files.rmSync(temporary, { force: true });
      if (error instanceof ReadError) return `cannot be read: ${reasonOf(error.cause)}`;
      throw error;
    } finally {
      files.closeSync(opened);
    }
  }

  /** Gives a descriptor, or what is wrong. Looked at before it is opened: a pipe would never open. */
  function openInSet(folders: RealFolders, path: string, size: number): number | string {
    const real = realPath(job.set, path);
    try {
      folders.check(parentOf(path));
      const status = files.lstatSync(real);
      if (status.isSymbolicLink()) return 'is a link';
      if (!status.isFile()) return 'is no ordinary file';
      if (status.size !== size) return 'has another size than when it was written';
      return files.openSync(real, READ_FLAGS);
    } catch (error) {
      if (error instanceof NoFolderError)
        return error.missing ? 'is missing' : `lies behind a link: ${error.path}`;
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      return code === 'ENOENT' || code === 'ENOTDIR' ? 'is missing' : `cannot be read: ${reasonOf(error)}`;
    }
  }

  /**
   * Never through a link that stands there; what a killed attempt left is removed. A read-only file is so from the
   * beginning: who made it may still write it.
   */
  function openNew(temporary: string, readOnly: boolean): number {
    const mode = readOnly ? 0o444 : 0o666;
    try {
      return files.openSync(temporary, 'wx', mode);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      files.rmSync(temporary, { force: true, recursive: true });
      return files.openSync(temporary, 'wx', mode);
    }
  }

  function moveAside(path: string, ours?: Placed): RestoreOutcome {
    inTarget.check(parentOf(path));
    const target = realPath(job.into, path);
    const status = statOf(files, target);
    const kept = realPath(job.kept, path);
    const moved = inKept.statOf(path) !== undefined;
    if (status === undefined) return { status: moved ? 'done' : 'gone' };
    // What an earlier attempt moved aside is the older one, and stays.
    if (moved) {
      const later = giveWay({ job, path, status, ours }, collaborators);
      return later === undefined ? { status: 'done' } : { status: 'done', later };
    }
    inKept.make(parentOf(path));
    patiently(() => {
      files.renameSync(target, kept);
    }, collaborators);
    return { status: 'done' };
  }

  function makeFolder(path: string): RestoreOutcome {
    inTarget.make(path);
    return { status: 'done' };
  }

  return (task) => {
    switch (task.kind) {
      case 'place':
        return place(task);
      case 'folder':
        return makeFolder(task.path);
      case 'move-aside':
        return moveAside(task.path);
    }
  };
}
