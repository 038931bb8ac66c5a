import path from 'node:path';
import * as z from 'zod';
import type { ReadContext } from '../contract/action.ts';
import { UsageError } from '../contract/errors.ts';
import { fileSize } from '../vault/file-size.ts';
import type { ResticSource } from '../vault/restic/source.ts';
import { MANIFEST } from '../vault/set-names.ts';
import type { SetSource } from '../vault/vault.ts';
import type { ActionCollaborators } from './collaborators.ts';

/** Input of every action that reads a complete set. */
export const copyInput = z
  .string()
  .default('')
  .describe('The offsite copy that the set is fetched from; empty: the vault');

/** What finding the place of a set needs. */
export type PlaceCollaborators = Pick<ActionCollaborators, 'vault' | 'offsite' | 'scratch'>;

/** Where a drill or a restore reads its set: the vault's folder, or the folder it is fetched into. */
export interface SetPlace extends Pick<SetSource, 'read' | 'verify' | 'historyFolder' | 'remember'> {
  /** The folder that the folder of the set is in. */
  readonly root: string;
  /** The repository it is fetched from; absent: it lies in `root` already. */
  readonly source?: ResticSource;
}

/** The repository that a set is fetched from; undefined: the vault is a folder. @throws UsageError */
export function setSource(
  { offsite }: Pick<PlaceCollaborators, 'offsite'>,
  copy: string,
): ResticSource | undefined {
  if (copy === '') return offsite.vault;
  const found = offsite.copies.find(({ target }) => target.name === copy);
  if (found !== undefined) return found;
  const names = offsite.copies.map(({ target }) => target.name);
  throw new UsageError(`the site file names no copy ${copy}`, {
    hint:
      names.length === 0
        ? 'Copies are listed under "vault.copies" in the site file.'
        : `It names: ${names.join(', ')}`,
  });
}

/** Folder that a run fetches the set into; beside its scratch cluster, where there must be room anyway. */
export function fetchedFolder(
  { scratch }: Pick<PlaceCollaborators, 'scratch'>,
  { run }: Pick<ReadContext, 'run'>,
): string {
  return path.join(scratch.folder, `sense-runbook-fetched-${run.id}`);
}

/** Whether the files of the set can be read already; a set in a repository is fetched by an earlier step of the run. */
export async function isHere(place: Pick<SetPlace, 'root' | 'source'>, set: string): Promise<boolean> {
  return place.source === undefined || (await fileSize(path.join(place.root, set, MANIFEST))) !== undefined;
}

/**
 * Where this run reads its set. A set that is not fetched yet tells itself from where it is. @throws
 * UsageError when the site file names no such copy
 */
export function setPlace(c: PlaceCollaborators, copy: string, context: Pick<ReadContext, 'run'>): SetPlace {
  const source = setSource(c, copy);
  if (source === undefined) return c.vault;
  const root = fetchedFolder(c, context);
  const { read, verify } = source.fetched(root);
  return {
    root,
    source,
    verify,
    historyFolder: (set) => source.historyFolder(set),
    remember: (set, event) => source.remember(set, event),
    async read(set) {
      return (await isHere({ root, source }, set)) ? read(set) : (copy === '' ? c.vault : source).read(set);
    },
  };
}
