import type { ReadableNode } from '../contract/node.ts';
import { factOf } from './failure.ts';
import { textIfThere } from './kept-copies.ts';

/**
 * A file of the database server under its path here, when it has what the server reads: another machine may have one of the same
 * path.
 */
export async function reachedFile(
  { file, text }: { readonly file: string; readonly text: string },
  node: Pick<ReadableNode, 'reach'>,
): Promise<string | undefined> {
  const path = node.reach(file);
  try {
    return (await textIfThere(path)) === text ? path : undefined;
  } catch (error) {
    factOf(error);
    return undefined;
  }
}
