import * as z from 'zod';
import type { Action, CheckResult } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import { accountsText } from '../platform/folder-rights.ts';
import { createCheck } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf } from './failure.ts';

/**
 * Whether the state folder is closed to others: who can write there decides what a run does, and the secrets lie there.
 * The vault's own check looks at the vault's rights.
 */
export function createCheckPrivate(
  c: Pick<ActionCollaborators, 'stateFolder' | 'rights'>,
): Action<Record<string, never>, null> {
  const look: FileOperation = { kind: 'file', verb: 'check', path: c.stateFolder, effect: 'read' };
  return createCheck({
    name: 'check.private',
    input: z.strictObject({}),
    whilePlanning: false,
    operations: () => [look],
    async probe(_input, _context, perform) {
      return { checks: [await perform(look, () => judge(c.stateFolder, c.rights))] };
    },
  });
}

async function judge(folder: string, rights: ActionCollaborators['rights']): Promise<CheckResult> {
  const id = 'folder-private';
  try {
    const found = await rights(folder);
    if (found === undefined)
      return { id, status: 'ok', message: `${folder} is not there yet; it is made private.` };
    const { othersCanRead, othersCanWrite, readers, writers, close } = found;
    const hint = `Close it to them: ${close}`;
    if (othersCanWrite)
      return {
        id,
        status: 'failed',
        message: `Others can write to ${folder}${accountsText(writers)}.`,
        hint,
      };
    if (othersCanRead)
      return { id, status: 'warning', message: `Others can read ${folder}${accountsText(readers)}.`, hint };
    return { id, status: 'ok', message: `${folder} is private.` };
  } catch (error) {
    // Not known is not wrong: a site must not go without its backup for it. The person is told to look.
    const message = `The rights on ${folder} were not looked at: ${factOf(error)}`;
    const hint = 'Leave rights to administrators, SYSTEM and the account of the task only (0700 on Linux).';
    return { id, status: 'warning', message, hint };
  }
}
