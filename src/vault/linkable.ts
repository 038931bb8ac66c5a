import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { bootIdentity, isSameBoot } from './boot.ts';
import { ATTEMPT_ENDING, LISTING_ENDING, MANIFEST, realPath, UNFINISHED_ENDING } from './set-names.ts';
import { readSetState, type LinkSource } from './set-state.ts';
import type { LinkableTree } from './tree-collaborators.ts';
import type { SetSummary } from './vault.ts';

/** The incomplete sets of `run`: what it copied before it was stopped is linked into its new set. */
export async function incompleteSetsOf(run: string, sets: readonly SetSummary[]): Promise<LinkSource[]> {
  const sources: LinkSource[] = [];
  for (const { id, path, state, run: owner } of sets) {
    if (state !== 'incomplete' || owner !== run) continue;
    const boot = (await readSetState(path))?.boot ?? '';
    sources.push({ set: id, trusted: isSameBoot(boot, bootIdentity()) });
  }
  return sources;
}

/** Among other sets the copy of the tree `to` that knows most files: the one with the largest listing. */
export async function largestListing(
  root: string,
  to: string,
  sources: readonly LinkSource[],
): Promise<LinkableTree | undefined> {
  let best: LinkableTree | undefined;
  let bestSize = 0;
  for (const { set, trusted } of sources) {
    const folder = realPath(join(root, set), to);
    for (const ending of [LISTING_ENDING, ATTEMPT_ENDING, UNFINISHED_ENDING]) {
      const listing = folder + ending;
      const size = await sizeOf(listing);
      if (size === undefined || size <= bestSize) continue;
      const complete = (await sizeOf(join(root, set, MANIFEST))) !== undefined;
      bestSize = size;
      best = { folder, listing, trusted, complete };
    }
  }
  return best;
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
