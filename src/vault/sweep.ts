import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { exists } from './exists.ts';
import { renamePatiently } from './rename-patiently.ts';
import { DELETING, MANIFEST } from './set-names.ts';
import { isOnlyBegun, readSetState } from './set-state.ts';
import { listSets } from './sets.ts';

/** Removes half removed sets and the incomplete ones of runs that are over. Gives their ids. */
export async function sweepSets(
  root: string,
  isRunOver: (run: string) => Promise<boolean>,
): Promise<string[]> {
  const removed: string[] = [];
  for (const { id, path, state } of await listSets(root)) {
    if (state === 'complete') continue;
    if (state === 'incomplete' && !(await isLeftOver(path, isRunOver))) continue;
    const doomed = join(root, DELETING + id);
    if (state === 'incomplete') await renamePatiently(path, doomed);
    await rm(doomed, { recursive: true, force: true });
    removed.push(id);
  }
  return removed;
}

async function isLeftOver(set: string, isRunOver: (run: string) => Promise<boolean>): Promise<boolean> {
  // A manifest that cannot be read makes a set incomplete, but it is a backup that somebody may want to look at.
  if (await exists(join(set, MANIFEST))) return false;
  const state = await readSetState(set);
  if (state !== undefined) return isRunOver(state.run);
  // Anything else without owner is left to a person.
  return isOnlyBegun(set);
}
