import { randomBytes } from 'node:crypto';
import { link, open, readFile, rm, stat } from 'node:fs/promises';
import { renamePatiently } from './rename-patiently.ts';
import { isWithoutLinks } from './unlinked.ts';

/** Who holds the vault; the content of `vault.lock`. Times are ISO 8601 UTC. */
export interface LockHolder {
  readonly host: string;
  readonly run: string;
  readonly pid: number;
  /** Start time of the process, as the platform tells it. */
  readonly startedAt: string;
  readonly heartbeat: string;
}

/**
 * Writes the lock when there is none. Gives false when there is one. It is there with its holder in it or not at all,
 * also after a kill, except in a folder without hard links.
 */
export async function createLockFile(file: string, holder: LockHolder): Promise<boolean> {
  const written = unfinishedLock(file, holder.run);
  try {
    // What a kill left may be linked to the lock already: it is not written over.
    await rm(written, { force: true });
    await writeHolder(written, holder);
    await link(written, file);
    return true;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    if (isWithoutLinks(code)) return await createInPlace(file, holder);
    throw error;
  } finally {
    await rm(written, { force: true });
  }
}

/** Where the lock of a run is written before it is put into place; a kill leaves it. */
export function unfinishedLock(file: string, run: string): string {
  return `${file}.${run}`;
}

async function createInPlace(file: string, holder: LockHolder): Promise<boolean> {
  try {
    await writeHolder(file, holder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    // A lock without a holder would keep everybody out.
    await rm(file, { force: true });
    throw error;
  }
}

async function writeHolder(file: string, holder: LockHolder): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(format(holder), 'utf8');
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** `none`: no lock; `unclear`: it is being written at this moment, or was cut short by a power failure. */
export async function readLockFile(file: string): Promise<LockHolder | 'none' | 'unclear'> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'none';
    throw error;
  }
  try {
    const { host, run, pid, startedAt, heartbeat } = JSON.parse(text) as Partial<LockHolder>;
    if (host === undefined || run === undefined || pid === undefined || startedAt === undefined)
      return 'unclear';
    return { host, run, pid, startedAt, heartbeat: heartbeat ?? 'unknown' };
  } catch {
    // Half a line of JSON: told to the caller, who waits a moment and looks again.
    return 'unclear';
  }
}

/** Writes the holder anew, all or nothing. */
export async function rewriteLockFile(file: string, holder: LockHolder): Promise<void> {
  const temporary = `${file}.${randomBytes(4).toString('hex')}`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(format(holder), 'utf8');
  } finally {
    await handle.close();
  }
  try {
    await renamePatiently(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A process that breaks a lock needs milliseconds; one that was killed meanwhile must not stop it for ever. */
const BREAKING_MS = 60_000;

/**
 * Removes the lock of `dead`, unless meanwhile another one has it. Only one process at a time breaks it: else one that
 * looked a moment ago could remove the lock of one that was faster.
 *
 * @returns false when another process is breaking it: look again a little later
 */
export async function breakLockFile(file: string, dead: LockHolder): Promise<boolean> {
  const breaking = `${file}.breaking`;
  try {
    await (await open(breaking, 'wx', 0o600)).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (await isOlder(breaking, BREAKING_MS)) await rm(breaking, { force: true });
    return false;
  }
  try {
    const holder = await readLockFile(file);
    if (typeof holder === 'object' && isSameHolder(holder, dead)) await rm(file, { force: true });
  } finally {
    await rm(breaking, { force: true });
  }
  return true;
}

async function isOlder(file: string, milliseconds: number): Promise<boolean> {
  try {
    return Date.now() - (await stat(file)).mtimeMs > milliseconds;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Whether both are the same process in the same run; the heartbeat does not count. */
export function isSameHolder(a: LockHolder, b: LockHolder): boolean {
  return isSameHost(a.host, b.host) && a.run === b.run && a.pid === b.pid && a.startedAt === b.startedAt;
}

/** Host names are compared without regard to case. */
export function isSameHost(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function format(holder: LockHolder): string {
  return `${JSON.stringify(holder)}\n`;
}
