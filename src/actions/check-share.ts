import fs from 'node:fs/promises';
import * as z from 'zod';
import type { Action, CheckResult } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import { TOPOLOGY_STATEMENTS } from '../postgres/topology.ts';
import { createCheck } from './check-action.ts';
import { readTopology } from './check-topology.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { repositoryName } from './database-names.ts';
import { reasonOf } from '../foundation/system-reason.ts';
import { factOf } from './failure.ts';
import { compareShare } from './share-paths.ts';
import { sqlLook } from './sql-operation.ts';
import { shareTrees } from './trees.ts';

/** Whether the folders of the file share are there, can be read, and are those that the site's database names. */
export function createCheckShare(
  c: Pick<ActionCollaborators, 'site' | 'database'>,
): Action<Record<string, never>, null> {
  const folders = shareTrees(c.site.share).map((tree) => tree.from);
  const repository = repositoryName(c.site.database.names);
  const read = sqlLook(repository, [TOPOLOGY_STATEMENTS.persistence], {
    note: 'the columns of these that the release has; the nodes are read along',
  });
  return createCheck({
    name: 'check.share',
    input: z.strictObject({}),
    whilePlanning: true,
    operations: () => [...folders.map(checkOperation), read],
    async probe(_input, _context, look) {
      const checks: CheckResult[] = [];
      for (const folder of folders)
        checks.push(await look(checkOperation(folder), () => checkFolder(folder)));
      try {
        const { sharedPersistence } = await look(read, () => readTopology(c, repository));
        checks.push(...(await compareShare(c.site.share, sharedPersistence ?? {})));
      } catch (error) {
        // That the database does not answer is told by check.database and check.topology.
        factOf(error);
      }
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
    factOf(error);
    return {
      id,
      status: 'failed',
      message: `The file share ${folder} cannot be read: ${reasonOf(error)}`,
      hint: 'Check share in site.yaml, and that the account of this run may read the share. A mapped drive letter is not there in a scheduled task: use the \\\\server\\share path.',
    };
  }
}
