import { lstatSync, readdirSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { compareNames } from '../foundation/path-order.ts';
import { reasonOf } from '../foundation/system-reason.ts';

/** Something met in a folder tree. `path` is relative with `/`; of an empty folder it ends with `/`. */
export type WalkItem =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'empty-folder'; readonly path: string }
  /** Symbolic links and junctions: never followed. */
  | { readonly kind: 'link'; readonly path: string }
  /** Pipes, sockets, devices: never read. */
  | { readonly kind: 'other'; readonly path: string }
  /** The name is no valid text: it cannot be written down and found again. `path` shows it escaped. */
  | { readonly kind: 'bad-name'; readonly path: string }
  /** A folder that cannot be read, or vanished. Its content is left out. */
  | { readonly kind: 'trouble'; readonly path: string; readonly code: string; readonly message: string };

/** How a tree is walked. */
export interface WalkOptions {
  /** Told for every path; what it says true for is left out with everything in it. */
  readonly exclude?: (path: string) => boolean;
  /** Told for every folder before it is read; what it says false for is passed over with everything in it. */
  readonly enter?: (path: string) => boolean;
  /** Told the names in every folder that is read, before what is in it. */
  readonly onNames?: (path: string, names: readonly string[]) => void;
  /** Relative path of the folder to begin with; default: all of the tree. */
  readonly from?: string;
}

interface Pending {
  readonly path: string;
  readonly entries: readonly Dirent[];
  next: number;
  /** Names as bytes, read only when a name looks as if it were no text. */
  raw?: readonly Buffer[];
}

/**
 * Everything in a folder tree in the order of `comparePaths`, as a stream, with synchronous calls: for worker threads.
 * Holds the names of the folders on the way down, never those of the tree.
 *
 * @throws the file system's error when `root` itself cannot be read
 */
export function* walkTree(
  root: string,
  { exclude, enter, onNames, from = '' }: WalkOptions = {},
): Generator<WalkItem, void, undefined> {
  const stack: Pending[] = [];
  const open = (path: string): boolean => {
    const entries = readFolder(join(root, path));
    onNames?.(
      path,
      entries.map(({ name }) => name),
    );
    stack.push({ path, entries, next: 0 });
    return entries.length > 0;
  };
  try {
    open(from);
  } catch (error) {
    if (from === '') throw error;
    yield troubleOf(from, error);
  }
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const entry = top.entries[top.next];
    top.next += 1;
    if (entry === undefined) {
      stack.pop();
      continue;
    }
    const path = below(top, entry.name);
    if (exclude?.(path) === true) continue;
    if (entry.name.includes('\uFFFD')) {
      top.raw ??= readdirSync(join(root, top.path), { encoding: 'buffer' });
      const escaped = escapeUnlessText(entry.name, top.raw);
      if (escaped !== undefined) {
        yield { kind: 'bad-name', path: below(top, escaped) };
        continue;
      }
    }
    const kind = entry.isFile() ? 'file' : kindOf(entry, join(root, path));
    if (kind !== 'folder') {
      yield { kind, path };
      continue;
    }
    if (enter?.(path) === false) continue;
    let isEmpty: boolean;
    try {
      isEmpty = !open(path);
    } catch (error) {
      yield troubleOf(path, error);
      continue;
    }
    if (isEmpty) yield { kind: 'empty-folder', path: `${path}/` };
  }
}

function troubleOf(path: string, error: unknown): WalkItem {
  const { code = 'UNKNOWN' } = error as NodeJS.ErrnoException;
  return { kind: 'trouble', path, code, message: reasonOf(error) };
}

function below({ path }: Pending, name: string): string {
  return path === '' ? name : `${path}/${name}`;
}

function readFolder(folder: string): Dirent[] {
  return readdirSync(folder, { withFileTypes: true }).sort((a, b) => compareNames(a.name, b.name));
}

function kindOf(entry: Dirent, real: string): 'file' | 'folder' | 'link' | 'other' {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  if (!entry.isSymbolicLink()) return 'other';
  if (process.platform !== 'win32') return 'link';
  // On Windows every reparse point is listed as a link, also a deduplicated file, which is an ordinary file.
  try {
    const status = lstatSync(real);
    return status.isFile() ? 'file' : status.isDirectory() ? 'folder' : 'link';
  } catch {
    // It vanished or is closed to us; called a link it is named and not read.
    return 'link';
  }
}

/**
 * A name with the replacement character either has it in truth, or stands for bytes that are no text. Gives undefined
 * in the first case, the name with its bytes spelled out in the second.
 */
function escapeUnlessText(name: string, raw: readonly Buffer[]): string | undefined {
  const wanted = Buffer.from(name, 'utf8');
  const bad = raw.find((bytes) => bytes.toString('utf8') === name && !bytes.equals(wanted));
  if (bad === undefined) return undefined;
  return Array.from(bad, (byte) =>
    byte < 0x20 || byte >= 0x7f ? `\\x${byte.toString(16).padStart(2, '0')}` : String.fromCharCode(byte),
  ).join('');
}
