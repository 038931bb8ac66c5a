import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { copyInput, createTreeCopy } from './copy-trees.ts';

const input = z.strictObject({
  ...copyInput,
  /** Folder on the node. */
  from: z.string().min(1),
  /** Folder in the set, with `/`. */
  to: z.string().min(1),
  /** Relative paths left out, with `/`. */
  exclude: z.array(z.string()).default([]),
});

/** Copies one folder of a node into the open set; for users' own runbooks and hooks. */
export function createVaultCopyTree(
  c: Pick<ActionCollaborators, 'vault'>,
): Action<z.infer<typeof input>, null> {
  return createTreeCopy(c, {
    name: 'vault.copy-tree',
    input,
    trees: ({ from, to, exclude }, { node }) => [{ from: node.reach(from), to, exclude }],
  });
}
