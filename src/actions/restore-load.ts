import fs from 'node:fs/promises';
import * as z from 'zod';
import type { Action, ExecuteContext } from '../contract/action.ts';
import { applicationName } from '../contract/application-name.ts';
import { StepError, VerificationError } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import type { SqlOperation } from '../contract/operation.ts';
import { readDatabaseRows } from '../postgres/database-rows.ts';
import type { DatabaseEvidence } from '../postgres/evidence-format.ts';
import { dropDatabase, dropDatabaseStatement } from '../postgres/sessions.ts';
import type { SqlClient } from '../postgres/server.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { EVIDENCE_FILE, readEvidenceFile } from './evidence-file.ts';
import { factOf, notPlanned } from './failure.ts';
import { isPlaceholder } from './input.ts';
import {
  completeMark,
  databasesInput,
  databasesToRestore,
  isComplete,
  namesOf,
  type RestoredDatabase,
  type RestoredNames,
} from './restore-databases.ts';
import { withDatabase } from './with-database.ts';
import { loadAll } from './restore-load-all.ts';
import { asideFolder } from './restore-load-commands.ts';
import { loadOperations, planLoads, type PlannedLoad } from './restore-load-plan.ts';
import { copyInput, setPlace, type PlaceCollaborators } from './set-place.ts';
import { inSet, setInput } from './set-paths.ts';

const input = z.strictObject({
  set: setInput,
  copy: copyInput,
  databases: databasesInput,
  /** Whether what was restored is compared with what was recorded. */
  compare: z.boolean().default(true),
});

/** Names only: what is there is looked at. */
export type LoadBefore = { databases: RestoredNames[] };

/**
 * Restores databases of a set beside the old ones, side by side, under names of this run: each made as the old one was,
 * loaded, compared with what was recorded at its dump, and given the rights and settings that no dump holds. Nobody uses
 * them until `restore.swap`. A database that is complete has a comment that says so; every other one is made anew when
 * the step is done again.
 */
export function createRestoreLoad(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'temporaryFolder'> & PlaceCollaborators,
): Action<z.infer<typeof input>, LoadBefore> {
  type Input = z.infer<typeof input>;

  return {
    name: 'restore.load',
    effect: 'change',
    input,
    onCancel: 'kill',
    byHand: false,

    async describe(given, context) {
      if (isPlaceholder(given.set)) return notPlanned('Which set is restored is not known yet.');
      try {
        const wanted = await databasesToRestore(c, given, context);
        const planned = await withDatabase(c, 'postgres', context, (client) =>
          planLoads(c, wanted, given, context, client),
        );
        return {
          operations: planned.flatMap(loadOperations),
          estimate: { bytes: planned.reduce((sum, { one }) => sum + one.bytes, 0) },
          observed: { manifestSha256: wanted.manifestSha256, server: wanted.facts.version },
          notes: notesOf(planned),
        };
      } catch (error) {
        return notPlanned(`The databases could not be planned: ${factOf(error)}`);
      }
    },

    async prepare(given, context) {
      const { databases } = await databasesToRestore(c, given, context);
      return { databases: namesOf(databases) };
    },

    async execute(given, _before, context) {
      const wanted = await databasesToRestore(c, given, context);
      const recorded = await evidenceOf(given, wanted.databases, context);
      const { planned, done } = await withDatabase(c, 'postgres', context, async (client) => {
        await checkOwners(client, wanted.databases);
        const rows = await readDatabaseRows(client);
        const loads = await planLoads(c, wanted, given, context, client);
        const complete = (load: PlannedLoad): boolean => isComplete(load.one, rows, context.run.id);
        return { planned: loads.filter((load) => !complete(load)), done: loads.filter(complete) };
      });
      const loaded = await loadAll(c, planned, recorded, context);
      const outputs = [
        ...done.map(({ one }): JsonObject => ({
          name: one.name,
          database: one.final,
          restored: one.temporary,
          compared: given.compare && recorded.has(one.name),
        })),
        ...loaded,
      ];
      return { databases: outputs };
    },

    // What is complete says so itself, and is passed over when the step is done again.
    check: () => Promise.resolve('not-done'),

    describeUndo: (_given, { databases }) =>
      Promise.resolve({ operations: databases.map(({ temporary }) => dropOperation(temporary)) }),

    async undo(_given, { databases }, _outputs, context) {
      await withDatabase(c, 'postgres', context, async (client) => {
        for (const { temporary } of databases)
          await context.perform(dropOperation(temporary), () => dropDatabase(client, temporary));
      });
    },

    async cleanUp(_given, { databases }, context) {
      const done = await c.database.cleanUp(applicationName(context.run.id, context.run.step));
      const dropped = await withDatabase(c, 'postgres', context, async (client) => {
        const rows = await readDatabaseRows(client);
        const half = rows.filter(
          ({ name, comment }) =>
            databases.some(({ temporary }) => temporary === name) && comment !== completeMark(context.run.id),
        );
        for (const { name } of half) await dropDatabase(client, name);
        return half.map(({ name }) => `dropped ${name}, which was restored in part`);
      });
      for (const { name } of databases)
        await fs.rm(asideFolder(c, context.run.id, name), { recursive: true, force: true });
      return [...done, ...dropped];
    },
  };

  /** What was recorded of each database; a set without it can be restored all the same. */
  async function evidenceOf(
    { set, copy, compare }: Input,
    databases: readonly RestoredDatabase[],
    context: ExecuteContext,
  ): Promise<ReadonlyMap<string, DatabaseEvidence>> {
    const read = await readEvidenceFile(inSet(setPlace(c, copy, context), set, EVIDENCE_FILE));
    if (read.kind === 'damaged')
      throw new VerificationError(`${EVIDENCE_FILE} of backup set ${set} cannot be read: ${read.problem}`, {
        hint: 'Restore another set.',
      });
    const recorded = new Map(
      read.kind === 'found' ? read.evidence.databases.map((one) => [one.name, one]) : [],
    );
    const without = databases.filter(({ name }) => !recorded.has(name)).map(({ name }) => name);
    if (without.length > 0)
      context.warn(
        `Nothing was recorded of ${without.join(', ')} when the set was made: ${compare ? 'what is restored cannot be compared, and ' : ''}rights and settings of the database are PostgreSQL's own.`,
        'Look at the site yourself before it is used.',
      );
    return recorded;
  }
}

function dropOperation(name: string): SqlOperation {
  return { kind: 'sql', database: 'postgres', text: dropDatabaseStatement(name), effect: 'change' };
}

/** @throws StepError before anything is made when an owner is missing. */
async function checkOwners(client: SqlClient, databases: readonly RestoredDatabase[]): Promise<void> {
  const roles = await client.query<{ name: string }>('select rolname::text as name from pg_catalog.pg_roles');
  const missing = databases.filter(({ owner }) => !roles.some(({ name }) => name === owner));
  if (missing.length === 0) return;
  const owners = [...new Set(missing.map(({ owner }) => owner))].join(', ');
  throw new StepError(
    `The role ${owners}, which owns ${missing.map(({ name }) => name).join(', ')}, is missing.`,
    {
      hint: '`restore.create-roles` makes the roles of a set, but no superuser: make that one yourself (CREATE ROLE ... SUPERUSER), then resume.',
    },
  );
}

function notesOf(planned: readonly PlannedLoad[]): string[] {
  return planned.flatMap(({ one, locale, load }) => [
    ...(load.phases.length > 1
      ? [
          `${one.name} is large: its dump in tar format is restored in parts, the rows by ${String(load.phases[1]?.length)} pg_restore side by side.`,
        ]
      : []),
    ...(locale.instead === true
      ? [
          `${one.name} had the locale ${one.collate}, which this server does not know: it gets ${locale.collate}. Texts may be sorted in another order.`,
        ]
      : []),
    ...(one.exists && one.final !== one.database
      ? [`${one.database} is called ${one.final} here, and keeps that name.`]
      : []),
  ]);
}
