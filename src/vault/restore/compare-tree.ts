import { comparePaths, isWithin } from '../../foundation/path-order.ts';
import { isExcluded } from '../exclusion.ts';
import { CancelledError, type FileCalls } from '../file-tasks.ts';
import { readListingSync } from '../listing.ts';
import { realPath } from '../set-names.ts';
import type { FileEntry } from '../vault.ts';
import { walkTree, type WalkItem } from '../walk.ts';
import { isOwnName } from './own-names.ts';
import { createRealFolders } from './real-folders.ts';

/** Items told at a time. */
const BATCH = 256;

/** Node.js sets times to the microsecond, so a restored file is not the same to the nanosecond. */
const TIME_STEP_NS = 2000n;

/** How a folder is compared with the listing of a tree. */
export interface CompareRequest {
  readonly kind: 'compare';
  /** The folder; one that is not there counts as empty. */
  readonly into: string;
  readonly listing: string;
  /** Relative paths, as `isExcluded` wants them: what the listing does not have of them is left where it is. */
  readonly leave: readonly string[];
  /** Of files with the same size, which have to be read: those that also agree in time, those that do not, all or none. */
  readonly read: 'same-time' | 'other-time' | 'same-size' | 'none';
  /** Folder of what an earlier attempt moved aside; absent: there was none. */
  readonly kept?: string;
}

/** What a comparison met, in order. */
export type CompareStep =
  /** Some files or empty folders that are the same. */
  | { readonly kind: 'same'; readonly files: number; readonly bytes: number }
  /** A file whose content has to be read to know whether it is the same. */
  | { readonly kind: 'read'; readonly entry: FileEntry }
  /** `over`: something is there, or was moved aside by an earlier attempt. */
  | { readonly kind: 'place'; readonly entry: FileEntry; readonly over: boolean }
  /** A folder that is missing, told before everything in it; the empty path is that of the tree. */
  | { readonly kind: 'folder'; readonly path: string }
  /** No folder, and must go before the next step: a folder has to be there. */
  | { readonly kind: 'in-the-way'; readonly path: string }
  /** The listing has neither it nor anything in it. `folder`: with all that is in it. */
  | { readonly kind: 'extra'; readonly path: string; readonly folder: boolean }
  /** A folder whose content is needed and cannot be read. */
  | { readonly kind: 'unreadable'; readonly path: string; readonly message: string }
  /** The name is no valid text: it cannot be written down. */
  | { readonly kind: 'bad-name'; readonly path: string };

/** What comparing works with. */
export interface CompareCollaborators {
  readonly files: Pick<FileCalls, 'lstatSync' | 'mkdirSync'>;
  readonly isCancelled: () => boolean;
  /** Takes the steps of one batch; may wait. */
  readonly onSteps: (steps: readonly CompareStep[]) => void;
}

/**
 * Walks the folder beside the listing and tells what differs. An extra folder is told as one, without a look into it.
 *
 * @throws CancelledError when it is given up; the file system's error, with `path`, when folder or listing cannot be read
 */
export function compareTree(request: CompareRequest, collaborators: CompareCollaborators): void {
  const { files, isCancelled, onSteps } = collaborators;
  const { into, leave, read, kept } = request;
  const { tell, same, flush } = createTeller(onSteps);
  const entries = readListingSync(request.listing);
  let head = next();
  const inKept = kept === undefined ? undefined : createRealFolders(files, kept);
  /** Folders on the way down that are there, or were told to be made; the folder itself always is. */
  const present: string[] = [];

  function next(): FileEntry | undefined {
    if (isCancelled()) throw new CancelledError();
    const { done, value } = entries.next();
    return done === true ? undefined : value.entry;
  }

  /** Tells all that the listing has before `path`. */
  function advanceTo(path: string | undefined): void {
    while (head !== undefined && (path === undefined || comparePaths(head.path, path) < 0)) {
      missing(head);
      head = next();
    }
  }

  function missing(entry: FileEntry): void {
    const { path } = entry;
    leaveBehind(path);
    const there = present.at(-1)?.length ?? -1;
    for (let end = path.indexOf('/', there + 1); end !== -1; end = path.indexOf('/', end + 1)) {
      present.push(path.slice(0, end));
      tell({ kind: 'folder', path: path.slice(0, end) });
    }
    if (path.endsWith('/')) return;
    const over = inKept?.statOf(path) !== undefined;
    tell({ kind: 'place', entry, over });
  }

  /** Forgets the folders that `path` does not lie in: everything is sorted, so they do not come again. */
  function leaveBehind(path: string): void {
    for (let last = present.at(-1); last !== undefined && !isWithin(path, last); last = present.at(-1))
      present.pop();
  }

  /** Whether a folder of the target is looked into. */
  function enter(path: string): boolean {
    if (isCancelled()) throw new CancelledError();
    advanceTo(path);
    if (head?.path === path) {
      tell({ kind: 'place', entry: head, over: true });
      head = next();
      return false;
    }
    const needed = head !== undefined && head.path.startsWith(`${path}/`);
    if (!needed && !leave.some((one) => isWithin(one, path))) {
      if (!isExcluded(leave, path)) tell({ kind: 'extra', path, folder: true });
      return false;
    }
    if (isExcluded(leave, path) && !needed) return false;
    leaveBehind(path);
    present.push(path);
    if (head?.path === `${path}/`) {
      same(0, 0);
      head = next();
    }
    return true;
  }

  function take(item: WalkItem): void {
    if (isCancelled()) throw new CancelledError();
    const { path } = item;
    // Folders were looked at when they were entered.
    if (item.kind === 'empty-folder') return;
    if (item.kind === 'trouble') {
      if (item.code === 'ENOENT') present.pop();
      else tell({ kind: 'unreadable', path, message: item.message });
      return;
    }
    advanceTo(path);
    if (item.kind === 'bad-name') {
      if (!isExcluded(leave, path)) tell({ kind: 'bad-name', path });
    } else if (head?.path === path) {
      judge(item, head);
      head = next();
    } else if (head !== undefined && head.path.startsWith(`${path}/`)) tell({ kind: 'in-the-way', path });
    else if (!isExcluded(leave, path)) tell({ kind: 'extra', path, folder: false });
  }

  function judge(item: WalkItem, entry: FileEntry): void {
    const status =
      item.kind === 'file'
        ? files.lstatSync(realPath(into, entry.path), { bigint: true, throwIfNoEntry: false })
        : undefined;
    if (status?.isFile() !== true || status.size !== BigInt(entry.size)) {
      tell({ kind: 'place', entry, over: true });
      return;
    }
    const sameTime = isSameTime(status.mtimeNs, BigInt(entry.mtimeNs));
    if (read === 'same-size' || read === (sameTime ? 'same-time' : 'other-time'))
      tell({ kind: 'read', entry });
    else if (sameTime) same(1, entry.size);
    else tell({ kind: 'place', entry, over: true });
  }

  const isOwn = (path: string): boolean => isOwnName(path.slice(path.lastIndexOf('/') + 1));
  const there = files.lstatSync(into, { throwIfNoEntry: false }) !== undefined;
  if (there) for (const item of walkTree(into, { exclude: isOwn, enter })) take(item);
  else tell({ kind: 'folder', path: '' });
  advanceTo(undefined);
  flush();
}

function isSameTime(one: bigint, other: bigint): boolean {
  const apart = one - other;
  return -TIME_STEP_NS <= apart && apart <= TIME_STEP_NS;
}

interface Teller {
  readonly tell: (step: CompareStep) => void;
  readonly same: (files: number, bytes: number) => void;
  readonly flush: () => void;
}

function createTeller(onSteps: CompareCollaborators['onSteps']): Teller {
  let steps: CompareStep[] = [];
  let alike = { count: 0, files: 0, bytes: 0 };
  function flush(): void {
    if (alike.count > 0) steps.push({ kind: 'same', files: alike.files, bytes: alike.bytes });
    alike = { count: 0, files: 0, bytes: 0 };
    if (steps.length > 0) onSteps(steps);
    steps = [];
  }
  return {
    flush,
    tell(step) {
      steps.push(step);
      if (steps.length >= BATCH) flush();
    },
    same(files, bytes) {
      alike.count += 1;
      alike.files += files;
      alike.bytes += bytes;
      if (alike.count >= BATCH * 4) flush();
    },
  };
}
