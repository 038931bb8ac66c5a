import type { Judgement } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { DatabaseRow } from '../postgres/database-rows.ts';
import type { DatabaseRename } from '../postgres/rename-databases.ts';
import type { RestoredNames } from './restore-databases.ts';

/** One database before a swap. Oids tell the old and the restored one apart, whatever they are called by then. */
export type SwapEntry = RestoredNames & {
  /** Of the restored database. */
  restored: number;
  /** Of the one that had the name; absent: none had. */
  old?: number;
  /** Whether one could connect to the old one. */
  oldAllowed?: boolean;
};

/** Where the two databases of an entry are. */
export function positionOf(
  entry: SwapEntry,
  rows: readonly DatabaseRow[],
): 'swapped' | 'not-swapped' | 'unknown' {
  const nameOf = (oid: number | undefined): string | undefined => rows.find((row) => row.oid === oid)?.name;
  const [restored, old] = [nameOf(entry.restored), nameOf(entry.old)];
  // The old one may have been removed by `cleanup` since.
  if (restored === entry.final && (old === undefined || old === entry.kept)) return 'swapped';
  if (restored !== entry.final && (entry.old === undefined || old === entry.final)) return 'not-swapped';
  return 'unknown';
}

/** What became of all of them; they change together. */
export function judge(entries: readonly SwapEntry[], rows: readonly DatabaseRow[]): Judgement {
  const positions = new Set(entries.map((entry) => positionOf(entry, rows)));
  if (positions.size > 1 || positions.has('unknown')) return 'unknown';
  return positions.has('swapped') ? 'done' : 'not-done';
}

/** What stands in the way of undoing a swap: an old database is not there any more, or its place was taken by another one. */
export function obstaclesToBackAgain(
  entries: readonly SwapEntry[],
  rows: readonly DatabaseRow[],
): StepError[] {
  return swappedOf(entries, rows).flatMap((entry) => {
    const old = rows.find(({ oid }) => oid === entry.old);
    if (entry.old !== undefined && old === undefined)
      return new StepError(`The old database of ${entry.final} is not there any more.`, {
        hint: `It was kept as ${entry.kept}, and somebody dropped it: it cannot be put back. What is older is in the backup sets.`,
      });
    const inPlace = rows.find((row) => row.name === entry.final);
    if (inPlace !== undefined && inPlace.oid !== entry.restored && inPlace.oid !== entry.old)
      return new StepError(`The database ${entry.final} is another one than was restored.`, {
        hint: `Somebody made it since. Rename it, then roll back again: the old one is ${old?.name ?? 'none'}.`,
      });
    return [];
  });
}

/**
 * The changes of names that undo a swap, for those databases that are swapped. The restored ones get their temporary
 * names and let nobody in.
 * @throws StepError the first of `obstaclesToBackAgain`
 */
export function backAgain(entries: readonly SwapEntry[], rows: readonly DatabaseRow[]): DatabaseRename[] {
  const [obstacle] = obstaclesToBackAgain(entries, rows);
  if (obstacle !== undefined) throw obstacle;
  const swapped = swappedOf(entries, rows);
  const inPlace = ({ final }: SwapEntry): DatabaseRow | undefined => rows.find(({ name }) => name === final);
  return [
    ...swapped
      .filter((entry) => inPlace(entry)?.oid === entry.restored)
      .map(({ final, temporary }) => ({ from: final, to: temporary, allowConnections: false })),
    ...swapped.flatMap(({ old, final, oldAllowed }) => {
      const current = rows.find(({ oid }) => oid === old)?.name;
      if (current === undefined || current === final) return [];
      return [{ from: current, to: final, allowConnections: oldAllowed ?? true }];
    }),
  ];
}

/**
 * What stands in the way of undoing a swap once those of its newer attempts are undone: an older one may have had another
 * restored database, and meets the names that the newer leave.
 */
export function obstaclesAfter(
  newer: readonly (readonly SwapEntry[])[],
  entries: readonly SwapEntry[],
  rows: readonly DatabaseRow[],
): StepError[] {
  const [next, ...rest] = newer;
  if (next === undefined) return obstaclesToBackAgain(entries, rows);
  // Said of that attempt already; what comes of the names then, nobody can tell.
  if (obstaclesToBackAgain(next, rows).length > 0) return [];
  return obstaclesAfter(rest, entries, renamed(backAgain(next, rows), rows));
}

function renamed(renames: readonly DatabaseRename[], rows: readonly DatabaseRow[]): DatabaseRow[] {
  // One after another, as they are done: a name that is given away may be taken by the next.
  return renames.reduce<DatabaseRow[]>(
    (now, { from, to }) => now.map((row) => (row.name === from ? { ...row, name: to } : row)),
    [...rows],
  );
}

function swappedOf(entries: readonly SwapEntry[], rows: readonly DatabaseRow[]): SwapEntry[] {
  return entries.filter((entry) => positionOf(entry, rows) !== 'not-swapped');
}

/** What a swap keeps: old databases under their other names, and restored ones that were not used in the end. */
export function keptDatabases(entries: readonly SwapEntry[], rows: readonly DatabaseRow[]): DatabaseRow[] {
  return rows.filter((row) =>
    entries.some(
      ({ kept, temporary, old, restored }) =>
        (row.name === kept && row.oid === old) || (row.name === temporary && row.oid === restored),
    ),
  );
}
