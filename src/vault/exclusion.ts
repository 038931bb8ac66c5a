import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import { isWithin } from '../foundation/path-order.ts';
import type { CopyTreeOptions } from './vault.ts';

/**
 * Tells which relative paths of a source are left out: those asked for, and the vault itself when it lies inside, which
 * would otherwise be copied into itself. Windows compares without regard to case.
 */
export async function createExclusion(
  { from, exclude = [] }: Pick<CopyTreeOptions, 'from' | 'exclude'>,
  vaultRoot: string,
): Promise<(path: string) => boolean> {
  const inside = await vaultInside(from, vaultRoot);
  const prefixes = [...exclude, ...(inside === undefined ? [] : [inside])].map((path) =>
    fold(
      path
        .split(sep)
        .join('/')
        .replace(/^\.?\/+|\/+$/g, ''),
    ),
  );
  const wanted = prefixes.filter((prefix) => prefix !== '');
  return (path) => wanted.some((prefix) => isWithin(fold(path), prefix));
}

async function vaultInside(from: string, vaultRoot: string): Promise<string | undefined> {
  try {
    const path = relative(await realpath(from), await realpath(vaultRoot));
    return path === '' || path.startsWith('..') || isAbsolute(path) ? undefined : path;
  } catch {
    // One of both cannot be resolved (a share that does not tell): then the vault is not below the source by its path.
    return undefined;
  }
}

function fold(path: string): string {
  return process.platform === 'win32' ? path.toLowerCase() : path;
}
