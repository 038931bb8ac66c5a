import * as z from 'zod';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { SqlOperation } from '../contract/operation.ts';
import { readDatabaseRows, type DatabaseRow } from '../postgres/database-rows.ts';
import { renameDatabases, renameStatements, type DatabaseRename } from '../postgres/rename-databases.ts';
import { CLEAR_STATEMENTS, dropDatabase, dropDatabaseStatement, sessionText } from '../postgres/sessions.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf, notPlanned } from './failure.ts';
import { isPlaceholder } from './input.ts';
import {
  completeMark,
  databasesInput,
  databasesToRestore,
  namesOf,
  stateOf,
  type RestoredNames,
} from './restore-databases.ts';
import { sqlLook } from './sql-operation.ts';
import { withDatabase } from './with-database.ts';
import { backAgain, judge, keptDatabases, obstaclesAfter, positionOf, type SwapEntry } from './swap-state.ts';
import { copyInput, type PlaceCollaborators } from './set-place.ts';
import { setInput } from './set-paths.ts';

const input = z.strictObject({ set: setInput, copy: copyInput, databases: databasesInput });

/** Which databases there are, by oid: names change in this step. */
export type SwapBefore = { databases: SwapEntry[] };

/**
 * Puts the restored databases into the place of the old ones, all in one transaction: either every database is the
 * restored one, or none is. Programs that are still connected are named and ended. The old databases stay under another
 * name, and nobody can connect to them, until `cleanup`. It asks for the approval of something destroyed all the same,
 * since what the site knows changes at this moment.
 */
export function createRestoreSwap(
  c: Pick<ActionCollaborators, 'database'> & PlaceCollaborators,
): Action<z.infer<typeof input>, SwapBefore> {
  async function rowsNow(context: ReadContext): Promise<DatabaseRow[]> {
    return withDatabase(c, 'postgres', context, readDatabaseRows);
  }

  /** Renames them as described operations, with a second connection that ends sessions. */
  async function rename(renames: readonly DatabaseRename[], context: ExecuteContext): Promise<void> {
    if (renames.length === 0) return;
    const operations = operationsFor(renames);
    if (!context.isPlanned(END) || !operations.every((operation) => context.isPlanned(operation)))
      throw new StepError(
        'The databases of the server are not those that were there when this was planned.',
        {
          hint: 'Plan the restore anew. Nothing was changed by this step.',
        },
      );
    await withDatabase(c, 'postgres', context, (client) =>
      withDatabase(c, 'postgres', context, async (watcher) => {
        const ended = await context.perform(END, () =>
          renameDatabases(renames, {
            client,
            watcher,
            perform: (text, work) => context.perform(operationOf(text), work),
          }),
        );
        for (const session of ended)
          context.warn(`Was connected, and was ended: ${sessionText(session)}.`, STOP_IT);
      }),
    );
  }

  return {
    name: 'restore.swap',
    effect: 'destroy',
    input,
    onCancel: 'wait',
    mayBeUnknown: true,

    async describe(given, context) {
      if (isPlaceholder(given.set)) return notPlanned('Which set is restored is not known yet.');
      try {
        const { databases } = await databasesToRestore(c, given, context);
        const renames = renamesOf(databases);
        return {
          operations: [END, ...operationsFor(renames)],
          notes: [
            `The old databases stay as ${databases
              .filter(({ exists }) => exists)
              .map(({ kept }) => kept)
              .join(', ')} until \`cleanup\`; nobody can connect to them.`,
          ].filter(() => databases.some(({ exists }) => exists)),
          observed: { databases: databases.map(({ final, exists }) => ({ name: final, exists })) },
        };
      } catch (error) {
        return notPlanned(`The databases could not be planned: ${factOf(error)}`);
      }
    },

    async prepare(given, context) {
      const { databases } = await databasesToRestore(c, given, context);
      const rows = await rowsNow(context);
      return {
        databases: namesOf(databases).map((names): SwapEntry => {
          const { old, restored, swapped } = stateOf(names, rows, context.run.id);
          if (restored === undefined || restored.comment !== completeMark(context.run.id))
            throw new StepError(`The restored database ${names.temporary} is not there, or not complete.`, {
              hint: '`resume` restores it again.',
            });
          return {
            ...names,
            restored: restored.oid,
            // Once swapped, nobody may connect to the old one; that was not so before.
            ...(old === undefined ? {} : { old: old.oid, oldAllowed: swapped ? true : old.allowConnections }),
          };
        }),
      };
    },

    async execute(_given, before, context) {
      const rows = await rowsNow(context);
      const strange = before.databases.find((entry) => positionOf(entry, rows) === 'unknown');
      if (strange !== undefined)
        throw new StepError(`The database ${strange.final} is another one than when this step began.`, {
          hint: `Somebody renamed or dropped a database meanwhile. Look which ones are named ${strange.final}, ${strange.temporary} and ${strange.kept}.`,
        });
      const todo = before.databases.filter((entry) => positionOf(entry, rows) !== 'swapped');
      await rename(renamesOf(todo.map((entry) => ({ ...entry, exists: entry.old !== undefined }))), context);
      return {
        databases: before.databases.map(({ name, final, kept, old }) => ({
          name,
          database: final,
          ...(old === undefined ? {} : { kept }),
        })),
      };
    },

    check: async (_given, before, context) => judge(before.databases, await rowsNow(context)),

    async describeUndo(_given, before, _outputs, context) {
      const renames = backAgain(before.databases, await rowsNow(context));
      return { operations: renames.length === 0 ? [] : [END, ...operationsFor(renames)] };
    },

    async undo(_given, before, _outputs, context) {
      await rename(backAgain(before.databases, await rowsNow(context)), context);
    },

    async foreseeUndo(_given, before, _outputs, context, { newer }) {
      const attempts = newer.map(({ databases }) => databases);
      return obstaclesAfter(attempts, before.databases, await rowsNow(context));
    },

    async describeDiscard(_given, before, _outputs, context) {
      const kept = keptDatabases(before.databases, await rowsNow(context));
      return {
        operations: kept.map(({ name }) => dropOperation(name)),
        estimate: { bytes: kept.reduce((sum, { bytes }) => sum + bytes, 0) },
        notes: kept.length === 0 ? [] : [`Old databases: ${kept.map(({ name }) => name).join(', ')}.`],
      };
    },

    async discard(_given, before, _outputs, context) {
      await withDatabase(c, 'postgres', context, async (client) => {
        for (const { name } of keptDatabases(before.databases, await readDatabaseRows(client)))
          await context.perform(dropOperation(name), () => dropDatabase(client, name));
      });
    },
  };
}

const STOP_IT = 'Stop that program, or let it connect again: it finds the restored database.';

/** Ends sessions before and while the names change. */
const END: SqlOperation = {
  ...sqlLook('postgres', CLEAR_STATEMENTS, {
    note: '$1: the databases named below, then the sessions in them; then, in one transaction:',
  }),
  effect: 'change',
};

function operationsFor(renames: readonly DatabaseRename[]): SqlOperation[] {
  return renameStatements(renames).map(operationOf);
}

function operationOf(text: string): SqlOperation {
  return { kind: 'sql', database: 'postgres', text, effect: 'change' };
}

function dropOperation(name: string): SqlOperation {
  return { kind: 'sql', database: 'postgres', text: dropDatabaseStatement(name), effect: 'destroy' };
}

/** First every old one out of the way, then the restored ones into place. */
function renamesOf(
  databases: readonly (Omit<RestoredNames, 'name'> & { readonly exists: boolean })[],
): DatabaseRename[] {
  return [
    ...databases
      .filter(({ exists }) => exists)
      .map(({ final, kept }) => ({ from: final, to: kept, allowConnections: false })),
    ...databases.map(({ final, temporary }) => ({ from: temporary, to: final, allowConnections: true })),
  ];
}
