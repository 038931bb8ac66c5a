import fs from 'node:fs/promises';
import path from 'node:path';
import type { ReadableNode } from '../contract/node.ts';

/** The cache has a folder for each package, with the file in it or one below. */
const DEEPEST = 3;

/**
 * Files of a name in the package cache of a node, newest first, as the node sees them. Without the cache there are none; what
 * is closed to this account throws.
 */
export async function findPackages(
  node: Pick<ReadableNode, 'reach'>,
  cache: string,
  name: string,
): Promise<string[]> {
  // A path of Windows stays one, whatever machine this is.
  const paths = /^[a-z]:/i.test(cache) ? path.win32 : path;
  const found: { readonly file: string; readonly changed: number }[] = [];

  async function walk(folder: string, depth: number): Promise<void> {
    for (const entry of await entriesOf(node.reach(folder))) {
      const place = paths.join(folder, entry.name);
      if (entry.isDirectory() && depth < DEEPEST) await walk(place, depth + 1);
      else if (entry.isFile() && entry.name.toLowerCase() === name.toLowerCase())
        found.push({ file: place, changed: (await fs.stat(node.reach(place))).mtimeMs });
    }
  }

  await walk(cache, 0);
  return found.sort((a, b) => b.changed - a.changed).map(({ file }) => file);
}

async function entriesOf(folder: string) {
  try {
    return await fs.readdir(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
