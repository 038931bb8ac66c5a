import path from 'node:path';
import * as z from 'zod';
import type { Vault } from '../vault/vault.ts';

/** Stands in a plan for the id of the set that the run will write. */
export const SET = '<set>';

/** Input of every action that works on the open set. */
export const setInput = z.string().min(1).describe('Id of the set that is being written');

/** Absolute path of something in a set; `relative` with `/`. */
export function inSet(vault: Pick<Vault, 'root'>, set: string, relative = ''): string {
  return path.join(vault.root, set, ...relative.split('/').filter((part) => part !== ''));
}

/** A path of a node as a folder name path in a set: `C:\Qlik\a.cfg` is `C/Qlik/a.cfg`, `\\srv\share` is `srv/share`. */
export function pathAsName(original: string): string {
  return original
    .split(/[\\/]/)
    .map((part) => part.replaceAll(':', ''))
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .join('/');
}
