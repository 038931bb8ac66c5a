import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import { createCheck } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { adviceOf, factOf } from './failure.ts';

const input = z.strictObject({
  /** `remove`: sets are only going to be removed, so that a full vault is no hindrance. */
  for: z.enum(['backup', 'remove']).default('backup'),
});

/** Whether the vault can take a set: writable, rights, free space, and a clock that is not behind its newest set. */
export function createCheckVault(c: Pick<ActionCollaborators, 'vault'>): Action<z.infer<typeof input>, null> {
  const look: FileOperation = { kind: 'file', verb: 'check', path: c.vault.root, effect: 'read' };
  return createCheck({
    name: 'check.vault',
    input,
    // It writes a probe file: not while planning.
    whilePlanning: false,
    operations: () => [look],
    async probe(given, _context, perform) {
      try {
        const toRemove = given.for === 'remove';
        return { checks: await perform(look, () => c.vault.check({ toRemove })) };
      } catch (error) {
        const hint =
          adviceOf(error) ?? 'Check vault.folder in site.yaml and the rights of this account on it.';
        const message = `The vault ${c.vault.root} cannot be used: ${factOf(error)}`;
        return { checks: [{ id: 'vault-usable', status: 'failed', message, hint }] };
      }
    },
  });
}
