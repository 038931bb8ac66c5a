import type { ReadContext } from '../contract/action.ts';
import { formatCount } from '../foundation/human.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { repositoryName } from './database-names.ts';
import { factOf } from './failure.ts';
import { isPlaceholder } from './input.ts';
import { lookForNames, type Looked } from './rename-look.ts';
import { dumpSource, namesMachines } from './rename-sources.ts';
import type { Change, Move } from './rename-values.ts';
import { readSetDatabases } from './set-databases.ts';
import { isHere, setPlace, type PlaceCollaborators } from './set-place.ts';

/** What the database of the set will say once it is restored, or why that is not known yet. */
export type Foreseen =
  | Looked
  /** `toFetch`: the set is fetched by an earlier step of the run, and looked at then (`restore.foresee`). */
  | { readonly unread: string; readonly toFetch?: true };

/** Reads it from the dump in the set. @throws StepError when a folder of the share would stay on the old machine */
export async function foreseeNames(
  c: Pick<ActionCollaborators, 'site' | 'database'> & PlaceCollaborators,
  given: { readonly set: string; readonly copy: string },
  how: { readonly move: Move; readonly withHosts: boolean },
  context: ReadContext,
): Promise<Foreseen> {
  if (isPlaceholder(given.set)) return { unread: 'which set is restored is not known yet' };
  const place = setPlace(c, given.copy, context);
  if (!(await isHere(place, given.set))) return { unread: 'the set is not fetched yet', toFetch: true };
  const wanted = repositoryName(c.site.database.names).toLowerCase();
  let tables;
  try {
    const { databases, dumpMajor } = await readSetDatabases(place, given.set);
    const dump = databases.find(({ name, database }) =>
      [name, database].some((one) => one.toLowerCase() === wanted),
    );
    if (dump === undefined) return { unread: `the set has no database ${wanted}` };
    tables = await c.database.dumpedTables(dump, dumpMajor, namesMachines, context.signal);
  } catch (error) {
    context.signal.throwIfAborted();
    return { unread: factOf(error) };
  }
  return lookForNames(dumpSource(tables), how.move, how.withHosts);
}

/** All that was found as plain lines: the diff, then what is left to others. */
export function lookedLines({ changes, byHand, notes }: Looked): string[] {
  return [
    ...(changes.length === 0 ? ['The dump names the old machine nowhere where it would be changed.'] : []),
    ...diffLines(changes),
    ...notes,
    ...byHand,
  ];
}

/** A diff: one line for all rows in which the same becomes the same. */
function diffLines(changes: readonly Change[]): string[] {
  const counts = new Map<string, number>();
  for (const { table, column, value, to } of changes) {
    const line = `"${table}"."${column}": ${value} -> ${to}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, rows]) => `${line} (${formatCount(rows, 'row')})`);
}
