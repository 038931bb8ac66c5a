import { lstat, readdir } from 'node:fs/promises';
import { isWindowsPath } from './paths.ts';

/**
 * Paths that exist for a path of `config.files`, sorted; a name that is `*`, or has one in it, stands for any name
 * that fits, never for several folders. Give the path as this machine reaches it. What is not there gives no path.
 * @throws the error of the file system when a folder cannot be read.
 */
export async function expandStars(pattern: string): Promise<string[]> {
  const windows = isWindowsPath(pattern);
  const separator = windows && pattern.includes('\\') ? '\\' : '/';
  const names = pattern.split(windows ? /[\\/]/ : '/');
  let found = [names.shift() ?? ''];
  for (const name of names) {
    if (!name.includes('*')) found = found.map((folder) => `${folder}${separator}${name}`);
    else {
      const matcher = starMatcher(name, windows);
      const next: string[] = [];
      for (const folder of found)
        for (const entry of await namesIn(folder === '' ? separator : folder))
          if (matcher.test(entry)) next.push(`${folder}${separator}${entry}`);
      found = next;
    }
  }
  const there: string[] = [];
  for (const path of found) if (await isThere(path)) there.push(path);
  return there.sort();
}

function starMatcher(name: string, ignoreCase: boolean): RegExp {
  const parts = name.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, ignoreCase ? 'is' : 's');
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
