import { realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { PreflightError } from '../../contract/errors.ts';
import { nearestExisting } from '../../platform/space.ts';

/** How a folder that is restored and backup sets lie to each other. */
export interface Overlap {
  /** Where backup sets lie. */
  readonly source: string;
  /** Of them, as seen from the folder that is restored. */
  readonly place: 'in it' | 'around it';
}

/** What to do about it. */
export const OVERLAP_HINT =
  'Move the vault to a folder outside of what is restored, with the sets in it, and name that as vault.folder in site.yaml.';

/**
 * Refuses a target that holds the vault or the set, or lies in one of them: the set would be moved aside, or written over.
 *
 * @throws PreflightError
 */
export async function refuseOverlap(into: string, sources: readonly string[]): Promise<void> {
  const overlap = await findOverlap(into, sources);
  if (overlap !== undefined) throw new PreflightError(overlapText(into, overlap), { hint: OVERLAP_HINT });
}

/** Finds it. Links are resolved, and a folder counts as the same under another name: a share is reached by two. */
export async function findOverlap(into: string, sources: readonly string[]): Promise<Overlap | undefined> {
  const target = await resolved(into);
  for (const source of sources) {
    const place = await resolved(source);
    if (lies(place, target) || (await isBelow(place, target))) return { source, place: 'in it' };
    if (lies(target, place) || (await isBelow(target, place))) return { source, place: 'around it' };
  }
  return undefined;
}

/** Words for it. */
export function overlapText(into: string, { source, place }: Overlap): string {
  return `Files cannot be restored into ${into}: backup sets lie ${place} (${source}).`;
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

/** Whether a path or a folder above it is that folder by what the disk says, whatever both are called. */
async function isBelow(path: string, folder: string): Promise<boolean> {
  const wanted = await identityOf(folder);
  if (wanted === undefined) return false;
  for (let part = path; ; part = dirname(part)) {
    if ((await identityOf(part)) === wanted) return true;
    if (dirname(part) === part) return false;
  }
}

/** Undefined: it is not there, or its disk does not tell. */
async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return ino === 0n ? undefined : `${String(dev)} ${String(ino)}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return undefined;
  }
}
