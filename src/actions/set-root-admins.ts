import type { ReadContext } from '../contract/action.ts';
import { ExpectedError } from '../contract/errors.ts';
import { rootAdminsIn, USERS } from '../postgres/root-admins.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { repositoryName } from './database-names.ts';
import { factOf } from './failure.ts';
import type { SetDatabases } from './set-databases.ts';
import { isHere, type SetPlace } from './set-place.ts';

/** Who had the role Root Admin when a set was made, or why that is not known. */
export type SetRootAdmins = { readonly names: readonly string[] } | { readonly unknown: string };

/**
 * Reads it from the manifest; where an older set does not have it there, from its dump of the repository database, if that
 * lies here.
 */
export async function readSetRootAdmins(
  c: Pick<ActionCollaborators, 'site' | 'database'>,
  place: Pick<SetPlace, 'root' | 'source'>,
  set: { readonly id: string } & Pick<SetDatabases, 'databases' | 'dumpMajor'>,
  { signal }: Pick<ReadContext, 'signal'>,
): Promise<SetRootAdmins> {
  const recorded = set.databases.find(({ rootAdmins }) => rootAdmins !== undefined)?.rootAdmins;
  if (recorded !== undefined) return { names: recorded };
  const wanted = repositoryName(c.site.database.names).toLowerCase();
  const dump = set.databases.find(({ name }) => name.toLowerCase() === wanted);
  if (dump === undefined || !(await isHere(place, set.id))) return { unknown: 'the set does not tell' };
  try {
    const tables = await c.database.dumpedTables(dump, set.dumpMajor, (name) => name === USERS, signal);
    const names = rootAdminsIn(tables);
    return names === undefined ? { unknown: `the dump of ${dump.name} does not tell` } : { names };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ExpectedError)) throw error;
    return { unknown: factOf(error) };
  }
}
