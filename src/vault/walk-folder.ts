import { excludedPaths } from './exclusion.ts';
import type { WalkItem } from './walk.ts';
import type { WorkerPool } from './worker-pool.ts';

/**
 * Everything in a folder that is there, in the order of `comparePaths`, but for `exclude` and what is in it; read by a
 * worker, so that a disk that does not answer holds up nothing else.
 */
export async function* walkFolder(
  pool: WorkerPool,
  folder: string,
  exclude: readonly string[],
): AsyncGenerator<WalkItem, void, undefined> {
  const request = {
    folder,
    mayBeMissing: false,
    exclude: excludedPaths(exclude),
    listings: [],
    toSet: '',
    judgeListings: false,
  };
  for await (const steps of pool.scan(request))
    for (const step of steps) if (step.kind === 'pair' && step.item !== undefined) yield step.item;
}
