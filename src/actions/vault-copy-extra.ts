import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { copyInput, createTreeCopy } from './copy-trees.ts';
import { extraTree } from './trees.ts';

const input = z.strictObject(copyInput);

/** Copies the further folders the site file names, such as QVD files (manual 5.6 step 4, p. 209). */
export function createVaultCopyExtra(
  c: Pick<ActionCollaborators, 'vault' | 'site'>,
): Action<z.infer<typeof input>, null> {
  return createTreeCopy(c, {
    name: 'vault.copy-extra',
    input,
    trees: (_input, { nodes }) => c.site.extra.map((extra) => extraTree(extra, nodes)),
  });
}
