import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import { isWithin } from '../foundation/path-order.ts';
import type { CopyTreeOptions } from './vault.ts';

/**
 * The paths of a source that are left out with everything in them, for {@link isExcluded}: those asked for, and the vault
 * itself when it lies inside, which would otherwise be copied into itself.
 */
export async function findExcluded(
  { from, exclude = [] }: Pick<CopyTreeOptions, 'from' | 'exclude'>,
  vaultRoot: string,
): Promise<string[]> {
  const inside = await vaultInside(from, vaultRoot);
  return excludedPaths([...exclude, ...(inside === undefined ? [] : [inside])]);
}

/** Relative paths as {@link isExcluded} wants them. */
export function excludedPaths(paths: readonly string[]): string[] {
  const prefixes = paths.map((path) =>
    fold(
      path
        .split(sep)
        .join('/')
        .replace(/^\.?\/+|\/+$/g, ''),
    ),
  );
  return prefixes.filter((prefix) => prefix !== '');
}

/** Whether a path is one of `excluded` or lies in one. Windows compares without regard to case. */
export function isExcluded(excluded: readonly string[], path: string): boolean {
  if (excluded.length === 0) return false;
  const folded = fold(path);
  return excluded.some((prefix) => isWithin(folded, prefix));
}

/** Whether one of `excluded` lies in a folder, which has to be looked into then. */
export function mayHoldExcluded(excluded: readonly string[], folder: string): boolean {
  if (excluded.length === 0) return false;
  const folded = fold(folder);
  return excluded.some((prefix) => isWithin(prefix, folded));
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
