import path from 'node:path';
import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import type { ActionCollaborators } from './collaborators.ts';

/** Takes the vault's lock, so that no other run removes a set meanwhile. `vault.release` gives it back. */
export function createVaultLock(c: Pick<ActionCollaborators, 'vault'>): Action<Record<string, never>, null> {
  const lock: FileOperation = {
    kind: 'file',
    verb: 'write',
    path: path.join(c.vault.root, 'vault.lock'),
    effect: 'change',
  };
  return {
    name: 'vault.lock',
    effect: 'change',
    input: z.strictObject({}),
    onCancel: 'kill',
    lasting: false,
    describe: () => Promise.resolve({ operations: [lock] }),
    prepare: () => Promise.resolve(null),
    async execute(_input, _before, context) {
      await context.perform(lock, () => c.vault.lock(context.run.id));
      return {};
    },
    // Taking what one has already is harmless: it is done again.
    check: () => Promise.resolve('not-done'),
  };
}
