import * as z from 'zod';
import type { Action, Description, ExecuteContext, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import { readColumnValues, setColumnValue } from '../postgres/column-values.ts';
import type { SqlClient } from '../postgres/server.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { findDatabase, repositoryName } from './database-names.ts';
import { factOf, notPlanned } from './failure.ts';
import { foreseeNames, lookedLines, type Foreseen } from './rename-foreseen.ts';
import { lookForNames } from './rename-look.ts';
import { moveOf } from './rename-move.ts';
import {
  allowListOperation,
  newValueWords,
  operationOf,
  plannedColumns,
  undoOperation,
  updateOperation,
} from './rename-operations.ts';
import { serverSource } from './rename-sources.ts';
import { changeText, type Change } from './rename-values.ts';
import { discardKept, keepBefore, keepBeforeOperation, keptBefore } from './safety.ts';
import { copyInput, type PlaceCollaborators } from './set-place.ts';
import { setInput } from './set-paths.ts';
import { withDatabase } from './with-database.ts';

const input = z.strictObject({
  set: setInput,
  copy: copyInput,
  /** Host of the central node that was; empty: the set's. */
  from: z.string().default(''),
  /** Host of the new one; empty: that of the central node in the site file. */
  to: z.string().default(''),
  /** What nodes are told as host of the database; empty: the site file's, where the old value names a machine that was. */
  'database-host': z.string().default(''),
  /** `restored`: the repository database still has the name that it was restored under. */
  database: z.enum(['restored', 'swapped']).default('swapped'),
  /** Also in releases whose bootstrap does not do it: June 2017 to April 2018. */
  'host-names': z.boolean().default(false),
});

type Input = z.infer<typeof input>;

/** `database` as the server has it; `changes` with the old values. */
export type RenameBefore = { database: string; changes: Change[]; byHand: string[]; notes: string[] };

/** Nothing waits for a lock of a service that should not run. */
const LOCK_LIMIT = "SET LOCAL lock_timeout = '30s'";

/**
 * Changes in the repository database what names the old machine: paths of the share, address of the database, host allow
 * lists, and where it is asked for the host names themselves, which else `repository.exe -restorehostname` changes (manual 5.7, p. 213). All
 * of it in one transaction, and the old values are kept.
 */
export function createRestoreRename(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'stateFolder'> & PlaceCollaborators,
): Action<Input, RenameBefore> {
  const repository = repositoryName(c.site.database.names);
  const nameOf = ({ database }: Input, { run }: Pick<ReadContext, 'run'>): string =>
    database === 'restored' ? `${repository}_restore_${run.id}` : repository;

  /** All or nothing; `one` says what to do in it. */
  async function inTransaction(
    database: string,
    context: ExecuteContext,
    one: (client: SqlClient) => Promise<void>,
  ): Promise<void> {
    await withDatabase(c, database, context, async (client) => {
      await client.query('BEGIN');
      try {
        await client.query(LOCK_LIMIT);
        await one(client);
        await client.query('COMMIT');
      } catch (error) {
        // What matters is why; a connection that is gone has rolled back by itself.
        await client.query('ROLLBACK').catch(factOf);
        throw error;
      }
    });
  }

  return {
    name: 'restore.rename',
    effect: 'change',
    input,
    onCancel: 'wait',

    async describe(given, context): Promise<Description> {
      const move = await moveOf(c, given, context);
      const database = nameOf(given, context);
      let foreseen: Foreseen;
      try {
        foreseen = await foreseeNames(c, given, { move, withHosts: given['host-names'] }, context);
      } catch (error) {
        return notPlanned(`What names the old machine cannot be changed: ${factOf(error)}`);
      }
      const told = foreseenWords(foreseen);
      const operations = plannedColumns(given['host-names']).map(([table, column]) =>
        updateOperation(database, table, column, newValueWords(column, move)),
      );
      return {
        operations: [keepBeforeOperation(c, context), ...operations, allowListOperation(database, move)],
        basis: 'assumed',
        approval: [`From ${move.from} to ${move.to}, in the repository database:`, ...told],
        notes: [
          `From ${move.from} to ${move.to}, in one transaction. The restored database is asked once more before it is changed; the old values are kept in ${keepBeforeOperation(c, context).path}.`,
          ...told,
          ...(move.names.length === 0
            ? []
            : [`Names of the old site that the set is bound to: ${move.names.join('; ')}.`]),
          given['host-names']
            ? 'The host names are changed too: the bootstrap of this release does not do it.'
            : 'Host names of nodes are changed by repository.exe -restorehostname, not here.',
        ],
      };
    },

    async prepare(given, context) {
      const move = await moveOf(c, given, context);
      const wanted = nameOf(given, context);
      const database = await findDatabase(c, wanted, context);
      if (database === undefined)
        throw new StepError(`there is no database ${wanted}`, {
          hint: 'Nothing was changed. It is made by the step that restores the databases: look whether that is done.',
        });
      const found = await withDatabase(c, database, context, (client) =>
        lookForNames(serverSource(client), move, given['host-names']),
      );
      const kept = (await keptBefore(c, context)) as RenameBefore | undefined;
      return { database, ...found, changes: together(found.changes, kept?.changes ?? []) };
    },

    async execute(given, before, context) {
      const { changes, byHand, notes, database } = before;
      await keepBefore(c, context, before);
      const move = await moveOf(c, given, context);
      const planned = nameOf(given, context);
      await inTransaction(database, context, async (client) => {
        for (const change of changes) {
          context.progress({ text: changeText(change) });
          await context.perform(operationOf(change, planned, move), () =>
            setColumnValue(client, change, { from: change.value, to: change.to }),
          );
        }
      });
      for (const line of byHand) context.warn(line);
      return { database, changes: changes.map(changeText), byHand, notes };
    },

    async check(_given, before, context) {
      if (before.changes.length === 0) return 'not-done';
      const states = await withDatabase(c, before.database, context, async (client) => {
        const found = [];
        for (const change of before.changes) {
          const { values } = await readColumnValues(client, change.table, [change.column]);
          found.push(
            values.some(({ key, value }) => key?.value === change.key?.value && value === change.to),
          );
        }
        return found;
      });
      if (states.every((done) => done)) return 'done';
      return states.some((done) => done) ? 'partial' : 'not-done';
    },

    describeUndo: (_given, { database, changes }) =>
      Promise.resolve({ operations: changes.map((change) => undoOperation(database, change)) }),

    async undo(_given, { database, changes }, _outputs, context) {
      if (changes.length === 0 || (await findDatabase(c, database, context)) === undefined) return;
      await inTransaction(database, context, async (client) => {
        for (const change of changes)
          await context.perform(undoOperation(database, change), () =>
            // Where somebody has set another value since, that stays.
            setColumnValue(client, change, { from: change.to, to: change.value, unless: 'changed' }),
          );
      });
    },

    ...discardKept(c, () => []),
  };
}

/** What the dump of the set says becomes what. */
function foreseenWords(foreseen: Foreseen): string[] {
  if ('unread' in foreseen)
    return [
      foreseen.toFetch === true
        ? `What it says now is read once the set is here, and shown before any service is stopped: ${foreseen.unread}.`
        : `What it says now is read when it is restored, and shown then: ${foreseen.unread}.`,
    ];
  return lookedLines(foreseen);
}

/** Also what an earlier attempt of this run was to change: some of it may be changed already. */
function together(now: readonly Change[], earlier: readonly Change[]): Change[] {
  const same = (a: Change, b: Change): boolean =>
    a.table === b.table && a.column === b.column && a.key?.value === b.key?.value;
  return [...now, ...earlier.filter((one) => !now.some((other) => same(one, other)))];
}
