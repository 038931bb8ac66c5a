import fs from 'node:fs/promises';
import path from 'node:path';
import type { ReadableNode } from '../contract/node.ts';
import { excludedPaths, isExcluded } from '../vault/exclusion.ts';
import { isOwnName } from '../vault/restore/own-names.ts';
import type { SetSummary } from '../vault/vault.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf } from './failure.ts';
import { treesOfSet } from './previous-trees.ts';
import { extraTree, logTrees, shareTrees, type Tree } from './trees.ts';

/** What one set may need more than the last one needed. */
const GROWTH = 1.2;

/** How much room a set needs. */
export interface NeededRoom {
  readonly bytes: number;
  /** What that is taken from; a few plain words. */
  readonly against: string;
}

/**
 * Room for the next set: what the last one added, and in full the folders that it does not have; without one, databases
 * (`databases`: their bytes) and every folder. Folders are counted file by file only then.
 */
export async function neededRoom(
  c: Pick<ActionCollaborators, 'site' | 'vault'>,
  databases: number,
  { nodes, signal }: { readonly nodes: readonly ReadableNode[]; readonly signal: AbortSignal },
): Promise<NeededRoom> {
  const latest = await c.vault.latest();
  const share = shareTrees(c.site.share);
  const others = [
    ...c.site.extra.map((extra) => extraTree(extra, nodes)),
    ...nodes.flatMap((node) => logTrees(c.site, node)),
  ];
  if (latest === undefined) {
    const bytes = (await sizeOfAll(share, signal)) + (await sizeOfReadable(others, signal));
    return { bytes: databases + bytes, against: 'databases and folders' };
  }
  // Dumps are new in every set; of a folder only what changed is.
  const added = Math.ceil(Math.max(latest.bytesNew ?? 0, databases) * GROWTH);
  const unknown = await lackedBy(c, latest, [...share, ...others]);
  const bytes = added + (await sizeOfReadable(unknown, signal));
  const lacked = unknown.map(({ to }) => to).join(', ');
  return { bytes, against: `set ${latest.id}${lacked === '' ? '' : `, which has no ${lacked}`}` };
}

async function lackedBy(
  c: Pick<ActionCollaborators, 'vault'>,
  { id }: Pick<SetSummary, 'id'>,
  trees: readonly Tree[],
): Promise<Tree[]> {
  const known = await treesOfSet(c.vault, id);
  return known === undefined ? [] : trees.filter(({ to }) => !known.has(to));
}

async function sizeOfAll(trees: readonly Tree[], signal: AbortSignal): Promise<number> {
  let bytes = 0;
  for (const tree of trees) bytes += await sizeOfTree(tree, signal);
  return bytes;
}

/** One that cannot be read counts for nothing: a backup goes on without it. */
async function sizeOfReadable(trees: readonly Tree[], signal: AbortSignal): Promise<number> {
  let bytes = 0;
  for (const tree of trees)
    try {
      bytes += await sizeOfTree(tree, signal);
    } catch (error) {
      signal.throwIfAborted();
      factOf(error);
    }
  return bytes;
}

/** One folder at a time is open. */
async function sizeOfTree({ from, exclude }: Tree, signal: AbortSignal): Promise<number> {
  const excluded = excludedPaths(exclude);
  let bytes = 0;
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    signal.throwIfAborted();
    for await (const entry of await fs.opendir(path.join(from, folder))) {
      const relative = folder === '' ? entry.name : `${folder}/${entry.name}`;
      // No backup copies what restores keep there.
      if (isOwnName(entry.name) || isExcluded(excluded, relative)) continue;
      if (entry.isDirectory()) folders.push(relative);
      else if (entry.isFile()) bytes += await sizeOf(path.join(from, relative));
    }
  }
  return bytes;
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await fs.stat(file)).size;
  } catch (error) {
    // The site is live: a file may go while we count.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
}
