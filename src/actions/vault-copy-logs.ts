import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { copyInput, createTreeCopy } from './copy-trees.ts';
import { logTrees } from './trees.ts';

const input = z.strictObject(copyInput);

/** Copies the log folders of the node: rim nodes keep logs of their own (manual 5.3, p. 189). */
export function createVaultCopyLogs(
  c: Pick<ActionCollaborators, 'vault' | 'site'>,
): Action<z.infer<typeof input>, null> {
  return createTreeCopy(c, {
    name: 'vault.copy-logs',
    input,
    trees: (_input, { node }) => logTrees(c.site, node),
  });
}
