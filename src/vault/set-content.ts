import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareNames } from '../foundation/path-order.ts';
import { readListingBatches, type ListingTrouble } from './listing.ts';
import { LISTING_ENDING, UNFINISHED_ENDING } from './set-names.ts';

/** The copied trees of a set, as its folders show them. */
export interface FoundTrees {
  /** Folders with a listing beside them, relative with `/`, sorted. */
  readonly trees: readonly string[];
  /** Trees whose copying did not come to its end. */
  readonly unfinished: readonly string[];
}

/** Looks for listings; does not look into the trees themselves. */
export async function findTrees(set: string): Promise<FoundTrees> {
  const trees: string[] = [];
  const unfinished: string[] = [];
  async function look(folder: string): Promise<void> {
    const entries = await readdir(join(set, folder), { withFileTypes: true });
    entries.sort((a, b) => compareNames(a.name, b.name));
    const names = new Set(entries.map((entry) => entry.name));
    for (const { name } of entries.filter((entry) => entry.isDirectory())) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (names.has(name + UNFINISHED_ENDING)) unfinished.push(path);
      else if (names.has(name + LISTING_ENDING)) trees.push(path);
      else await look(path);
    }
  }
  await look('');
  return { trees, unfinished };
}

/** What a whole listing adds up to. */
export interface ListingSummary {
  readonly files: number;
  readonly bytes: number;
  readonly bytesAdded: number;
  readonly sha256: string;
}

/** Reads a listing through: sums and the hash of the file. */
export async function summariseListing(
  file: string,
  onTrouble: (trouble: ListingTrouble) => void,
): Promise<ListingSummary> {
  const hash = createHash('sha256');
  let files = 0;
  let bytes = 0;
  let bytesAdded = 0;
  const batches = readListingBatches(file, { onChunk: (chunk) => hash.update(chunk), onTrouble });
  for await (const entries of batches)
    for (const { path, size, added } of entries) {
      if (path.endsWith('/')) continue;
      files += 1;
      bytes += size;
      if (added === true) bytesAdded += size;
    }
  return { files, bytes, bytesAdded, sha256: hash.digest('hex') };
}
