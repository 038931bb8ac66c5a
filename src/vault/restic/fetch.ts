import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PreflightError } from '../../contract/errors.ts';
import { formatBytes } from '../../foundation/human.ts';
import { freeBytes } from '../../platform/space.ts';
import { makeFolder } from '../make-folder.ts';
import { parseManifest } from '../manifest.ts';
import { MANIFEST } from '../set-names.ts';
import { withStorage } from '../storage-error.ts';
import type { MaterializedSet } from '../vault.ts';
import type { Repository } from './repository.ts';

const OWNER = 'owner.json';
/** A folder is made and named in milliseconds; one without a name that is older was cut off. */
const NAMING_MS = 60_000;

/** Who fetches, and where to. */
export interface FetchPlace {
  /** Folder of the fetched sets of all processes. */
  readonly folder: string;
  readonly self: { readonly host: string; readonly pid: number; readonly startedAt: string };
  /** Whether a process of this machine still runs. */
  readonly isAlive: (process: { pid: number; startedAt: string }) => Promise<boolean>;
}

/**
 * Restores a set from the repository into the folder `own`, which is made anew; `release` removes it. With room checked
 * before.
 *
 * @throws PreflightError without room; what the repository throws, after the folder was removed again
 */
export async function fetchSet(
  repository: Repository,
  set: string,
  own: string,
  self: FetchPlace['self'],
): Promise<MaterializedSet> {
  const path = join(own, set);
  const parent = dirname(own);
  await withStorage(parent, () => makeFolder(parent));
  const parsed = parseManifest(await repository.dump({ set, folder: path }, `/${MANIFEST}`), set);
  const bytes = 'manifest' in parsed ? parsed.manifest.bytes : 0;
  const free = await freeBytes(parent);
  if (bytes > free)
    throw new PreflightError(
      `Set ${set} needs ${formatBytes(bytes)} while it is read from its repository; ${parent} has ${formatBytes(free)} free.`,
      { hint: 'Make room on that disk. Nothing was fetched.' },
    );
  const release = (): Promise<void> => rm(own, { recursive: true, force: true });
  try {
    // The same run may have fetched it before, and been killed.
    await release();
    await withStorage(own, async () => {
      await mkdir(own, { mode: 0o700 });
      await writeFile(join(own, OWNER), JSON.stringify(self), { mode: 0o600 });
    });
    await repository.restore({ set, folder: path });
    return { path, release };
  } catch (error) {
    await release();
    throw error;
  }
}

/** Removes what processes that are gone have fetched. Gives the folders. */
export async function sweepFetched({ folder, self, isAlive }: FetchPlace): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await namesIn(folder)) {
    const own = join(folder, name);
    if (await isInUse(own, self, isAlive)) continue;
    await rm(own, { recursive: true, force: true });
    removed.push(own);
  }
  return removed;
}

async function isInUse(
  own: string,
  self: FetchPlace['self'],
  isAlive: FetchPlace['isAlive'],
): Promise<boolean> {
  let owner: Partial<FetchPlace['self']>;
  try {
    owner = JSON.parse(await readFile(join(own, OWNER), 'utf8')) as Partial<FetchPlace['self']>;
  } catch {
    // Just being made, or killed before the file was whole.
    return Date.now() - (await stat(own)).mtimeMs < NAMING_MS;
  }
  const { host, pid, startedAt } = owner;
  if (typeof pid !== 'number' || typeof startedAt !== 'string') return false;
  // What another host fetches on a shared disk is left to it.
  if (host !== self.host) return true;
  return (pid === self.pid && startedAt === self.startedAt) || isAlive({ pid, startedAt });
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
