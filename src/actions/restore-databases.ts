import * as z from 'zod';
import type { ReadContext } from '../contract/action.ts';
import { PreflightError, UsageError } from '../contract/errors.ts';
import { readDatabaseRows, type DatabaseRow } from '../postgres/database-rows.ts';
import type { ClientPrograms, ServerFacts } from '../postgres/server.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { withDatabase } from './with-database.ts';
import { realName } from './database-names.ts';
import { readSetDatabases } from './set-databases.ts';
import type { SetDatabase } from './set-databases.ts';
import { setPlace, type PlaceCollaborators } from './set-place.ts';

/** Longest name of a database; PostgreSQL cuts longer ones off. Bytes. */
const LONGEST_NAME = 63;
/** Stands for a run in a plan, and is as long as the identifier of one. */
const PLANNED_RUN = '<run>';
const RUN_LENGTH = '20261124T053050Z-7vcxm2'.length;

/** Which databases of a set: a list, or names with commas between; none means all. */
export const databasesInput = z
  .union([z.array(z.string()), z.string()])
  .default([])
  .describe('Names of databases of the set; none: all of them');

/** One database of a set and the names it has on the way. */
export interface RestoredDatabase extends SetDatabase {
  /** What it will be called: as the server calls the old one, else as it was called when it was dumped. */
  readonly final: string;
  /** Beside the old one, until both are swapped. */
  readonly temporary: string;
  /** What the old one is called afterwards. */
  readonly kept: string;
  /** Whether there is a database of the final name. */
  readonly exists: boolean;
}

/** What `before` of the steps says of them; names alone, so that what is there can be judged whatever happened. */
export type RestoredNames = { name: string; final: string; temporary: string; kept: string };

/** What is to be restored, and what the server is. */
export interface DatabasesToRestore {
  readonly facts: ServerFacts;
  readonly manifestSha256: string;
  readonly dumpMajor: number;
  readonly databases: readonly RestoredDatabase[];
}

/**
 * The chosen databases of a set with the names that this run gives them.
 * @throws UsageError for a name that the set has not, PreflightError for a name that would be too long or fits two databases
 */
export async function databasesToRestore(
  c: Pick<ActionCollaborators, 'database'> & PlaceCollaborators,
  given: {
    readonly set: string;
    readonly copy: string;
    readonly databases: string | readonly string[];
    /** No other name is used on the way. */
    readonly inPlace?: true;
  },
  context: Pick<ReadContext, 'run'>,
): Promise<DatabasesToRestore> {
  const { databases, manifestSha256, dumpMajor } = await readSetDatabases(
    setPlace(c, given.copy, context),
    given.set,
  );
  const facts = await c.database.facts();
  // Facts may be seconds old, and an earlier step of the run may have changed what there is since.
  const there = { databases: await withDatabase(c, 'postgres', context, readDatabaseRows) };
  return {
    facts,
    manifestSha256,
    dumpMajor,
    databases: chosenDatabases(databases, given.databases, given.set).map((one) => {
      const real = realName(one.name, there) ?? realName(one.database, there);
      const final = real ?? one.database;
      const names = {
        final,
        temporary: `${final}_restore_${context.run.id}`,
        kept: `${final}_before_${context.run.id}`,
      };
      for (const name of given.inPlace === true ? [] : [names.temporary, names.kept]) checkLength(name);
      return { ...one, ...names, exists: real !== undefined };
    }),
  };
}

/** What stays written down of them. */
export function namesOf(databases: readonly RestoredDatabase[]): RestoredNames[] {
  return databases.map(({ name, final, temporary, kept }) => ({ name, final, temporary, kept }));
}

/**
 * The comment of a database that this run has restored completely. It is what tells it from the old one, whatever both are
 * called by then.
 */
export function completeMark(run: string): string {
  return `restored by sense-runbook in run ${run}`;
}

/** The old and the restored database of one name, as they are now. */
export interface SwapState {
  readonly old?: DatabaseRow;
  readonly restored?: DatabaseRow;
  /** Whether the restored one has the final name. */
  readonly swapped: boolean;
}

/** Looks at names and comments: which of the databases are the old and the restored one of `names`. */
export function stateOf(names: RestoredNames, rows: readonly DatabaseRow[], run: string): SwapState {
  const named = (name: string): DatabaseRow | undefined => rows.find((row) => row.name === name);
  const current = named(names.final);
  const swapped = current?.comment === completeMark(run);
  const old = swapped ? named(names.kept) : current;
  const restored = swapped ? current : named(names.temporary);
  return {
    ...(old === undefined ? {} : { old }),
    ...(restored === undefined ? {} : { restored }),
    swapped,
  };
}

/** Whether this run has restored it completely, under whichever name. */
export function isComplete(names: RestoredNames, rows: readonly DatabaseRow[], run: string): boolean {
  return stateOf(names, rows, run).restored?.comment === completeMark(run);
}

/**
 * Client programs for a restore: those of the server where they are new enough for the dumps, else those of the dumps.
 * pg_restore, unlike pg_dump, works with a newer server. @throws PreflightError
 */
export async function restorePrograms(
  { database }: Pick<ActionCollaborators, 'database'>,
  serverMajor: number,
  dumpMajor: number,
): Promise<ClientPrograms> {
  try {
    return await database.programs(Math.max(serverMajor, dumpMajor));
  } catch (error) {
    if (!(error instanceof PreflightError) || serverMajor <= dumpMajor) throw error;
    return database.programs(dumpMajor);
  }
}

/** Those that are wanted: names of dump or database in any case, with commas between; none means all. @throws UsageError for an unknown one */
export function chosenDatabases(
  databases: readonly SetDatabase[],
  wanted: string | readonly string[],
  set: string,
): readonly SetDatabase[] {
  const names = (typeof wanted === 'string' ? wanted.split(',') : wanted)
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0) return databases;
  const fits = (one: SetDatabase, name: string): boolean =>
    [one.name, one.database].some((other) => other.toLowerCase() === name.toLowerCase());
  const unknown = names.filter((name) => !databases.some((one) => fits(one, name)));
  if (unknown.length > 0)
    throw new UsageError(`backup set ${set} has no database ${unknown.join(', ')}`, {
      hint: `It has ${databases.map(({ name }) => name).join(', ')}.`,
    });
  return databases.filter((one) => names.some((name) => fits(one, name)));
}

/** @throws PreflightError when PostgreSQL would cut the name off; `<run>` counts as the identifier of a run. */
export function checkLength(name: string): void {
  const bytes = Buffer.byteLength(name) + (name.includes(PLANNED_RUN) ? RUN_LENGTH - PLANNED_RUN.length : 0);
  if (bytes > LONGEST_NAME)
    throw new PreflightError(
      `The name of a database would be ${String(bytes)} bytes long during the restore; PostgreSQL takes ${String(LONGEST_NAME)}: ${name}`,
      { hint: 'Restore this database by hand, or with --documented, which needs no other name.' },
    );
}
