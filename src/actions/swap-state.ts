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

/**
 * The changes of names that undo a swap, for those databases that are swapped. The restored ones get their temporary
 * names and let nobody in.
 * @throws StepError when an old database is not there any more, or its place was taken by another one
 */
export function backAgain(entries: readonly SwapEntry[], rows: readonly DatabaseRow[]): DatabaseRename[] {
  const named = (name: string): DatabaseRow | undefined => rows.find((row) => row.name === name);
  const swapped = entries.filter((entry) => positionOf(entry, rows) !== 'not-swapped');
  for (const entry of swapped) {
    const old = rows.find(({ oid }) => oid === entry.old);
    if (entry.old !== undefined && old === undefined)
      throw new StepError(`The old database of ${entry.final} is not there any more.`, {
        hint: 'It cannot be put back: restore a backup set instead.',
      });
    const inPlace = named(entry.final);
    if (inPlace !== undefined && inPlace.oid !== entry.restored && inPlace.oid !== entry.old)
      throw new StepError(`The database ${entry.final} is another one than was restored.`, {
        hint: `Somebody made it since. Rename it, then roll back again: the old one is ${old?.name ?? 'none'}.`,
      });
  }
  return [
    ...swapped
      .filter((entry) => named(entry.final)?.oid === entry.restored)
      .map(({ final, temporary }) => ({ from: final, to: temporary, allowConnections: false })),
    ...swapped.flatMap(({ old, final, oldAllowed }) => {
      const current = rows.find(({ oid }) => oid === old)?.name;
      if (current === undefined || current === final) return [];
      return [{ from: current, to: final, allowConnections: oldAllowed ?? true }];
    }),
  ];
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
