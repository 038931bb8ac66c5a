import { lstat } from 'node:fs/promises';
import { messageOf } from '../contract/errors.ts';
import { noteDamage } from './known-damage.ts';
import { realPath } from './set-names.ts';
import { listSets } from './sets.ts';
import type { SetSummary } from './vault.ts';

/** What became of the damage that was found in one set. */
export interface SpreadDamage {
  /** Identifiers of the other complete sets that have the same file, by its path in the set. */
  readonly sharedWith: ReadonlyMap<string, readonly string[]>;
  readonly warnings: readonly string[];
}

/**
 * Notes damaged files of the set `id`, and of every other set in which they are the same file, so that no later set links
 * to them. A vault that cannot be written to is a warning: what was found is true all the same.
 *
 * @param files paths in the set, with `/`
 */
export async function spreadDamage(
  root: string,
  id: string,
  files: readonly string[],
): Promise<SpreadDamage> {
  const sharedWith = new Map<string, readonly string[]>();
  if (files.length === 0) return { sharedWith, warnings: [] };
  const sets = (await listSets(root)).filter((set) => set.state !== 'deleting');
  const own = sets.find((set) => set.id === id);
  if (own === undefined) return { sharedWith, warnings: [] };
  const others = sets.filter((set) => set !== own);
  const noted = new Map<SetSummary, string[]>([[own, [...files]]]);
  for (const path of files) {
    const holders = await holdersOf(path, own, others);
    for (const set of holders) {
      const paths = noted.get(set);
      if (paths === undefined) noted.set(set, [path]);
      else paths.push(path);
    }
    const complete = holders.filter((set) => set.state === 'complete').map((set) => set.id);
    if (complete.length > 0) sharedWith.set(path, complete);
  }
  const warnings: string[] = [];
  for (const [set, paths] of noted) {
    try {
      await noteDamage(set.path, paths);
    } catch (error) {
      warnings.push(
        `It could not be noted in ${set.path} which files are damaged: ${messageOf(error)}. The next backup may link to them.`,
      );
    }
  }
  return { sharedWith, warnings };
}

/** Those in which `path` is the same file, through a hard link. */
async function holdersOf(
  path: string,
  own: SetSummary,
  others: readonly SetSummary[],
): Promise<SetSummary[]> {
  const file = await identityOf(realPath(own.path, path));
  if (file === undefined || file.links < 2n) return [];
  const found = await Promise.all(
    others.map(async (set) => (await identityOf(realPath(set.path, path)))?.id === file.id),
  );
  return others.filter((_, index) => found[index] === true);
}

async function identityOf(file: string): Promise<{ id: string; links: bigint } | undefined> {
  try {
    const { dev, ino, nlink } = await lstat(file, { bigint: true });
    return { id: `${dev}:${ino}`, links: nlink };
  } catch {
    // Not there, or not to be looked at: then nothing can be said of its links.
    return undefined;
  }
}
