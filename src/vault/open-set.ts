import { dirname, join } from 'node:path';
import { UsageError } from '../contract/errors.ts';
import { bootIdentity, isSameBoot } from './boot.ts';
import { copyTree } from './copy-tree.ts';
import { exists } from './exists.ts';
import { earlierCopies, previousTotals } from './linkable.ts';
import { makeFolder } from './make-folder.ts';
import { LISTING_ENDING, normaliseInSet, realPath, UNFINISHED_ENDING } from './set-names.ts';
import type { SetState } from './set-state.ts';
import { withStorage } from './storage-error.ts';
import type { OpenSet } from './vault.ts';
import type { VaultParts } from './vault-parts.ts';

/** A set that is being written, for one step of its run. `vaultRoot` is left out of every tree it lies in. */
export function createOpenSet(
  parts: VaultParts,
  vaultRoot: string,
  id: string,
  state: SetState,
  warnings: readonly string[] = [],
): OpenSet {
  const set = join(parts.root, id);
  return {
    id,
    path: set,
    warnings,
    async pathFor(relative) {
      const path = realPath(set, normaliseInSet(relative));
      await withStorage(path, () => makeFolder(dirname(path)));
      return path;
    },
    async copyTree(options) {
      await assertNoTreeAbove(set, normaliseInSet(options.to));
      return copyTree(options, {
        set,
        vaultRoot,
        workers: parts.workers,
        clock: parts.clock,
        sameBoot: isSameBoot(state.boot, bootIdentity()),
        findEarlier: (to) => earlierCopies(parts.root, to, state.linkless === true ? [] : state.linkFrom),
        previousTotals: (to) => previousTotals(parts.root, to, state.linkFrom),
      });
    },
  };
}

/** A tree in a tree would be listed twice. */
async function assertNoTreeAbove(set: string, to: string): Promise<void> {
  const parts = to.split('/');
  for (let length = 1; length < parts.length; length += 1) {
    const above = parts.slice(0, length).join('/');
    for (const ending of [LISTING_ENDING, UNFINISHED_ENDING])
      if (await exists(realPath(set, above + ending)))
        throw new UsageError(
          `${to} cannot be copied into the set: it lies in ${above}, which is a copied folder itself.`,
        );
  }
}
