import { createFetch, type FetchAction } from './fetch-set.ts';
import type { PlaceCollaborators } from './set-place.ts';

/**
 * Fetches the set that is drilled from the repository it is in, into a folder of this run beside the scratch database.
 * `drill.remove-fetched` removes it.
 */
export function createDrillFetch(c: PlaceCollaborators): FetchAction {
  return createFetch(c, 'drill.fetch');
}
