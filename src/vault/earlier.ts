import { mergeBatches } from '../foundation/merge.ts';
import { comparePaths } from '../foundation/path-order.ts';
import { readListingBatches } from './listing.ts';
import type { LinkableTree } from './tree-collaborators.ts';
import type { EarlierFile } from './worker-protocol.ts';

/** What earlier copies of a tree say of one path. */
export interface Earlier {
  /** Relative with `/`; of an empty folder it ends with `/`. */
  readonly path: string;
  /** Those that may be used, the best first; empty when all of them are known to be damaged. */
  readonly versions: readonly EarlierFile[];
  /** The first tree has it: it lies, or lay, there. */
  readonly inFirst: boolean;
}

/** The listings of several copies of one tree as one sorted stream, in batches. `toSet`: its folder in the set. */
export async function* readEarlier(
  trees: readonly LinkableTree[],
  toSet: string,
): AsyncGenerator<Earlier[], void, undefined> {
  const [first, ...rest] = trees.map((tree, index) => readOne(tree, index, toSet));
  if (first === undefined) return;
  yield* rest.reduce(joined, first);
}

async function* readOne(
  { listing, complete, damage }: LinkableTree,
  source: number,
  toSet: string,
): AsyncGenerator<Earlier[], void, undefined> {
  for await (const entries of readListingBatches(listing, { tornEnd: 'drop' }))
    yield entries.map(({ path, size, mtimeNs, sha256, added }) => {
      const version: EarlierFile = { source, size, mtimeNs, sha256, added: added === true && !complete };
      const versions = damage.has(`${toSet}/${path}`) ? [] : [version];
      return { path, versions, inFirst: source === 0 };
    });
}

async function* joined(
  better: AsyncIterable<readonly Earlier[]>,
  worse: AsyncIterable<readonly Earlier[]>,
): AsyncGenerator<Earlier[], void, undefined> {
  for await (const pairs of mergeBatches(better, worse, byPath))
    yield pairs.flatMap(({ left, right }) => {
      if (left === undefined || right === undefined) return left ?? right ?? [];
      return { ...left, versions: [...left.versions, ...right.versions] };
    });
}

function byPath(one: Earlier, other: Earlier): number {
  return comparePaths(one.path, other.path);
}
