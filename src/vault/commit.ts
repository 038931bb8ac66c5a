import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { VerificationError } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import { comparePaths } from '../foundation/path-order.ts';
import { writeDurably } from './durable.ts';
import { flushFilesOneByOne } from './flush.ts';
import { formatManifest, parseManifest } from './manifest.ts';
import { createProgressCounter } from './progress.ts';
import { findTrees, summariseListing } from './set-content.ts';
import { LISTING_ENDING, MANIFEST, OWN_FILES, STATE_FILE, TEMPORARY } from './set-names.ts';
import { listSets } from './sets.ts';
import { withStorage } from './storage-error.ts';
import type { FolderManifest, ManifestFacts, ManifestFile, ManifestTree } from './vault.ts';
import type { VaultParts, WorkHooks } from './vault-parts.ts';
import { walkFolder } from './walk-folder.ts';
import { createWindow } from './window.ts';
import { createWorkerPool, type WorkerPool } from './worker-pool.ts';

const BATCH = 16;

/**
 * Makes the set `id` valid: hashes the files outside trees, makes everything durable, and writes the manifest last.
 *
 * @throws VerificationError when a tree was not copied to its end or the set holds something that is no file;
 * ExpectedError when the vault cannot be written; the signal's reason
 */
export async function commitSet(
  parts: VaultParts,
  id: string,
  createdAt: string,
  facts: ManifestFacts,
  hooks: WorkHooks,
): Promise<FolderManifest> {
  const set = join(parts.root, id);
  await removeTemporaries(set);
  const folders = await treesOf(set);
  const counter = createProgressCounter(parts.clock, hooks.onProgress, { text: 'hashing' });
  const pool = createWorkerPool({
    workers: parts.workers,
    signal: hooks.signal,
    onBytes: (bytes) => counter.add(0, bytes),
  });
  const look = async (): Promise<{ files: ManifestFile[]; trees: ManifestTree[]; added: number }> => {
    const files = await hashPlainFiles(pool, set, folders, (count) => counter.add(count, 0));
    counter.finish();
    const trees: ManifestTree[] = [];
    let added = 0;
    for (const folder of folders) {
      const { bytesAdded, ...tree } = await describeTree(set, folder);
      trees.push(tree);
      added += bytesAdded;
    }
    hooks.onProgress?.({ text: 'flushing' });
    return { files, trees, added };
  };
  try {
    // Nothing is written from here to the manifest: the disk may take in what is there while it is hashed.
    const [{ files, trees, added }, flushed] = await Promise.all([
      look(),
      parts.syncFileSystem(set, hooks.signal),
    ]);
    if (!flushed)
      await flushFilesOneByOne(
        pool,
        set,
        files.map((file) => file.path),
        trees,
      );
    hooks.signal.throwIfAborted();
    const plain = sum(files.map((file) => file.size));
    const own = { schemaVersion: 1, id, sequence: await nextSequence(parts), createdAt } as const;
    const text = formatManifest({
      ...own,
      ...toJson(facts, parts.redact),
      ...own,
      bytes: plain + sum(trees.map((tree) => tree.bytes)),
      bytesNew: plain + added,
      files,
      trees,
    });
    await withStorage(set, () => writeDurably(join(set, MANIFEST), join(set, `${TEMPORARY}manifest`), text));
    await rm(join(set, STATE_FILE), { force: true });
    const parsed = parseManifest(text, id);
    if ('problem' in parsed) throw new Error(`the manifest just written is wrong: ${parsed.problem}`);
    return parsed.manifest;
  } finally {
    await pool.close();
  }
}

async function removeTemporaries(set: string): Promise<void> {
  for (const name of await readdir(set))
    if (name.startsWith(TEMPORARY)) await rm(join(set, name), { force: true });
}

async function treesOf(set: string): Promise<readonly string[]> {
  const { trees, unfinished } = await findTrees(set);
  if (unfinished.length === 0) return trees;
  throw new VerificationError(`The copy of ${unfinished.join(', ')} did not come to its end.`, {
    hint: 'Without it the set is not complete. Copy it again, or start a new backup.',
  });
}

async function hashPlainFiles(
  pool: WorkerPool,
  set: string,
  trees: readonly string[],
  onFiles: (count: number) => void,
): Promise<ManifestFile[]> {
  const left = [...OWN_FILES, ...trees, ...trees.map((tree) => tree + LISTING_ENDING)];
  const files: ManifestFile[] = [];
  const window = createWindow(8);
  let batch: string[] = [];
  const send = (paths: readonly string[]): Promise<void> =>
    window.add(async () => {
      const outcomes = await pool.hash(set, paths);
      for (const [index, outcome] of outcomes.entries()) {
        const path = paths[index] ?? '';
        if (outcome.status !== 'hashed') throw unusable(path, 'cannot be read');
        files.push({ path, size: outcome.size, sha256: outcome.sha256 });
      }
      onFiles(paths.length);
    });
  for await (const { path, kind } of walkFolder(pool, set, left)) {
    if (kind === 'empty-folder') continue;
    if (kind !== 'file') throw unusable(path, 'is no ordinary file');
    batch.push(path);
    if (batch.length < BATCH) continue;
    await send(batch);
    batch = [];
  }
  if (batch.length > 0) await send(batch);
  await window.drain();
  return files.sort((a, b) => comparePaths(a.path, b.path));
}

async function describeTree(set: string, folder: string): Promise<ManifestTree & { bytesAdded: number }> {
  const listing = folder + LISTING_ENDING;
  const { files, bytes, bytesAdded, sha256 } = await summariseListing(join(set, listing), ({ message }) => {
    throw unusable(listing, `is damaged: ${message}`);
  });
  return { folder, listing, files, bytes, listingSha256: sha256, bytesAdded };
}

async function nextSequence({ root, sequenceElsewhere }: VaultParts): Promise<number> {
  const sets = await listSets(root);
  return Math.max((await sequenceElsewhere?.()) ?? 0, ...sets.map((set) => set.sequence ?? 0)) + 1;
}

/**
 * Secrets can stand only in what programs said, which is in the warnings. Names stay as they are: whoever restores needs
 * them, also when the password is the same word (user `postgres`, password `postgres`).
 */
function toJson(facts: ManifestFacts, redact: (text: string) => string): JsonObject {
  return JSON.parse(JSON.stringify({ ...facts, warnings: facts.warnings.map(redact) })) as JsonObject;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function unusable(path: string, why: string): VerificationError {
  return new VerificationError(`The backup set cannot be completed: ${path} in it ${why}.`, {
    hint: 'Look at that path, then start a new backup.',
  });
}
