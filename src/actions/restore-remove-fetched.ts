import type { Action } from '../contract/action.ts';
import { createRemoveFetched } from './fetch-set.ts';
import type { PlaceCollaborators } from './set-place.ts';

/** Removes the set that this run has fetched, once all of it is restored: for the last step, not for an always-step. */
export function createRestoreRemoveFetched(
  c: Pick<PlaceCollaborators, 'scratch'>,
): Action<Record<string, never>, null> {
  return createRemoveFetched(c, 'restore.remove-fetched');
}
