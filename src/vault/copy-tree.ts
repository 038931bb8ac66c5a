import { rm, stat } from 'node:fs/promises';
import { ExpectedError } from '../contract/errors.ts';
import { createListingWriter } from './listing.ts';
import { findExcluded } from './exclusion.ts';
import { exists } from './exists.ts';
import { makeFolder } from './make-folder.ts';
import { createPass, type Pass } from './pass.ts';
import { untilDoneOrStuck } from './patience.ts';
import { renamePatiently } from './rename-patiently.ts';
import { removeExtras, removeEmptied } from './tidy-tree.ts';
import { ATTEMPT_ENDING, LISTING_ENDING, normaliseInSet, realPath, UNFINISHED_ENDING } from './set-names.ts';
import { withStorage } from './storage-error.ts';
import { readKnownDamage } from './known-damage.ts';
import type { EarlierCopies, LinkableTree, TreeCollaborators } from './tree-collaborators.ts';
import type { CopyResult, CopyTreeOptions } from './vault.ts';
import type { CopyJob, ScanStep } from './worker-protocol.ts';

interface TreeFiles {
  readonly folder: string;
  readonly listing: string;
  readonly unfinished: string;
  readonly attempt: string;
}

/**
 * One pass over a source folder: what changed since the earlier pass is copied and hashed, the rest kept or linked,
 * what is gone removed. The listing is renamed into place at the end; an aborted pass leaves the earlier one and its own
 * unfinished one.
 *
 * @throws ExpectedError naming the files (`onTrouble: fail`) or the vault's trouble; the signal's reason
 */
export async function copyTree(
  options: CopyTreeOptions,
  collaborators: TreeCollaborators,
): Promise<CopyResult> {
  const began = collaborators.clock.monotonic();
  const to = normaliseInSet(options.to);
  const folder = realPath(collaborators.set, to);
  const tree: TreeFiles = {
    folder,
    listing: folder + LISTING_ENDING,
    unfinished: folder + UNFINISHED_ENDING,
    attempt: folder + ATTEMPT_ENDING,
  };
  const missing = await sourceMissing(options);
  await withStorage(folder, () => makeFolder(folder));
  const leftovers = await keepAttempt(tree);
  const earlier = await findEarlier(to, tree, collaborators);
  const job: CopyJob = {
    from: options.from,
    to: folder,
    sources: earlier.trees.map((one) => ({ folder: one.folder, trusted: one.trusted })),
    keepChanged: options.onTrouble === 'warn',
    // Elsewhere many may be open for long: files of a site that runs, logs.
    patient: options.onTrouble === 'fail',
  };
  const pass = createPass({
    options,
    collaborators,
    job,
    totals: await collaborators.previousTotals(to),
    writer: await withStorage(tree.unfinished, () => createListingWriter(tree.unfinished)),
  });
  try {
    const steps = pass.pool.scan({
      folder: options.from,
      mayBeMissing: missing,
      exclude: await findExcluded(options, collaborators.vaultRoot),
      leaveOutKept: true,
      listings: earlier.trees.map(({ listing, complete, damage }) => ({
        file: listing,
        tornEnd: 'drop',
        complete,
        damage,
      })),
      toSet: to,
      reuse: job,
      judgeListings: false,
    });
    await untilDoneOrStuck(feed(pass, steps, options), pass.signal);
    await withStorage(folder, async () => {
      if (leftovers) await removeExtras(pass.pool, folder, tree.unfinished);
      await removeEmptied(options.from, folder, pass.emptied());
      await renamePatiently(tree.unfinished, tree.listing);
      await rm(tree.attempt, { force: true });
    });
  } finally {
    await pass.close();
  }
  const result = pass.result(collaborators.clock.monotonic() - began, missing);
  return { ...result, warnings: [...earlier.warnings, ...result.warnings] };
}

async function feed(
  pass: Pass,
  batches: AsyncIterable<readonly ScanStep[]>,
  options: CopyTreeOptions,
): Promise<void> {
  try {
    for await (const steps of batches)
      for (const step of steps) {
        pass.signal.throwIfAborted();
        take(pass, step);
        if (pass.isFull()) await pass.send();
      }
    await pass.finish();
  } catch (error) {
    // Reading the root of the source fails here; what the pass itself met has its words already.
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code === 'string' && !(error instanceof ExpectedError) && !pass.signal.aborted)
      throw new ExpectedError(`${options.from} could not be read: ${(error as Error).message}.`, {
        hint: 'Look whether the folder is still there and whether this account may read it.',
        cause: error,
      });
    pass.signal.throwIfAborted();
    throw error;
  }
}

function take(pass: Pass, step: ScanStep): void {
  if (step.kind === 'reused') pass.reused(step);
  else if (step.kind === 'pair') {
    const { item, earlier } = step;
    if (item === undefined) {
      if (earlier !== undefined) pass.gone(earlier);
    } else if (item.kind === 'file' || item.kind === 'empty-folder') pass.found(item, earlier);
    else pass.odd(item, earlier);
  }
}

/** Whether the source is missing where that is only worth a warning. @throws ExpectedError otherwise. */
async function sourceMissing({ from, onTrouble }: CopyTreeOptions): Promise<boolean> {
  let what: string;
  let cause: unknown;
  try {
    if ((await stat(from)).isDirectory()) return false;
    what = 'is no folder';
  } catch (error) {
    cause = error;
    what = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : (error as Error).message;
  }
  if (onTrouble === 'warn') return true;
  throw new ExpectedError(`The folder to be copied, ${from}, cannot be used: ${what}.`, {
    hint: 'Look at the path in site.yaml, whether the disk or network share is there, and whether this account may read it.',
    cause,
  });
}

/** An attempt at this tree that broke off serves as the earlier listing where there is none; what it copied is known then. */
async function keepAttempt(tree: TreeFiles): Promise<boolean> {
  if (!(await exists(tree.unfinished))) return exists(tree.attempt);
  await renamePatiently(tree.unfinished, tree.attempt);
  return true;
}

/** This tree's own earlier pass; after an attempt that broke off, that one and what other sets have of it. */
async function findEarlier(
  to: string,
  tree: TreeFiles,
  collaborators: TreeCollaborators,
): Promise<EarlierCopies> {
  const { set, sameBoot } = collaborators;
  const ownFrom = async (listing: string): Promise<LinkableTree> => ({
    folder: tree.folder,
    listing,
    trusted: sameBoot,
    complete: false,
    damage: await readKnownDamage(set),
  });
  if (await exists(tree.listing)) return { trees: [await ownFrom(tree.listing)], warnings: [] };
  const others = await collaborators.findEarlier(to);
  if (!(await exists(tree.attempt))) return others;
  return { ...others, trees: [await ownFrom(tree.attempt), ...others.trees] };
}
