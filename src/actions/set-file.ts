import fs from 'node:fs/promises';
import path from 'node:path';
import { VerificationError } from '../contract/errors.ts';
import type { SetPlace } from './set-place.ts';
import { inSet } from './set-paths.ts';

/** A name that would lead elsewhere, or that Windows takes for something else than a file. */
const UNSAFE = /^\.{1,2}$|[\\:*?"<>|\x00-\x1f]|[. ]$/;

/**
 * Absolute path of a file of a set that a list in the set names; a set is not believed. `relative` with `/`.
 * @throws VerificationError when it would lead out of the set, by its name or by a link, or is no file
 */
export async function setFile(place: Pick<SetPlace, 'root'>, set: string, relative: string): Promise<string> {
  const names = relative.split('/');
  if (names.some((name) => name === '' || UNSAFE.test(name)))
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
