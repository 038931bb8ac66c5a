import type { Operation } from '../contract/operation.ts';
import { newestComplete } from '../vault/newest-complete.ts';
import { dumpCommand, snapshotsCommand } from '../vault/restic/commands.ts';
import { MANIFEST } from '../vault/set-names.ts';
import type { SetSource, SetSummary } from '../vault/vault.ts';
import { setSource, type PlaceCollaborators } from './set-place.ts';

/** Stands for the set, which may be asked for as the latest. */
const NEEDED = '<the-set>';

/** Where a set is looked for, and by which operations. */
export interface SetLookup {
  readonly sets: SetSource;
  readonly list: Operation;
  /** Reads its manifest; absent where that is a file like others. */
  readonly read?: Operation;
}

/** How a set is found in the vault, or in an offsite copy. @throws UsageError when the site file names no such copy */
export function setLookup(c: Pick<PlaceCollaborators, 'vault' | 'offsite'>, copy: string): SetLookup {
  const source = setSource(c, copy);
  const look: Operation = { kind: 'file', verb: 'check', path: c.vault.root, effect: 'read' };
  if (source === undefined) return { sets: c.vault, list: look };
  const read = dumpCommand(source.target, NEEDED, `/${MANIFEST}`);
  if (copy === '') return { sets: c.vault, list: look, read };
  return { sets: source, list: snapshotsCommand(source.target), read };
}

/** A complete set by its id, or the newest for `latest`; undefined when there is none. */
export async function findComplete(sets: SetSource, wanted: string): Promise<SetSummary | undefined> {
  const all = await sets.list();
  const set = wanted === 'latest' ? newestComplete(all) : all.find(({ id }) => id === wanted);
  return set?.state === 'complete' ? set : undefined;
}
