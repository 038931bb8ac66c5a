import { createFetch, removeFetched, type FetchAction } from './fetch-set.ts';
import { removalOf } from './scratch.ts';
import { fetchedFolder, type PlaceCollaborators } from './set-place.ts';

/**
 * Fetches the set that is restored from the repository it is in. It stays until the run is over, so that a run that was
 * stopped goes on with it: `restore.remove-fetched` or undoing removes it.
 */
export function createRestoreFetch(c: PlaceCollaborators): FetchAction {
  return {
    ...createFetch(c, 'restore.fetch'),

    describeUndo: (_input, _before, _outputs, context) =>
      Promise.resolve({ operations: [{ ...removalOf(fetchedFolder(c, context)), repeat: true }] }),

    async undo(_input, _before, _outputs, context) {
      await context.perform(removalOf(fetchedFolder(c, context)), () => removeFetched(c, context));
    },
  };
}
