import { killTreeNow, type Tree } from './end-tree.ts';

const live = new Set<Tree>();
let watching = false;

/**
 * Remembers a running child, so that it does not outlive this process when that ends by itself. Gives the function
 * that forgets it. After a `kill -9` of this process the child lives on: the journal has its identity.
 */
export function trackChild(tree: Tree): () => void {
  live.add(tree);
  if (!watching) {
    watching = true;
    process.on('exit', () => {
      for (const child of live) killTreeNow(child);
    });
  }
  return () => live.delete(tree);
}
