import path from 'node:path';
import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { sendOperations, sendTo } from './offsite.ts';
import { setInput } from './set-paths.ts';

const input = z.strictObject({ set: setInput });

/** With a vault of the kind restic: sends the set to the repository, and removes staged sets that are no longer needed. */
export function createVaultSend(
  c: Pick<ActionCollaborators, 'vault' | 'offsite' | 'clock'>,
): Action<z.infer<typeof input>, null> {
  const { offsite } = c;
  const tidy: FileOperation = {
    kind: 'file',
    verb: 'remove',
    path: path.join(offsite.local.root, '<older sets that the repository has>'),
    effect: 'change',
    repeat: true,
  };
  return {
    name: 'vault.send',
    effect: 'change',
    input,
    onCancel: 'kill',

    describe: ({ set }) =>
      Promise.resolve(
        offsite.vault === undefined
          ? { operations: [], notes: ['The vault is a folder: the set is where it belongs.'] }
          : { operations: [...sendOperations(offsite.vault, offsite.local.root, set), tidy] },
      ),

    prepare: () => Promise.resolve(null),

    async execute({ set }, _before, context) {
      if (offsite.vault === undefined) return {};
      await c.vault.lock(context.run.id);
      const { sets, bytesAdded } = await sendTo(offsite.vault, c, set, context);
      for (const old of await offsite.superfluous())
        await context.perform(tidy, () => offsite.removeLocal(old));
      return { sets, bytesAdded };
    },

    // What is there already is not sent again.
    check: () => Promise.resolve('not-done'),
  };
}
