import { mergeSorted } from '../foundation/merge.ts';
import { comparePaths } from '../foundation/path-order.ts';
import { isKnownDamage } from './known-damage.ts';
import { readListingSync, type ReadListingOptions } from './listing.ts';
import type { EarlierFile, ScannedListing } from './worker-protocol.ts';

/** What earlier copies of a tree say of one path. */
export interface Earlier {
  /** Relative with `/`; of an empty folder it ends with `/`. */
  readonly path: string;
  /** Those that may be used, the best first; empty when all of them are known to be damaged. */
  readonly versions: readonly EarlierFile[];
  /** The first tree has it: it lies, or lay, there. */
  readonly inFirst: boolean;
}

/** How the listings are read; `index`: of the listing. */
export type ReadEarlierOptions = (
  index: number,
) => Pick<ReadListingOptions, 'onChunk' | 'onTrouble'> & { readonly withLines?: boolean };

/** The listings of several copies of one tree as one sorted stream. `toSet`: its folder in the set. */
export function* readEarlier(
  listings: readonly ScannedListing[],
  toSet: string,
  options: ReadEarlierOptions = () => ({}),
): Generator<Earlier, void, undefined> {
  const [first, ...rest] = listings.map((listing, index) => readOne(listing, index, toSet, options(index)));
  if (first !== undefined) yield* rest.reduce(joined, first);
}

function* readOne(
  { file, tornEnd, complete, damage }: ScannedListing,
  source: number,
  toSet: string,
  options: ReturnType<ReadEarlierOptions>,
): Generator<Earlier, void, undefined> {
  for (const { entry, line } of readListingSync(file, { ...options, tornEnd })) {
    const { path, size, mtimeNs, sha256, readOnly } = entry;
    const added = entry.added === true && !complete;
    const version: EarlierFile = {
      ...{ source, size, mtimeNs, sha256, added },
      ...(readOnly === true && { readOnly }),
    };
    const versions = isKnownDamage(damage, `${toSet}/${path}`)
      ? []
      : // The same words again: the line need not be made anew.
        [options.withLines !== false && added === (entry.added === true) ? { ...version, line } : version];
    yield { path, versions, inFirst: source === 0 };
  }
}

function* joined(better: Iterable<Earlier>, worse: Iterable<Earlier>): Generator<Earlier, void, undefined> {
  for (const { left, right } of mergeSorted(better, worse, byPath)) {
    if (left !== undefined && right !== undefined)
      yield { ...left, versions: [...left.versions, ...right.versions] };
    else if (left !== undefined) yield left;
    else if (right !== undefined) yield right;
  }
}

function byPath(one: Earlier, other: Earlier): number {
  return comparePaths(one.path, other.path);
}
