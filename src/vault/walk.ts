import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareNames } from '../foundation/path-order.ts';

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
  | { readonly kind: 'trouble'; readonly path: string; readonly error: NodeJS.ErrnoException };

/** How a tree is walked. */
export interface WalkOptions {
  /** Told for every path; what it says true for is left out with everything in it. */
  readonly exclude?: (path: string) => boolean;
}

/** Items given at a time. */
const BATCH = 256;
/** Folders of one folder that are read before they are needed: a share in the network answers several at once. */
const AHEAD = 4;

interface Pending {
  readonly path: string;
  readonly entries: readonly Dirent[];
  next: number;
  /** Names as bytes, read only when a name looks as if it were no text. */
  raw?: readonly Buffer[];
  /** Folders that are being read, and where the look ahead stands. */
  readonly ahead: Map<string, Promise<Dirent[]>>;
  looked: number;
}

/**
 * Everything in a folder tree in the order of `comparePaths`, as a stream. Holds the names of the folders on the way
 * down and of a few beside them, never those of the tree.
 *
 * @throws the file system's error when `root` itself cannot be read
 */
export async function* walkTree(
  root: string,
  options: WalkOptions = {},
): AsyncGenerator<WalkItem, void, undefined> {
  for await (const items of walkBatches(root, options)) yield* items;
}

/** {@link walkTree} with some hundred items at a time. */
export async function* walkBatches(
  root: string,
  options: WalkOptions = {},
): AsyncGenerator<WalkItem[], void, undefined> {
  const stack: Pending[] = [pending('', await readFolder(root))];
  let items: WalkItem[] = [];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    if (items.length >= BATCH) {
      yield items;
      items = [];
    }
    const entry = top.entries[top.next];
    top.next += 1;
    if (entry === undefined) {
      stack.pop();
      continue;
    }
    const path = below(top, entry.name);
    if (options.exclude?.(path) === true) continue;
    if (entry.name.includes('\uFFFD')) {
      top.raw ??= await readdir(join(root, top.path), { encoding: 'buffer' });
      const escaped = escapeUnlessText(entry.name, top.raw);
      if (escaped !== undefined) {
        items.push({ kind: 'bad-name', path: below(top, escaped) });
        continue;
      }
    }
    const kind = entry.isFile() ? 'file' : await kindOf(entry, join(root, path));
    if (kind !== 'folder') {
      items.push({ kind, path });
      continue;
    }
    try {
      lookAhead(root, top, options);
      const entries = await (top.ahead.get(entry.name) ?? readFolder(join(root, path)));
      if (entries.length === 0) items.push({ kind: 'empty-folder', path: `${path}/` });
      else stack.push(pending(path, entries));
    } catch (error) {
      items.push({ kind: 'trouble', path, error: error as NodeJS.ErrnoException });
    }
    top.ahead.delete(entry.name);
  }
  if (items.length > 0) yield items;
}

function pending(path: string, entries: readonly Dirent[]): Pending {
  return { path, entries, next: 0, ahead: new Map(), looked: 0 };
}

function below({ path }: Pending, name: string): string {
  return path === '' ? name : `${path}/${name}`;
}

/** Begins to read the folder at hand and the next ones. */
function lookAhead(root: string, top: Pending, { exclude }: WalkOptions): void {
  top.looked = Math.max(top.looked, top.next - 1);
  for (; top.ahead.size < AHEAD && top.looked < top.entries.length; top.looked += 1) {
    const entry = top.entries[top.looked];
    if (entry?.isDirectory() !== true || exclude?.(below(top, entry.name)) === true) continue;
    const reading = readFolder(join(root, below(top, entry.name)));
    // It is awaited in its turn, or never when the walk is given up.
    reading.catch(() => undefined);
    top.ahead.set(entry.name, reading);
  }
}

async function readFolder(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.sort((a, b) => compareNames(a.name, b.name));
}

async function kindOf(entry: Dirent, real: string): Promise<'file' | 'folder' | 'link' | 'other'> {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  if (!entry.isSymbolicLink()) return 'other';
  if (process.platform !== 'win32') return 'link';
  // On Windows every reparse point is listed as a link, also a deduplicated file, which is an ordinary file.
  try {
    const status = await lstat(real);
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
