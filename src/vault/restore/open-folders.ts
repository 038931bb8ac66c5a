import { isWithin } from '../../foundation/path-order.ts';
import { foldCase } from './listed-paths.ts';
import { nameOf, parentOf } from './real-folders.ts';

/** Something of the target that the listing does not have under this spelling. */
export type Extra =
  | { readonly kind: 'extra'; readonly path: string; readonly folder: boolean }
  | { readonly kind: 'link'; readonly path: string };

/**
 * Folders on the way down in a comparison. Windows has a name only once, however it is spelled there: what the listing
 * spells in another way is the same, so extra names are told when their folder has been compared whole. Holds the names of
 * the folders on the way down, as walking does.
 */
export interface OpenFolders {
  /** A folder that is there, or was told to be made. */
  open(path: string): void;
  /** Its names; only for Windows. */
  list(path: string, names: readonly string[]): void;
  /** Forgets those that `path` does not lie in: everything is sorted, so they do not come again. */
  leave(path: string): void;
  /** The innermost one is gone. */
  forget(): void;
  /** The path of the folder that is missing on the way to `path`, the outermost; undefined: none. */
  missingOn(path: string): string | undefined;
  /** How the target spells the last name of `path`, where that is not as the listing does; undefined: it has none. */
  spelledAs(path: string): string | undefined;
  /** Counts a path of the target as one of the listing. */
  claim(path: string): void;
  isClaimed(path: string): boolean;
  extra(step: Extra): void;
  /** Leaves all. */
  close(): void;
}

interface Folder {
  readonly path: string;
  /** Spelled as in the target, by what Windows compares. */
  readonly names: Map<string, string>;
  readonly claimed: Set<string>;
  extras: Extra[];
}

/** Makes it; `windows`: names that differ only in case are one. */
export function createOpenFolders(windows: boolean, tell: (step: Extra) => void): OpenFolders {
  const folders: Folder[] = [newFolder('')];

  function last(): Folder | undefined {
    return folders.at(-1);
  }

  function folderOf(path: string): Folder | undefined {
    const parent = parentOf(path);
    return folders.findLast((one) => one.path === parent);
  }

  function forget(): void {
    const folder = folders.pop();
    for (const extra of folder?.extras ?? []) if (folder?.claimed.has(extra.path) === false) tell(extra);
  }

  return {
    forget,
    open(path) {
      folders.push(newFolder(path));
    },
    list(path, names) {
      const known = folders.findLast((one) => one.path === path)?.names;
      for (const name of names) known?.set(foldCase(name), name);
    },
    leave(path) {
      for (let folder = last(); folder !== undefined && !isWithin(path, folder.path); folder = last())
        forget();
    },
    missingOn(path) {
      const there = last()?.path ?? '';
      const end = path.indexOf('/', there === '' ? 0 : there.length + 1);
      return end === -1 ? undefined : path.slice(0, end);
    },
    spelledAs(path) {
      const folder = folderOf(path);
      const name = folder?.names.get(foldCase(nameOf(path)));
      if (folder === undefined || name === undefined || name === nameOf(path)) return undefined;
      return folder.path === '' ? name : `${folder.path}/${name}`;
    },
    claim(path) {
      folderOf(path)?.claimed.add(path);
    },
    isClaimed: (path) => windows && folderOf(path)?.claimed.has(path) === true,
    extra(step) {
      if (windows) folderOf(step.path)?.extras.push(step);
      else tell(step);
    },
    close() {
      while (folders.length > 0) forget();
    },
  };
}

function newFolder(path: string): Folder {
  return { path, names: new Map(), claimed: new Set(), extras: [] };
}
