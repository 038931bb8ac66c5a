import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { ExpectedError } from '../contract/errors.ts';
import { bootIdentity, isSameBoot } from './boot.ts';
import { fileSize } from './file-size.ts';
import { readKnownDamage } from './known-damage.ts';
import type { ProgressTotals } from './progress.ts';
import { ATTEMPT_ENDING, LISTING_ENDING, realPath, UNFINISHED_ENDING } from './set-names.ts';
import { readSetState, type LinkSource } from './set-state.ts';
import { readManifest } from './sets.ts';
import type { EarlierCopies, LinkableTree } from './tree-collaborators.ts';
import type { FolderManifest, ManifestTree, SetSummary } from './vault.ts';

/** Complete sets that are looked at for a tree: one that lacks it, or is damaged, is passed over for the next older one. */
const COMPLETE_SOURCES = 5;

/**
 * The sets a new set of `run` links from: its own incomplete ones (what it copied before it was stopped), then the newest
 * complete ones, by their sequence number.
 */
export async function linkSources(
  root: string,
  run: string,
  sets: readonly SetSummary[],
): Promise<{ sources: LinkSource[]; warnings: string[] }> {
  const sources: LinkSource[] = [];
  const warnings: string[] = [];
  for (const { id, path, state, run: owner } of sets) {
    if (state !== 'incomplete' || owner !== run) continue;
    const boot = (await readSetState(path))?.boot ?? '';
    sources.push({ set: id, trusted: isSameBoot(boot, bootIdentity()) });
  }
  const newestFirst = sets
    .filter((set) => set.state === 'complete')
    .sort((a, b) => (b.sequence ?? 0) - (a.sequence ?? 0));
  let complete = 0;
  for (const { id } of newestFirst) {
    if (complete >= COMPLETE_SOURCES) break;
    if ((await soundManifest(root, id)) === undefined) {
      if (complete === 0)
        warnings.push(passedOver(id, 'its manifest says something else than when it was written'));
    } else {
      sources.push({ set: id, trusted: true });
      complete += 1;
    }
  }
  return { sources, warnings };
}

/**
 * The copies of the tree `to` in other sets, at most two: of the incomplete sets the one with the largest listing, then
 * that of the newest complete set whose listing is as it was written.
 */
export async function earlierCopies(
  root: string,
  to: string,
  sources: readonly LinkSource[],
): Promise<EarlierCopies> {
  const warnings: string[] = [];
  let attempt: (LinkableTree & { size: number }) | undefined;
  for (const { set, trusted } of sources) {
    const folder = realPath(join(root, set), to);
    const tree = await treeOf(root, set, to);
    if (tree === 'incomplete') {
      for (const ending of [LISTING_ENDING, ATTEMPT_ENDING, UNFINISHED_ENDING]) {
        const listing = folder + ending;
        const size = (await fileSize(listing)) ?? 0;
        if (size <= (attempt?.size ?? 0)) continue;
        const damage = await readKnownDamage(join(root, set));
        attempt = { folder, listing, trusted, complete: false, damage, size };
      }
    } else if (tree !== undefined && tree.files > 0) {
      const listing = folder + LISTING_ENDING;
      const found = await hashOf(listing);
      if (found === tree.listingSha256) {
        const damage = await readKnownDamage(join(root, set));
        const complete: LinkableTree = { folder, listing, trusted, complete: true, damage };
        return { trees: attempt === undefined ? [complete] : [attempt, complete], warnings };
      }
      if (found !== undefined)
        warnings.push(passedOver(set, `${tree.listing} in it is not what was written`));
    }
  }
  return { trees: attempt === undefined ? [] : [attempt], warnings };
}

/** How large the tree `to` was in the newest complete set that has it; empty when it is in none. */
export async function previousTotals(
  root: string,
  to: string,
  sources: readonly LinkSource[],
): Promise<ProgressTotals> {
  for (const { set } of sources) {
    const tree = await treeOf(root, set, to);
    if (typeof tree === 'object' && tree.files > 0) return { filesTotal: tree.files, bytesTotal: tree.bytes };
  }
  return {};
}

/** The tree as its set's manifest tells it; undefined when it is not in it, or the set is gone or damaged by now. */
async function treeOf(
  root: string,
  set: string,
  to: string,
): Promise<ManifestTree | 'incomplete' | undefined> {
  const manifest = await soundManifest(root, set);
  if (manifest !== undefined) return manifest.trees.find(({ folder }) => folder === to);
  return (await readSetState(join(root, set))) === undefined ? undefined : 'incomplete';
}

async function soundManifest(root: string, set: string): Promise<FolderManifest | undefined> {
  try {
    const parsed = await readManifest(root, set);
    return 'manifest' in parsed && parsed.intact ? parsed.manifest : undefined;
  } catch (error) {
    // Not complete, removed meanwhile, or not to be read: then it is no source of links, and all is copied.
    if (error instanceof ExpectedError || typeof (error as NodeJS.ErrnoException).code === 'string')
      return undefined;
    throw error;
  }
}

/** Undefined when there is no such file, or it cannot be read. */
async function hashOf(file: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 }))
      hash.update(chunk as Buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return hash.digest('hex');
}

function passedOver(set: string, why: string): string {
  return `Nothing is linked from backup set ${set}: ${why}. Look at it with: sense-runbook backups verify ${set}`;
}
