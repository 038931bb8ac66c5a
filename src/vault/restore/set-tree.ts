import nodeFs from 'node:fs';
import { VerificationError } from '../../contract/errors.ts';
import { LISTING_ENDING, realPath } from '../set-names.ts';
import type { ManifestTree } from '../vault.ts';
import { checkListing } from './check-listing.ts';
import { whyNotNamed } from './listed-paths.ts';
import { createRealFolders, NoFolderError } from './real-folders.ts';

/**
 * Looks at a tree of a set before it is used: its folder, and its listing from beginning to end. Gives the path of the
 * listing. `windows`: it is to be restored to a Windows machine.
 *
 * @throws VerificationError when something is wrong, or leads out of the set; the signal's reason
 */
export async function openSetTree(
  set: string,
  tree: ManifestTree,
  windows: boolean,
  signal: AbortSignal,
): Promise<string> {
  const { folder, listing } = tree;
  const reason = folder
    .split('/')
    .map((name) => whyNotNamed(name, windows))
    .find((one) => one !== undefined);
  if (reason !== undefined || listing !== folder + LISTING_ENDING)
    throw new VerificationError(
      `The manifest of the set names a folder that cannot be in it: ${JSON.stringify(folder)} ${reason ?? `with the list ${JSON.stringify(listing)}`}.`,
      { hint: 'The set was changed by hand. Nothing was restored; use another set.' },
    );
  try {
    createRealFolders(nodeFs, set).check(folder);
  } catch (error) {
    if (!(error instanceof NoFolderError)) throw error;
    throw new VerificationError(`${error.path} of the set cannot be restored: ${error.message}.`, {
      hint: 'The set is damaged. Nothing was restored from it; use another set.',
      cause: error,
    });
  }
  const file = realPath(set, listing);
  await checkListing(file, tree, windows, signal);
  return file;
}
