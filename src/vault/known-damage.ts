import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from './durable.ts';
import { DAMAGED_FILE } from './set-names.ts';

/**
 * More damaged files than these are not named: then nothing of the set is linked any more. It keeps the memory small
 * when a whole disk is lost.
 */
export const MAX_KNOWN = 10_000;

/** Files of one set that must not be linked into another one. Plain data: it is sent to worker threads. */
export interface KnownDamage {
  /** There are too many to name, or it cannot be read which. */
  readonly all: boolean;
  /** Relative to the set, with `/`. */
  readonly paths: ReadonlySet<string>;
}

/** Of a set of which none is known. */
export const NO_DAMAGE: KnownDamage = { all: false, paths: new Set() };

/** Whether a file of the set, `path` with `/`, is known to be damaged. */
export function isKnownDamage({ all, paths }: KnownDamage, path: string): boolean {
  return all || paths.has(path);
}

/** One line of `damaged.jsonl`. */
interface DamagedLine {
  /** Absent: too many to name. */
  readonly path?: string;
}

/**
 * Notes files of the set in `folder` as damaged, durably. They stay so: what was wrong once is not trusted again, also
 * when a later look finds nothing. Files that are noted already are not written again.
 *
 * @throws the file system's error
 */
export async function noteDamage(folder: string, paths: readonly string[]): Promise<void> {
  const known = await readKnownDamage(folder);
  const added = paths.filter((path) => !isKnownDamage(known, path));
  if (added.length === 0) return;
  const lines: DamagedLine[] = added.length > MAX_KNOWN ? [{}] : added.map((path) => ({ path }));
  const handle = await open(join(folder, DAMAGED_FILE), 'a', 0o600);
  try {
    // The line feed in front ends a line that a power failure cut short.
    await handle.appendFile(`\n${lines.map((line) => JSON.stringify(line)).join('\n')}\n`, 'utf8');
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(folder);
}

/** What is noted of the set in `folder`. @throws the file system's error, but not when there is no such file */
export async function readKnownDamage(folder: string): Promise<KnownDamage> {
  let text: string;
  try {
    text = await readFile(join(folder, DAMAGED_FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NO_DAMAGE;
    throw error;
  }
  const paths = new Set<string>();
  let all = false;
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const path = pathOf(line);
    if (path === undefined) all = true;
    else paths.add(path);
  }
  return { all, paths };
}

/** A line that cannot be read may have named any file: like one that names none it stands for all. */
function pathOf(line: string): string | undefined {
  try {
    const { path } = JSON.parse(line) as DamagedLine;
    return typeof path === 'string' ? path : undefined;
  } catch {
    return undefined;
  }
}
