import fs from 'node:fs/promises';
import * as z from 'zod';
import type { Action, CheckResult } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import { createCheck } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf } from './failure.ts';
import { shareTrees } from './trees.ts';

/** Whether the folders of the file share are there and can be read. */
export function createCheckShare(c: Pick<ActionCollaborators, 'site'>): Action<Record<string, never>, null> {
  const folders = shareTrees(c.site.share).map((tree) => tree.from);
  return createCheck({
    name: 'check.share',
    input: z.strictObject({}),
    whilePlanning: true,
    operations: () => folders.map(checkOperation),
    async probe(_input, _context, look) {
      const checks: CheckResult[] = [];
      for (const folder of folders)
        checks.push(await look(checkOperation(folder), () => checkFolder(folder)));
      return { checks, observed: { folders } };
    },
  });
}

function checkOperation(folder: string): FileOperation {
  return { kind: 'file', verb: 'check', path: folder, effect: 'read' };
}

async function checkFolder(folder: string): Promise<CheckResult> {
  const id = 'share-readable';
  try {
    const handle = await fs.opendir(folder);
    const first = await handle.read();
    await handle.close();
    if (first !== null) return { id, status: 'ok', message: `${folder} can be read.` };
    return {
      id,
      status: 'warning',
      message: `${folder} is empty.`,
      hint: 'Is the share mounted? Check share.root in site.yaml against the service cluster settings in the QMC.',
    };
  } catch (error) {
    return {
      id,
      status: 'failed',
      message: `The file share ${folder} cannot be read: ${factOf(error)}`,
      hint: 'Check share in site.yaml, and that the account of this run may read the share. A mapped drive letter is not there in a scheduled task: use the \\\\server\\share path.',
    };
  }
}
