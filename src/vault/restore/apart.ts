import { realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { PreflightError } from '../../contract/errors.ts';
import { nearestExisting } from '../../platform/space.ts';

/**
 * Refuses a target that holds the vault or the set, or lies in one of them: the set would be moved aside, or written over.
 * Links are resolved.
 *
 * @throws PreflightError
 */
export async function refuseOverlap(into: string, sources: readonly string[]): Promise<void> {
  const target = await resolved(into);
  for (const source of sources) {
    const place = await resolved(source);
    if (lies(place, target) || lies(target, place))
      throw new PreflightError(
        `Files cannot be restored into ${into}: backup sets lie ${lies(place, target) ? 'in it' : 'around it'} (${source}).`,
        {
          hint: 'Move the vault to a folder outside of what is restored: vault.folder in site.yaml.',
        },
      );
  }
}

/** What is not there yet is taken by its name, below the nearest folder that is. */
async function resolved(path: string): Promise<string> {
  const existing = await nearestExisting(path);
  return join(await realpath(existing), relative(existing, resolve(path)));
}

function lies(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (way !== '..' && !/^\.\.[\\/]/.test(way) && !isAbsolute(way));
}
