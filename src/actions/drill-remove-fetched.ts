import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { removeFetched } from './drill-fetch.ts';
import { fetchedFolder, type PlaceCollaborators } from './set-place.ts';
import { removalOf } from './scratch.ts';

/** Removes the set that this run has fetched for its drill, whatever of it there is; for an always-step. */
export function createDrillRemoveFetched(
  c: Pick<PlaceCollaborators, 'scratch'>,
): Action<Record<string, never>, null> {
  return {
    name: 'drill.remove-fetched',
    effect: 'change',
    input: z.strictObject({}),
    onCancel: 'wait',
    describe: (_input, context) => Promise.resolve({ operations: [removalOf(fetchedFolder(c, context))] }),
    prepare: () => Promise.resolve(null),
    async execute(_input, _before, context) {
      const removed = await context.perform(removalOf(fetchedFolder(c, context)), () =>
        removeFetched(c, context),
      );
      return { removed: removed.length > 0 };
    },

    // Removing what is not there is harmless: it is done again.
    check: () => Promise.resolve('not-done'),
  };
}
