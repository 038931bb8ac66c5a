import { readdirSync, type BigIntStats } from 'node:fs';
import { comparePaths, isWithin } from '../../foundation/path-order.ts';
import { isExcluded, mayHoldExcluded } from '../exclusion.ts';
import { CancelledError, isReadOnly, type FileCalls } from '../file-tasks.ts';
import { readListingSync } from '../listing.ts';
import { realPath } from '../set-names.ts';
import type { FileEntry } from '../vault.ts';
import { walkTree, type WalkItem } from '../walk.ts';
import { createOpenFolders, type Extra } from './open-folders.ts';
import { isOwnName } from './own-names.ts';
import { createRealFolders, nameOf, parentOf } from './real-folders.ts';

/** Items told at a time. */
const BATCH = 512;

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
  /** A file that is not read-only, though the listing has it so, is another one. */
  readonly heedReadOnly?: true;
  /** Names that differ only in case are one. */
  readonly windows: boolean;
}

/** What a comparison met, in order. `was`: how the target spells the path, where that is not as the listing does. */
export type CompareStep =
  /** Some files or empty folders that are the same. */
  | { readonly kind: 'same'; readonly files: number; readonly bytes: number }
  /** A file whose content has to be read to know whether it is the same. */
  | { readonly kind: 'read'; readonly entry: FileEntry; readonly was?: string }
  /** `over`: something is there, or was moved aside by an earlier attempt. */
  | { readonly kind: 'place'; readonly entry: FileEntry; readonly over: boolean; readonly was?: string }
  /** A folder that is missing, told before everything in it; the empty path is that of the tree. */
  | { readonly kind: 'folder'; readonly path: string }
  /** No folder, and must go before the next step: a folder has to be there. */
  | { readonly kind: 'in-the-way'; readonly path: string }
  /**
   * The listing has neither it nor anything in it. `folder`: with all that is in it. A link leads elsewhere and no set has
   * any: it is told by itself.
   */
  | Extra
  /** A folder whose content is needed and cannot be read. */
  | { readonly kind: 'unreadable'; readonly path: string; readonly code: string; readonly message: string }
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
  const { into, leave, read, kept, windows } = request;
  const { tell, same, flush } = createTeller(onSteps);
  const entries = readListingSync(request.listing);
  let head = next();
  const inKept = kept === undefined ? undefined : createRealFolders(files, kept);
  const folders = createOpenFolders(windows, tell);

  function next(): FileEntry | undefined {
    if (isCancelled()) throw new CancelledError();
    const { done, value } = entries.next();
    return done === true ? undefined : value.entry;
  }

  /** Tells all that the listing has before `path`. */
  function advanceTo(path: string | undefined): void {
    while (head !== undefined && (path === undefined || comparePaths(head.path, path) < 0)) advance(head);
  }

  function advance(entry: FileEntry): void {
    folders.leave(entry.path);
    for (let path = folders.missingOn(entry.path); path !== undefined; path = folders.missingOn(entry.path)) {
      if (windows && openAsSpelled(path)) return;
      folders.open(path);
      tell({ kind: 'folder', path });
    }
    head = next();
    if (!entry.path.endsWith('/')) missing(entry);
  }

  function missing(entry: FileEntry): void {
    const was = windows ? folders.spelledAs(entry.path) : undefined;
    if (was === undefined) tell({ kind: 'place', entry, over: wasKept(entry.path) });
    else {
      folders.claim(was);
      judge(entry, was);
    }
  }

  /** Whether an earlier attempt moved something aside under exactly this name. */
  function wasKept(path: string): boolean {
    if (kept === undefined || inKept?.statOf(path) === undefined) return false;
    if (!windows) return true;
    return readdirSync(realPath(kept, parentOf(path))).includes(nameOf(path));
  }

  /** Compares a folder of the listing with the one that the target spells in another way; false: it has none. */
  function openAsSpelled(path: string): boolean {
    const was = folders.spelledAs(path);
    if (was === undefined) return false;
    folders.claim(was);
    if (files.lstatSync(realPath(into, was), { throwIfNoEntry: false })?.isDirectory() !== true) {
      tell({ kind: 'in-the-way', path: was });
      return false;
    }
    open(path);
    walk(path);
    while (head !== undefined && isWithin(head.path, path)) advance(head);
    return true;
  }

  function open(path: string): void {
    folders.open(path);
    if (head?.path === `${path}/`) {
      same(0, 0);
      head = next();
    }
  }

  /** Whether a folder of the target is looked into. */
  function enter(path: string): boolean {
    if (isCancelled()) throw new CancelledError();
    advanceTo(path);
    if (folders.isClaimed(path)) return false;
    if (head?.path === path) {
      tell({ kind: 'place', entry: head, over: true });
      head = next();
      return false;
    }
    const needed = head !== undefined && head.path.startsWith(`${path}/`);
    if (!needed && !mayHoldExcluded(leave, path)) {
      if (!isExcluded(leave, path)) folders.extra({ kind: 'extra', path, folder: true });
      return false;
    }
    if (isExcluded(leave, path) && !needed) return false;
    folders.leave(path);
    open(path);
    return true;
  }

  function take(item: WalkItem): void {
    if (isCancelled()) throw new CancelledError();
    const { path } = item;
    // Folders were looked at when they were entered.
    if (item.kind === 'empty-folder') return;
    if (item.kind === 'trouble') {
      if (item.code === 'ENOENT') folders.forget();
      else tell({ kind: 'unreadable', path, code: item.code, message: item.message });
      return;
    }
    advanceTo(path);
    if (item.kind === 'bad-name') {
      if (!isExcluded(leave, path)) tell({ kind: 'bad-name', path });
    } else if (folders.isClaimed(path)) return;
    else if (head?.path === path) {
      if (item.kind === 'file') judge(head);
      else tell({ kind: 'place', entry: head, over: true });
      head = next();
    } else if (head !== undefined && head.path.startsWith(`${path}/`)) tell({ kind: 'in-the-way', path });
    else if (!isExcluded(leave, path))
      folders.extra(item.kind === 'link' ? { kind: 'link', path } : { kind: 'extra', path, folder: false });
  }

  function judge(entry: FileEntry, spelled?: string): void {
    const was = spelled === undefined ? {} : { was: spelled };
    const real = realPath(into, spelled ?? entry.path);
    const status = files.lstatSync(real, { bigint: true, throwIfNoEntry: false });
    if (status?.isFile() !== true || status.size !== BigInt(entry.size) || lacksReadOnly(entry, status)) {
      tell({ kind: 'place', entry, over: true, ...was });
      return;
    }
    const sameTime = isSameTime(status.mtimeNs, BigInt(entry.mtimeNs));
    if (read === 'same-size' || read === (sameTime ? 'same-time' : 'other-time'))
      tell({ kind: 'read', entry, ...was });
    else if (sameTime) same(1, entry.size);
    else tell({ kind: 'place', entry, over: true, ...was });
  }

  function lacksReadOnly(entry: FileEntry, status: BigIntStats): boolean {
    return request.heedReadOnly === true && entry.readOnly === true && !isReadOnly(status);
  }

  function walk(from: string): void {
    const onNames = windows
      ? (path: string, names: readonly string[]): void => {
          folders.list(path, names);
        }
      : undefined;
    const options = { exclude: isOwn, enter, from, ...(onNames && { onNames }) };
    for (const item of walkTree(into, options)) take(item);
  }

  const isOwn = (path: string): boolean => isOwnName(nameOf(path));
  if (files.lstatSync(into, { throwIfNoEntry: false }) !== undefined) walk('');
  else tell({ kind: 'folder', path: '' });
  advanceTo(undefined);
  folders.close();
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
