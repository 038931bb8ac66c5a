import { dirname } from 'node:path';
import type { FileCalls } from './file-tasks.ts';

/** Makes folders, and remembers the last one. */
export interface FolderMaker {
  readonly files: FileCalls;
  lastMade?: string;
}

/** Makes a folder of the set (0700) with those above it. A file that stood there in an earlier pass is removed. */
export function makeWay(maker: FolderMaker, folder: string): void {
  // Tasks come sorted, so the next file is mostly in the same folder.
  if (folder === maker.lastMade) return;
  const { files } = maker;
  try {
    files.mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EEXIST' && code !== 'ENOTDIR') throw error;
    removeFileOnTheWay(files, folder);
    files.mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  maker.lastMade = folder;
}

/** Renames a finished file into place. A folder that stood there in an earlier pass is removed. */
export function moveInto(files: FileCalls, temporary: string, target: string): void {
  try {
    files.renameSync(temporary, target);
  } catch (error) {
    if (!isFolder(files, target)) throw error;
    files.rmSync(target, { recursive: true, force: true });
    files.renameSync(temporary, target);
  }
}

/** Removes a file, a missing one too. */
export function removeIfThere(files: FileCalls, path: string): void {
  files.rmSync(path, { force: true, recursive: isFolder(files, path) });
}

function removeFileOnTheWay(files: FileCalls, folder: string): void {
  for (let path = folder; path !== dirname(path); path = dirname(path)) {
    const status = files.lstatSync(path, { throwIfNoEntry: false });
    if (status?.isDirectory() === true) return;
    if (status !== undefined) {
      files.rmSync(path, { force: true });
      return;
    }
  }
}

function isFolder(files: FileCalls, path: string): boolean {
  try {
    return files.lstatSync(path).isDirectory();
  } catch {
    // Not there, or not to be seen: then it is no folder that stands in the way.
    return false;
  }
}
