import { z } from 'zod';
import type { Action, CheckResult } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import { createCheck } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf } from './failure.ts';

/**
 * Whether state folder and vault are closed to others: who can write there can make a run do anything, who can read
 * there has the site's database and keys.
 */
export function createCheckPrivate(
  c: Pick<ActionCollaborators, 'stateFolder' | 'vault' | 'rights'>,
): Action<Record<string, never>, null> {
  const folders = [c.stateFolder, c.vault.root];
  return createCheck({
    name: 'check.private',
    input: z.strictObject({}),
    whilePlanning: false,
    operations: () => folders.map(checkOperation),
    async probe(_input, _context, look) {
      const checks: CheckResult[] = [];
      for (const folder of folders) checks.push(await look(checkOperation(folder), () => judge(folder, c.rights)));
      return { checks };
    },
  });
}

function checkOperation(folder: string): FileOperation {
  return { kind: 'file', verb: 'check', path: folder, effect: 'read' };
}

async function judge(folder: string, rights: ActionCollaborators['rights']): Promise<CheckResult> {
  const id = 'folder-private';
  const hint = 'Leave rights to administrators, SYSTEM and the account of the task only (0700 on Linux).';
  try {
    const found = await rights(folder);
    if (found === undefined) return { id, status: 'ok', message: `${folder} is not there yet; it is made private.` };
    if (found.othersCanWrite) return { id, status: 'failed', message: `Others can write to ${folder}.`, hint };
    if (found.othersCanRead) return { id, status: 'warning', message: `Others can read ${folder}.`, hint };
    return { id, status: 'ok', message: `${folder} is private.` };
  } catch (error) {
    return { id, status: 'failed', message: `The rights on ${folder} cannot be read: ${factOf(error)}`, hint };
  }
}
