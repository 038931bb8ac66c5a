import { randomInt } from 'node:crypto';
import { isAbsolute, join, posix } from 'node:path';
import { UsageError } from '../contract/errors.ts';
import { compactUtc, parseCompactUtc } from '../foundation/compact-utc.ts';

/** Written last; makes a set valid. */
export const MANIFEST = 'manifest.json';
/** While a set is written: whose it is. Removed once the manifest is there. */
export const STATE_FILE = '.open.json';
/** Verdicts of later looks at the set; it grows after the manifest was written. */
export const HISTORY_FILE = 'history.jsonl';
/** Files of the set known to be damaged; it grows after the manifest was written. */
export const DAMAGED_FILE = 'damaged.jsonl';
/** What the vault itself keeps in a set, at its top: in no manifest, and nobody else's names. */
export const OWN_FILES: readonly string[] = [MANIFEST, STATE_FILE, HISTORY_FILE, DAMAGED_FILE];
/** Beginning of every temporary file in a set. */
export const TEMPORARY = '.partial-';
/** Beginning of the name of a set that is being removed. */
export const DELETING = '.deleting-';
export const LISTING_ENDING = '.files.jsonl';
/** A listing that is being written; a killed or aborted pass leaves it, and it tells what was copied. */
export const UNFINISHED_ENDING = `${LISTING_ENDING}.unfinished`;
/** The unfinished listing of an earlier attempt, while the same tree is copied again. */
export const ATTEMPT_ENDING = `${LISTING_ENDING}.attempt`;

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const SET_ID = /^(\d{8}T\d{6}Z)-[a-z0-9]{6}$/;

/** A new set id: `20261123T020000Z-k3x9ap`. */
export function newSetId(now: Date): string {
  const letters = Array.from({ length: 6 }, () => LETTERS[randomInt(LETTERS.length)]);
  return `${compactUtc(now)}-${letters.join('')}`;
}

/** The moment in a set id; undefined when `name` is none. */
export function timeOfSetId(name: string): Date | undefined {
  const match = SET_ID.exec(name);
  return match?.[1] === undefined ? undefined : parseCompactUtc(match[1]);
}

/**
 * A relative path as it is kept: with `/`, without `.` and doubled separators.
 *
 * @throws UsageError when it is empty, leaves the set or is a name the vault keeps for itself
 */
export function normaliseInSet(relative: string): string {
  const slashed = process.platform === 'win32' ? relative.replaceAll('\\', '/') : relative;
  const path = posix.normalize(slashed).replace(/\/$/, '');
  const leaves = path === '..' || path.startsWith('../') || isAbsolute(path) || /^[a-zA-Z]:/.test(path);
  if (leaves || path === '.' || relative.includes('\0'))
    throw new UsageError(`"${relative}" is not a path inside a backup set.`, {
      hint: 'Give a relative path without "..", for example "databases/QSR_backup.tar".',
    });
  const own = OWN_FILES.includes(path) || path.startsWith(TEMPORARY);
  const endings = [LISTING_ENDING, UNFINISHED_ENDING, ATTEMPT_ENDING];
  if (own || endings.some((ending) => path.endsWith(ending)))
    throw new UsageError(`"${relative}" is a name the vault keeps for itself.`);
  return path;
}

/** The real path of a path with `/` below a folder. */
export function realPath(folder: string, path: string): string {
  // `join` puts a path in order that is in order already, which takes longer than to look the file up.
  return process.platform === 'win32' || path === '' ? join(folder, path) : `${folder}/${path}`;
}
