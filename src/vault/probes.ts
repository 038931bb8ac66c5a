import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Beginning of the name of a file that only tries whether a folder can be written to. */
const PROBE = '.sense-runbook-probe-';
/** A probe is there for milliseconds; the clocks of two file servers may be apart by minutes. */
const LEFT_OVER_MS = 60 * 60_000;

/** The path of a new probe in this folder. */
export function newProbe(folder: string): string {
  return join(folder, PROBE + randomBytes(4).toString('hex'));
}

/**
 * Removes probes from these folders that were older than an hour at `nowMs`, by the clock of their file system: a process that was
 * killed between writing and removing left them. Folders need not be there.
 */
export async function removeOldProbes(folders: readonly string[], nowMs: number): Promise<void> {
  for (const folder of folders) {
    // What cannot be looked through or removed now is in nobody's way, and the next check comes by again.
    const names = await readdir(folder).catch(() => []);
    for (const name of names.filter((one) => one.startsWith(PROBE))) {
      const path = join(folder, name);
      const writtenMs = await stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => nowMs,
      );
      if (nowMs - writtenMs > LEFT_OVER_MS) await rm(path, { force: true }).catch(() => undefined);
    }
  }
}
