import type { Action } from '../contract/action.ts';
import { createRemoveFetched } from './fetch-set.ts';
import type { PlaceCollaborators } from './set-place.ts';

/** Removes the set that this run has fetched for its drill, whatever of it there is; for an always-step. */
export function createDrillRemoveFetched(
  c: Pick<PlaceCollaborators, 'scratch'>,
): Action<Record<string, never>, null> {
  return createRemoveFetched(c, 'drill.remove-fetched');
}
