import { lstatSync } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { mergeSorted, type MergedPair } from '../foundation/merge.ts';
import { comparePaths } from '../foundation/path-order.ts';
import { createDamageList, type DamageList } from './damage.ts';
import { NO_DAMAGE } from './known-damage.ts';
import { untilDoneOrStuck } from './patience.ts';
import { createProgressCounter } from './progress.ts';
import { chooseBySample } from './sample.ts';
import { MANIFEST, OWN_FILES, realPath } from './set-names.ts';
import { readManifest } from './sets.ts';
import { spreadDamage } from './shared-damage.ts';
import type { FolderManifest, ManifestTree, Verification } from './vault.ts';
import type { VaultParts, VerifyHooks } from './vault-parts.ts';
import { walkFolder } from './walk-folder.ts';
import type { WalkItem } from './walk.ts';
import { createWindow } from './window.ts';
import { createWorkerPool, type WorkerPool } from './worker-pool.ts';
import type { ScanStep } from './worker-protocol.ts';

const BATCH_FILES = 64;
const BATCH_BYTES = 32 * 1024 * 1024;

/** A file that should be there. */
interface Expected {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/**
 * Hashes every file of a complete set again and compares with manifest and listings, both ways. With `hooks.sample` of
 * the files in copied folders only that part is read; of the others presence and size are looked at.
 *
 * @throws VerificationError when there is no such set or it is incomplete; the signal's reason
 */
export async function verifySet(parts: VaultParts, id: string, hooks: VerifyHooks): Promise<Verification> {
  const began = parts.clock.monotonic();
  const damage = createDamageList();
  const parsed = await readManifest(parts.root, id);
  const verdict = async (files: number, bytes: number, manifestSha256?: string): Promise<Verification> => {
    const durationMs = parts.clock.monotonic() - began;
    const { sharedWith, warnings } = await spreadDamage(parts.root, id, damage.spoilt);
    const list = damage.list().map((one) => {
      const others = sharedWith.get(one.path);
      return others === undefined ? one : { ...one, sharedWith: others };
    });
    return {
      set: id,
      ok: list.length === 0,
      files,
      bytes,
      durationMs,
      damage: list,
      ...(hooks.sample === undefined ? {} : { samplePercent: hooks.sample.percent }),
      ...(manifestSha256 === undefined ? {} : { manifestSha256 }),
      ...(warnings.length === 0 ? {} : { warnings }),
    };
  };
  if ('problem' in parsed) {
    damage.add('manifest', MANIFEST, `is damaged: ${parsed.problem}`);
    return verdict(0, 0);
  }
  const { manifest, intact } = parsed;
  if (!intact) damage.add('manifest', MANIFEST, 'says something else than when it was written');
  const checked = { files: 0, bytes: 0 };
  const filesTotal = manifest.files.length + manifest.trees.reduce((sum, tree) => sum + tree.files, 0);
  const counter = createProgressCounter(parts.clock, hooks.onProgress, {
    filesTotal,
    bytesTotal: manifest.bytes,
  });
  const pool = createWorkerPool({
    workers: parts.workers,
    signal: hooks.signal,
    onBytes: (bytes) => {
      checked.bytes += bytes;
      counter.add(0, bytes);
    },
  });
  const set = join(parts.root, id);
  const onFiles = (files: number): void => {
    checked.files += files;
    counter.add(files, 0);
  };
  try {
    const isRead = chooseBySample(hooks.sample);
    const comparison: Comparison = { set, damage, pool, atOnce: pool.workers * 3, onFiles, isRead };
    await untilDoneOrStuck(compareAll(comparison, manifest), hooks.signal);
  } finally {
    await pool.close();
  }
  hooks.signal.throwIfAborted();
  counter.finish();
  return verdict(checked.files, checked.bytes, manifest.manifestSha256);
}

interface Comparison {
  readonly set: string;
  readonly damage: DamageList;
  readonly pool: WorkerPool;
  readonly atOnce: number;
  readonly onFiles: (files: number) => void;
  /** Of the paths in copied folders, as shown. */
  readonly isRead: (path: string) => boolean;
}

type Pairs = Iterable<MergedPair<WalkItem, Expected>>;

async function compareAll(comparison: Comparison, manifest: FolderManifest): Promise<void> {
  const { pool, set } = comparison;
  const left = [...OWN_FILES, ...manifest.trees.flatMap(({ folder, listing }) => [folder, listing])];
  const items: WalkItem[] = [];
  for await (const item of walkFolder(pool, set, left)) items.push(item);
  const byPath = (item: WalkItem, file: Expected): number => comparePaths(item.path, file.path);
  await compare(comparison, '', oneBatch(mergeSorted(items, manifest.files, byPath)));
  for (const tree of manifest.trees) await compareTree(comparison, tree);
}

async function compareTree(comparison: Comparison, tree: ManifestTree): Promise<void> {
  const { set, damage } = comparison;
  const file = join(set, tree.listing);
  const told = { hash: '' };
  try {
    await compare(comparison, tree.folder, treePairs(comparison, tree, file, told));
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string' || path !== file) throw error;
    damage.add('listing', tree.listing, code === 'ENOENT' ? 'is missing' : `cannot be read (${code})`);
    return;
  }
  if (told.hash !== tree.listingSha256)
    damage.add('listing', tree.listing, 'is not what was written: its hash is not the one in the manifest');
}

/** A folder that is gone counts as an empty one, so that all its files are told as missing. */
async function* treePairs(
  { set, damage, pool }: Comparison,
  tree: ManifestTree,
  file: string,
  told: { hash: string },
): AsyncGenerator<Pairs, void, undefined> {
  const scanned = pool.scan({
    folder: realPath(set, tree.folder),
    mayBeMissing: true,
    exclude: [],
    listings: [{ file, tornEnd: 'keep', complete: true, damage: NO_DAMAGE }],
    toSet: tree.folder,
    judgeListings: true,
  });
  for await (const steps of scanned) {
    const pairs: MergedPair<WalkItem, Expected>[] = [];
    for (const step of steps) {
      if (step.kind === 'listing-hash') told.hash = step.sha256;
      else if (step.kind === 'listing-trouble')
        damage.add('listing', tree.listing, `is damaged: ${step.message}`);
      else if (step.kind === 'pair') pairs.push(pairOf(step));
    }
    yield pairs;
  }
}

function pairOf({ item, earlier }: Extract<ScanStep, { kind: 'pair' }>): MergedPair<WalkItem, Expected> {
  const [version] = earlier?.versions ?? [];
  return {
    ...(item === undefined ? {} : { left: item }),
    ...(earlier === undefined || version === undefined
      ? {}
      : { right: { path: earlier.path, size: version.size, sha256: version.sha256 } }),
  };
}

async function compare(comparison: Comparison, folder: string, batches: AsyncIterable<Pairs>): Promise<void> {
  const { set, damage, pool } = comparison;
  const real = realPath(set, folder);
  const shown = (path: string): string => (folder === '' ? path : `${folder}/${path}`);
  const window = createWindow(comparison.atOnce);
  let batch: Expected[] = [];
  let batchBytes = 0;
  const send = async (): Promise<void> => {
    const files = batch;
    batch = [];
    batchBytes = 0;
    await window.add(async () => {
      const outcomes = await pool.hash(
        real,
        files.map((file) => file.path),
      );
      for (const [index, outcome] of outcomes.entries()) {
        const file = files[index];
        if (file !== undefined) judge(damage, shown(file.path), file, outcome);
      }
      comparison.onFiles(files.length);
    });
  };
  for await (const pairs of batches)
    for (const { left: item, right: file } of pairs) {
      if (file === undefined) {
        if (item !== undefined) judgeUnlisted(damage, shown(item.path), item);
      } else if (item === undefined) {
        if (!file.path.endsWith('/') || !isFolder(realPath(real, file.path)))
          damage.add('missing', shown(file.path), 'is missing');
      } else if (item.kind === 'file' && folder !== '' && !comparison.isRead(shown(file.path))) {
        await compareSize(damage, realPath(real, file.path), shown(file.path), file);
      } else if (item.kind === 'file') {
        batch.push(file);
        batchBytes += file.size;
        if (batch.length >= BATCH_FILES || batchBytes >= BATCH_BYTES) await send();
      } else if (item.kind === 'trouble')
        damage.add('unreadable', shown(file.path), `cannot be read: ${item.message}`);
      else if (item.kind !== 'empty-folder')
        damage.add('changed', shown(file.path), 'is no ordinary file any more');
    }
  if (batch.length > 0) await send();
  await window.drain();
}

function judge(
  damage: DamageList,
  path: string,
  expected: Expected,
  outcome: Awaited<ReturnType<WorkerPool['hash']>>[number],
): void {
  if (outcome.status === 'missing') damage.add('missing', path, 'is missing');
  else if (outcome.status === 'not-a-file') damage.add('changed', path, 'is no ordinary file any more');
  else if (outcome.status === 'unreadable')
    damage.add('unreadable', path, `cannot be read: ${outcome.message}`);
  else if (outcome.size !== expected.size) damage.add('changed', path, sizeText(outcome.size, expected));
  else if (outcome.sha256 !== expected.sha256)
    damage.add('changed', path, 'has another content than when it was written (its hash differs)');
}

/** A file that is not in the sample: cut off or replaced shows nearly always in its size. */
async function compareSize(
  damage: DamageList,
  real: string,
  path: string,
  expected: Expected,
): Promise<void> {
  try {
    const { size } = await lstat(real);
    if (size !== expected.size) damage.add('changed', path, sizeText(size, expected));
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') damage.add('missing', path, 'is missing');
    else damage.add('unreadable', path, `cannot be looked at (${code})`);
  }
}

function sizeText(size: number, expected: Expected): string {
  return `has ${size} bytes, it had ${expected.size} when it was written`;
}

function judgeUnlisted(damage: DamageList, path: string, item: WalkItem): void {
  if (item.kind === 'trouble') damage.add('unreadable', path, `cannot be read: ${item.message}`);
  // A folder without files holds nothing that could be wrong.
  else if (item.kind !== 'empty-folder') damage.add('extra', path, 'does not belong to the set');
}

function isFolder(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

async function* oneBatch(pairs: Pairs): AsyncGenerator<Pairs, void, undefined> {
  yield pairs;
}
