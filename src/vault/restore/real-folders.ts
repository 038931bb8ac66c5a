import type { Stats } from 'node:fs';
import { join } from 'node:path';
import type { FileCalls } from '../file-tasks.ts';

/** Something else than a folder stands where a folder was to be: a link would lead somewhere else. */
export class NoFolderError extends Error {
  readonly path: string;
  /** Nothing is there at all. */
  readonly missing: boolean;

  constructor(path: string, missing: boolean) {
    super(missing ? 'there is no such folder' : 'it is no folder, or a link');
    this.name = 'NoFolderError';
    this.path = path;
    this.missing = missing;
  }
}

/** Looks at every folder on the way down to a path, so that no link leads out of `root`. */
export interface RealFolders {
  /** @throws NoFolderError when a part of the path is none, or a link. */
  check(path: string): void;
  /** Makes what is missing of the path. @throws NoFolderError, or the file system's error */
  make(path: string): void;
  /** What stands at a path, a link by itself; undefined when nothing does, or only behind a link. */
  statOf(path: string): Stats | undefined;
}

/**
 * For paths below `root`, relative with `/`; the empty path is `root` itself, which may be a link. What was seen is
 * remembered, so make one for each piece of work, not one for all.
 */
export function createRealFolders(
  files: Pick<FileCalls, 'lstatSync' | 'mkdirSync'>,
  root: string,
): RealFolders {
  let seen = '';

  function goDown(path: string, onMissing: (real: string) => void): void {
    if (path === '' || path === seen || seen.startsWith(`${path}/`)) return;
    let end = common(path, seen);
    while (end < path.length) {
      const next = path.indexOf('/', end + 1);
      end = next === -1 ? path.length : next;
      const part = path.slice(0, end);
      const real = join(root, part);
      const status = files.lstatSync(real, { throwIfNoEntry: false });
      if (status === undefined) onMissing(real);
      else if (!status.isDirectory()) throw new NoFolderError(real, false);
      seen = part;
    }
  }

  function check(path: string): void {
    goDown(path, (real) => {
      throw new NoFolderError(real, true);
    });
  }

  return {
    check,
    statOf(path) {
      try {
        check(parentOf(path));
      } catch (error) {
        if (error instanceof NoFolderError) return undefined;
        throw error;
      }
      return files.lstatSync(join(root, path), { throwIfNoEntry: false });
    },
    make(path) {
      goDown(path, (real) => {
        try {
          files.mkdirSync(real);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
          // Another worker made it meanwhile.
          if (!files.lstatSync(real).isDirectory()) throw new NoFolderError(real, false);
        }
      });
    },
  };
}

/** The folder of a relative path with `/`; empty at the top. */
export function parentOf(path: string): string {
  const end = path.lastIndexOf('/');
  return end === -1 ? '' : path.slice(0, end);
}

/** The last name of a relative path with `/`. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Length of the part of `path` whose folders are all in `seen`. */
function common(path: string, seen: string): number {
  if (seen !== '' && path.startsWith(`${seen}/`)) return seen.length;
  let end = 0;
  for (let index = 0; index < path.length && path[index] === seen[index]; index += 1)
    if (path[index] === '/') end = index;
  return end;
}
