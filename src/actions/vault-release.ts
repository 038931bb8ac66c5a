import path from 'node:path';
import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import type { ActionCollaborators } from './collaborators.ts';

/** Gives the vault's lock back, when this run has it; for an always-step. */
export function createVaultRelease(
  c: Pick<ActionCollaborators, 'vault'>,
): Action<Record<string, never>, null> {
  const unlock: FileOperation = {
    kind: 'file',
    verb: 'remove',
    path: path.join(c.vault.root, 'vault.lock'),
    effect: 'change',
  };
  return {
    name: 'vault.release',
    effect: 'change',
    input: z.strictObject({}),
    onCancel: 'wait',
    describe: () => Promise.resolve({ operations: [unlock] }),
    prepare: () => Promise.resolve(null),
    async execute(_input, _before, context) {
      await context.perform(unlock, () => c.vault.unlock(context.run.id));
      return {};
    },
    // Giving back what one has not got is harmless: it is done again.
    check: () => Promise.resolve('not-done'),
  };
}
