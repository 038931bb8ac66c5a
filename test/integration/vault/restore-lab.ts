import { createHash } from 'node:crypto';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { systemClock } from '../../../src/foundation/clock.ts';
import { comparePaths } from '../../../src/foundation/path-order.ts';
import { createCopyWorkers } from '../../../src/vault/copy-workers.ts';
import { formatEntry } from '../../../src/vault/listing.ts';
import { createTreeRestore } from '../../../src/vault/restore/create-tree-restore.ts';
import type { RestoreTreeOptions, TreeRestore } from '../../../src/vault/restore/tree-restore.ts';
import type { FileEntry, ManifestTree } from '../../../src/vault/vault.ts';
import { copyWorkerFile } from '../../helpers/copy-worker.ts';
import { never } from './vault-lab.ts';

/** Two moments that files of these tests are from, seconds. */
export const TIMES = [1_700_000_000, 1_710_000_000.123456] as const;

/** What a path of a tree is; a path that ends with `/` is an empty folder, whatever its value. */
export type Content =
  string | Buffer | { readonly text: string; readonly time: number } | { readonly link: string };

/** A folder tree by its paths. */
export type Tree = Readonly<Record<string, Content>>;

/** Writes a tree; files are from the first moment unless told. */
export function grow(folder: string, tree: Tree): void {
  mkdirSync(folder, { recursive: true });
  for (const [path, content] of Object.entries(tree)) {
    const real = join(folder, path);
    mkdirSync(path.endsWith('/') ? real : dirname(real), { recursive: true });
    if (path.endsWith('/')) continue;
    if (typeof content === 'object' && 'link' in content) {
      symlinkSync(content.link, real);
      continue;
    }
    const told = typeof content === 'string' || Buffer.isBuffer(content);
    writeFileSync(real, told ? content : content.text);
    const time = told ? TIMES[0] : content.time;
    utimesSync(real, time, time);
  }
}

/** Everything in a folder with its content and time, links by where they lead, empty folders; undefined: it is not there. */
export function pictureOf(folder: string): Record<string, string> | undefined {
  if (lstatSync(folder, { throwIfNoEntry: false }) === undefined) return undefined;
  const picture: Record<string, string> = {};
  // Not Node's own `recursive`, which goes through links.
  const waiting = readdirSync(folder);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const real = join(folder, path);
    const status = lstatSync(real);
    if (status.isSymbolicLink()) picture[path] = `link to ${readlinkSync(real)}`;
    else if (status.isDirectory()) {
      const names = readdirSync(real);
      for (const name of names) waiting.push(join(path, name));
      if (names.length === 0) picture[`${path}/`] = '';
    } else picture[path] = `${String(Math.round(status.mtimeMs))} ${readFileSync(real).toString('latin1')}`;
  }
  return picture;
}

/** A tree of a set that lies in `<folder>/vault/site/SET`, with its listing. */
export interface LabSet {
  readonly path: string;
  readonly tree: ManifestTree;
}

/** Makes the folder of a set with one tree, as the vault writes it. `change`: of the entries of its listing. */
export function makeSet(
  folder: string,
  tree: Tree,
  change: (entries: FileEntry[]) => FileEntry[] = (entries) => entries,
  name = 'share',
): LabSet {
  const path = join(folder, 'vault', 'site', 'SET');
  rmSync(join(path, name), { recursive: true, force: true });
  grow(join(path, name), tree);
  const entries = change(entriesIn(join(path, name), tree));
  const text = entries.map((entry) => `${formatEntry(entry)}\n`).join('');
  writeFileSync(join(path, `${name}.files.jsonl`), text);
  const files = entries.filter((entry) => !entry.path.endsWith('/'));
  return {
    path,
    tree: {
      folder: name,
      listing: `${name}.files.jsonl`,
      files: files.length,
      bytes: files.reduce((sum, { size }) => sum + size, 0),
      listingSha256: createHash('sha256').update(text).digest('hex'),
    },
  };
}

function entriesIn(folder: string, tree: Tree): FileEntry[] {
  return Object.keys(tree)
    .sort(comparePaths)
    .map((path) => {
      const { size, mtimeNs } = lstatSync(join(folder, path), { bigint: true });
      if (path.endsWith('/')) return { path, size: 0, mtimeNs: String(mtimeNs), sha256: '' };
      const sha256 = createHash('sha256')
        .update(readFileSync(join(folder, path)))
        .digest('hex');
      return { path, size: Number(size), mtimeNs: String(mtimeNs), sha256 };
    });
}

/** Restores by workers of their own; `begin`: JavaScript that runs in them first. */
export async function labRestore(begin = '', workers = 2): Promise<TreeRestore> {
  return createTreeRestore({
    clock: systemClock,
    workers: createCopyWorkers(await copyWorkerFile(begin), workers),
    syncFileSystem: () => Promise.resolve(true),
  });
}

/** Options of a restore of that set into a folder, changed as told. */
export function restoreOf(
  set: LabSet,
  into: string,
  change: Partial<RestoreTreeOptions> = {},
): RestoreTreeOptions {
  return {
    ...{ set: set.path, tree: set.tree, into, run: 'RUN', compare: 'quick', extra: 'move', signal: never },
    ...change,
  };
}

/** How a restored folder looks besides what was moved aside. */
export function restoredIn(into: string): Record<string, string> | undefined {
  const picture = pictureOf(into);
  return (
    picture &&
    Object.fromEntries(Object.entries(picture).filter(([path]) => !path.startsWith('.sense-runbook-')))
  );
}
