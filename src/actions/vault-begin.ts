import path from 'node:path';
import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { inSet, SET } from './set-paths.ts';

/**
 * Takes the vault's lock and makes the folder of a new set. Incomplete sets of earlier runs are removed first: this
 * run holds the site, so no other one is going to finish them.
 */
export function createVaultBegin(
  c: Pick<ActionCollaborators, 'vault' | 'clock'>,
): Action<Record<string, never>, null> {
  // Not `<set>`: on resume that name already means the set of the earlier attempt.
  const make: FileOperation = {
    kind: 'file',
    verb: 'make-folder',
    path: path.join(c.vault.root, '<new-set>'),
    effect: 'change',
  };
  const sweep: FileOperation = {
    kind: 'file',
    verb: 'remove',
    path: path.join(c.vault.root, '<incomplete sets of earlier runs>'),
    effect: 'change',
  };
  return {
    name: 'vault.begin',
    effect: 'change',
    input: z.strictObject({}),
    onCancel: 'kill',

    describe() {
      return Promise.resolve({
        operations: [sweep, make],
        outputs: { set: SET, path: inSet(c.vault, SET) },
      });
    },

    prepare() {
      return Promise.resolve(null);
    },

    async execute(_input, _before, context) {
      await c.vault.lock(context.run.id);
      await context.perform(sweep, () => c.vault.sweep(context.run.id));
      const set = await context.perform(make, () =>
        c.vault.begin({ run: context.run.id, now: c.clock.now() }),
      );
      for (const warning of set.warnings ?? []) context.warn(warning);
      return { set: set.id, path: set.path };
    },

    async check(_input, _before, { run }) {
      return (await openSetsOf(c, run.id)).length > 0 ? 'done' : 'not-done';
    },
  };
}

/** Sets of the run that never became complete: a complete one is a good backup and stays. */
async function openSetsOf(c: Pick<ActionCollaborators, 'vault'>, run: string): Promise<string[]> {
  const sets = await c.vault.list();
  return sets.filter((set) => set.state === 'incomplete' && set.run === run).map((set) => set.id);
}
