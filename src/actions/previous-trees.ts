import { ExpectedError } from '../contract/errors.ts';
import { formatBytes, formatCount } from '../foundation/human.ts';
import type { Vault } from '../vault/vault.ts';

/** What the copied folders of a set add up to. Bytes are logical sizes. */
export interface TreeSizes {
  readonly files: number;
  readonly bytes: number;
}

/** How large these folders of the newest complete set are, `to` as in the set; undefined when none of them is known. */
export async function previousTrees(
  vault: Pick<Vault, 'latest' | 'read'>,
  folders: readonly string[],
): Promise<TreeSizes | undefined> {
  const latest = await vault.latest();
  const trees = latest === undefined ? undefined : await treesOfSet(vault, latest.id);
  const known = folders.flatMap((folder) => trees?.get(folder) ?? []);
  if (known.length === 0) return undefined;
  return known.reduce((sum, tree) => ({ files: sum.files + tree.files, bytes: sum.bytes + tree.bytes }));
}

/** Every copied folder of a complete set, as in the set, with its size; undefined when its manifest cannot be read. */
export async function treesOfSet(
  vault: Pick<Vault, 'read'>,
  id: string,
): Promise<ReadonlyMap<string, TreeSizes> | undefined> {
  let trees: unknown;
  try {
    trees = (await vault.read(id))['trees'];
  } catch (error) {
    // A plan can do without; what is wrong with the set is told where it matters.
    if (error instanceof ExpectedError) return undefined;
    throw error;
  }
  const known = (Array.isArray(trees) ? (trees as readonly unknown[]) : []).flatMap((tree) => {
    const { folder, files, bytes } = tree as { folder?: unknown; files?: unknown; bytes?: unknown };
    const told = typeof folder === 'string' && typeof files === 'number' && typeof bytes === 'number';
    return told ? [[folder, { files, bytes }] as const] : [];
  });
  return new Map(known);
}

/** The sizes as a note of a plan. */
export function sizesNote({ files, bytes }: TreeSizes): string {
  return `In the last set: ${formatCount(files, 'file')}, ${formatBytes(bytes)}. Those that did not change are linked, not copied.`;
}
