import fs from 'node:fs/promises';
import * as z from 'zod';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { applicationName } from '../contract/application-name.ts';
import { ExpectedError, messageOf, StepError } from '../contract/errors.ts';
import { readDatabaseRows, type DatabaseRow } from '../postgres/database-rows.ts';
import type { DatabaseEvidence } from '../postgres/evidence-format.ts';
import { dropDatabase } from '../postgres/sessions.ts';
import type { SqlClient } from '../postgres/server.ts';
import { makeFolder } from '../vault/make-folder.ts';
import { dumpDatabase } from './dump-database.ts';
import { factOf, notPlanned } from './failure.ts';
import {
  dropOperation,
  MOVE,
  moveFolder,
  moveOperations,
  placeOf,
  planMove,
  type MoveCollaborators,
  type MovePlan,
} from './move-plan.ts';
import { targetDatabase, targetInput, targetPlace } from './move-target.ts';
import { loadAll } from './restore-load-all.ts';
import { completeMark } from './restore-databases.ts';
import { withDatabase } from './with-database.ts';

const input = z.strictObject({
  ...targetInput,
  /** Read and hash every row, so that not only their number is compared. */
  checksums: z.boolean().default(false),
});

type Input = z.infer<typeof input>;

/** Names on the new server: of what is being loaded, and of what is complete. */
export type MoveBefore = { databases: { final: string; temporary: string }[] };

/**
 * Moves the databases of the site to the new server: each dumped with the evidence of the same moment, loaded under a name of
 * this run, compared, given its rights and settings, and last of all its own name. Done again, it begins from the start,
 * since the site may have written in between.
 */
export function createMoveDatabases(c: MoveCollaborators): Action<Input, MoveBefore> {
  const onTarget = <T>(
    given: Input,
    context: Pick<ReadContext, 'run'>,
    work: (client: SqlClient) => Promise<T>,
  ): Promise<T> => withDatabase({ database: targetDatabase(c, given) }, 'postgres', context, work);

  /** What this run has made; with the rows of the new server. */
  const ours = (rows: readonly DatabaseRow[], name: string, { run }: Pick<ReadContext, 'run'>): boolean =>
    rows.some((row) => row.name === name && row.comment === completeMark(run.id));

  async function clear(given: Input, planned: MovePlan, context: ExecuteContext): Promise<void> {
    await onTarget(given, context, async (client) => {
      const rows = await readDatabaseRows(client);
      for (const { one } of planned.loads) {
        const there = rows.find(({ name }) => name.toLowerCase() === one.final.toLowerCase());
        if (there === undefined) continue;
        if (!ours(rows, one.final, context))
          throw new StepError(`The new server has a database ${there.name} already, and not from this run.`, {
            hint: 'Look what it is; drop or rename it there, then `sense-runbook resume`.',
          });
        await context.perform(dropOperation(one.final), () => dropDatabase(client, one.final));
      }
    });
  }

  async function dumpAll(
    given: Input,
    planned: MovePlan,
    context: ExecuteContext,
  ): Promise<Map<string, DatabaseEvidence>> {
    const set = placeOf(planned.folder, makeFolder);
    const recorded = new Map<string, DatabaseEvidence>();
    for (const dump of planned.dumps.dumps) {
      const work = { given: { ...MOVE, checksums: given.checksums }, dump, set, onLocked: () => undefined };
      const { evidence } = await dumpDatabase(c, work, context);
      recorded.set(dump.name, evidence.database);
    }
    return recorded;
  }

  return {
    name: 'move.databases',
    effect: 'change',
    input,
    undoLoses: true,
    onCancel: 'kill',
    byHand: false,

    async describe(given, context) {
      try {
        const planned = await planMove(c, given, context);
        const { host, port } = targetPlace(c, given);
        return {
          operations: moveOperations(planned),
          estimate: { bytes: planned.loads.reduce((sum, { one }) => sum + one.bytes, 0) },
          observed: { from: planned.dumps.facts.version, to: planned.target.version },
          notes: [
            `From PostgreSQL ${planned.dumps.facts.version} to ${planned.target.version} at ${host}:${String(port)}; what is made has the names of the site there.`,
            ...planned.dumps.notes,
          ],
        };
      } catch (error) {
        return notPlanned(`The databases could not be planned: ${factOf(error)}`);
      }
    },

    async prepare(given, context) {
      const { loads } = await planMove(c, given, context);
      return { databases: loads.map(({ one: { final, temporary } }) => ({ final, temporary })) };
    },

    async execute(given, _before, context) {
      const planned = await planMove(c, given, context);
      await clear(given, planned, context);
      await context.perform(planned.make, async () => {
        await fs.rm(planned.folder, { recursive: true, force: true });
        await makeFolder(planned.folder);
      });
      const recorded = await dumpAll(given, planned, context);
      const there = { ...c, database: targetDatabase(c, given) };
      const databases = await loadAll(there, planned.loads, recorded, context);
      await onTarget(given, context, (client) => rename(planned, client, context));
      await context.perform(planned.remove, () => fs.rm(planned.folder, { recursive: true, force: true }));
      return { databases, from: planned.dumps.facts.version, to: planned.target.version };
    },

    check: () => Promise.resolve('not-done'),

    describeUndo: (_given, { databases }) =>
      Promise.resolve({
        operations: databases.flatMap(({ final, temporary }) => [
          dropOperation(final),
          dropOperation(temporary),
        ]),
      }),

    async undo(given, { databases }, _outputs, context) {
      await onTarget(given, context, async (client) => {
        const rows = await readDatabaseRows(client);
        for (const { final, temporary } of databases) {
          if (ours(rows, final, context))
            await context.perform(dropOperation(final), () => dropDatabase(client, final));
          if (rows.some(({ name }) => name === temporary))
            await context.perform(dropOperation(temporary), () => dropDatabase(client, temporary));
        }
      });
    },

    async cleanUp(given, { databases }, context) {
      const session = applicationName(context.run.id, context.run.step);
      const done = await c.database.cleanUp(session);
      await fs.rm(moveFolder(c, context), { recursive: true, force: true });
      try {
        done.push(...(await targetDatabase(c, given).cleanUp(session)));
        const dropped = await onTarget(given, context, async (client) => {
          const rows = await readDatabaseRows(client);
          const half = databases.filter(({ temporary }) => rows.some(({ name }) => name === temporary));
          for (const { temporary } of half) await dropDatabase(client, temporary);
          return half.map(({ temporary }) => `dropped ${temporary}, which was moved in part`);
        });
        return [...done, ...dropped];
      } catch (error) {
        // The site runs on its own server: nothing waits for the new one.
        if (!(error instanceof ExpectedError)) throw error;
        return [...done, `left what is on the new server, which does not answer: ${messageOf(error)}`];
      }
    },
  };
}

/** All of them get their names, or none. */
async function rename({ renames }: MovePlan, client: SqlClient, context: ExecuteContext): Promise<void> {
  await client.query('begin');
  try {
    for (const operation of renames)
      await context.perform(operation, async () => {
        await client.query(operation.text);
      });
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
