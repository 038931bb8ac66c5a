import fs from 'node:fs/promises';
import path from 'node:path';
import { VerificationError } from '../contract/errors.ts';
import { whyNotNamed } from '../vault/restore/listed-paths.ts';
import type { SetPlace } from './set-place.ts';
import { inSet } from './set-paths.ts';

/**
 * Absolute path of a file of a set that a list in the set names; a set is not believed. `relative` with `/`.
 * @throws VerificationError when it would lead out of the set, by its name or by a link, or is no file
 */
export async function setFile(place: Pick<SetPlace, 'root'>, set: string, relative: string): Promise<string> {
  const names = relative.split('/');
  // As on Windows, wherever this runs: the set may have been made there.
  if (names.some((name) => whyNotNamed(name, true) !== undefined))
    throw refused(relative, 'is no path in the set');
  let current = inSet(place, set);
  for (const [index, name] of names.entries()) {
    current = path.join(current, name);
    const found = await look(current, relative);
    if (found.isSymbolicLink()) throw refused(relative, 'leads through a link');
    const fits = index === names.length - 1 ? found.isFile() : found.isDirectory();
    if (!fits) throw refused(relative, 'is no file');
  }
  return current;
}

async function look(file: string, relative: string) {
  try {
    return await fs.lstat(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw refused(relative, 'is not there', cause);
    throw cause;
  }
}

function refused(relative: string, why: string, cause?: unknown): VerificationError {
  return new VerificationError(`The backup set names the file ${JSON.stringify(relative)}, which ${why}.`, {
    hint: 'The set is damaged or was changed. Choose another: sense-runbook backups.',
    ...(cause !== undefined && { cause }),
  });
}
