import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { copyInput, createTreeCopy } from './copy-trees.ts';
import { shareTrees } from './trees.ts';

const input = z.strictObject(copyInput);

/** Copies the file share (manual 5.6 step 3, p. 209): its root, and the folders of it that lie elsewhere. */
export function createVaultCopyShare(
  c: Pick<ActionCollaborators, 'vault' | 'site'>,
): Action<z.infer<typeof input>, null> {
  return createTreeCopy(c, { name: 'vault.copy-share', input, trees: () => shareTrees(c.site.share) });
}
