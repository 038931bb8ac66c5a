import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm } from 'node:fs/promises';

/** Who holds the vault; the content of `vault.lock`. Times are ISO 8601 UTC. */
export interface LockHolder {
  readonly host: string;
  readonly run: string;
  readonly pid: number;
  /** Start time of the process, as the platform tells it. */
  readonly startedAt: string;
  readonly heartbeat: string;
}

/** Writes the lock when there is none. Gives false when there is one. */
export async function createLockFile(file: string, holder: LockHolder): Promise<boolean> {
  let handle;
  try {
    handle = await open(file, 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  try {
    await handle.writeFile(format(holder), 'utf8');
    await handle.sync();
  } catch (error) {
    // A lock without a holder would keep everybody out.
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  return true;
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
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Removes the lock of `dead`. Gives false when meanwhile another one took it: that one's lock is put back.
 */
export async function breakLockFile(file: string, dead: LockHolder): Promise<boolean> {
  const aside = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    await rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
  const holder = await readLockFile(aside);
  const same = typeof holder === 'object' && isSameHolder(holder, dead);
  if (!same) await link(aside, file);
  await rm(aside, { force: true });
  return same;
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
