import { availableParallelism } from 'node:os';
import * as z from 'zod';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { CommandError, messageOf, StepError, VerificationError } from '../contract/errors.ts';
import type { CommandOperation, SqlOperation } from '../contract/operation.ts';
import { checkDump } from '../postgres/check-dump.ts';
import { DatabaseError } from '../postgres/errors.ts';
import { createDatabaseStatement } from '../postgres/recreate.ts';
import { restoreCommand, restoreTrouble } from '../postgres/restore.ts';
import type { ClientPrograms } from '../postgres/server.ts';
import { allOrFirstFailure } from './all-or-first-failure.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { copyInput, setPlace, type PlaceCollaborators } from './set-place.ts';
import { bindDatabases, databasesOfSet, dumpedFrom } from './set-databases.ts';
import type { SetDatabase } from './set-databases.ts';
import { factOf } from './failure.ts';
import { known, orPlaceholder } from './input.ts';
import { scratchFolder } from './scratch.ts';
import { setInput } from './set-paths.ts';

const input = z.strictObject({
  set: setInput,
  copy: copyInput,
  /** Of the dumps that are yet to be made; those of a set tell themselves. */
  format: z.enum(['tar', 'custom', 'directory']).default('tar'),
  from: dumpedFrom,
  /** The newer of server and pg_dump: an older pg_restore does not read its dumps. */
  dumpMajor: orPlaceholder(z.number()),
});

/** PostgreSQL's words for a locale that this machine has not: 42809 before 15, 22023 from then on. */
const UNKNOWN_LOCALE = /locale/i;

/**
 * Restores every dump of a set into the scratch database, side by side, each into an empty database made as the old one
 * was. A dump that does not restore is an output, since a drill goes on and names all; that the server or the disk gave
 * up says nothing of the set and is a failure.
 */
export function createDrillRestore(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'clock'> & PlaceCollaborators,
): Action<z.infer<typeof input>, null> {
  async function operationsFor(
    given: z.infer<typeof input>,
    context: ReadContext,
  ): Promise<
    { readonly one: SetDatabase; readonly create: SqlOperation; readonly load: CommandOperation }[]
  > {
    const databases = await databasesOfSet(c, setPlace(c, given.copy, context), given);
    const programs = await c.database.programs(Number(known(given.dumpMajor)));
    return databases.map((one) => ({
      one,
      create: createOperation(one, given.from),
      load: loadOperation(programs, one),
    }));
  }

  return {
    name: 'drill.restore',
    effect: 'change',
    input,
    onCancel: 'kill',

    async describe(given, context) {
      if (known(given.dumpMajor) === undefined) return { operations: [], basis: 'assumed' };
      try {
        const planned = await operationsFor(given, context);
        return {
          operations: planned.flatMap(({ create, load }) => [create, load]),
          estimate: { bytes: planned.reduce((sum, { one }) => sum + one.bytes, 0) },
        };
      } catch (error) {
        return { operations: [], basis: 'assumed', notes: [`The dumps are not known yet: ${factOf(error)}`] };
      }
    },

    prepare: () => Promise.resolve(null),

    async execute(given, _before, context) {
      const planned = await operationsFor(given, context);
      if (given.from === 'data-folder')
        bindDatabases(
          c,
          planned.map(({ one }) => one),
          context,
        );
      const folder = scratchFolder(c.scratch, context);
      const began = c.clock.monotonic();
      let done = 0;
      const outcomes = await allOrFirstFailure(
        planned.map(async ({ one, create, load }) => {
          const trouble = await restoreOne(one);
          done += 1;
          context.progress({ filesDone: done, filesTotal: planned.length, text: one.name });
          return { name: one.name, trouble };

          async function restoreOne({ target, format }: SetDatabase): Promise<string | undefined> {
            try {
              // Our own look first: pg_restore may run for ever on a tar file that was cut off.
              await checkDump(target, format);
            } catch (error) {
              if (!(error instanceof VerificationError)) throw error;
              return error.message;
            }
            await context.perform(create, () => createDatabase(c, folder, one, context));
            return c.scratch.withEnvironment(folder, (env) => loadDump(load, env, context));
          }
        }),
      );
      const failed = outcomes.filter(({ trouble }) => trouble !== undefined);
      return {
        found: {
          restored: outcomes.length - failed.length,
          failed: failed.map(({ name }) => name),
          restoreMs: Math.round(c.clock.monotonic() - began),
          differences: failed.map(({ name, trouble }) => `${name}: does not restore: ${trouble ?? ''}`),
        },
      };
    },

    check: () => Promise.resolve('not-done'),
  };

  async function loadDump(
    load: CommandOperation,
    env: Readonly<Record<string, string>>,
    context: ExecuteContext,
  ): Promise<string | undefined> {
    try {
      await context.exec(load, { env, timeoutMs: c.site.timeouts.dump });
      return undefined;
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const trouble = restoreTrouble(error);
      if (trouble !== undefined) return trouble;
      throw new StepError(`the scratch database gave up: ${messageOf(error)}`, {
        hint: 'That says nothing of the backup set. Look at the free space of the disk (`drill.folder` in the site file), then drill again.',
        cause: error,
      });
    }
  }
}

function createOperation(one: SetDatabase, from: z.infer<typeof dumpedFrom>): SqlOperation {
  const text =
    from === 'server'
      ? createDatabaseStatement(one)
      : `CREATE DATABASE ${one.database}, with the owner, encoding and locale that it has in the data folder`;
  return { kind: 'sql', database: 'postgres', text, effect: 'change' };
}

function loadOperation(
  programs: ClientPrograms,
  { database, target, format }: SetDatabase,
): CommandOperation {
  const argv = restoreCommand(programs, { database, target, format, processors: availableParallelism() });
  return { kind: 'command', argv, env: ['PGHOST', 'PGPORT', 'PGUSER', 'PGPASSFILE'], effect: 'change' };
}

/** On another machine than the site's the locale may be missing: then the order of texts is not rehearsed. */
async function createDatabase(
  c: Pick<ActionCollaborators, 'scratch'>,
  folder: string,
  one: SetDatabase,
  context: ExecuteContext,
): Promise<void> {
  const client = await c.scratch.connect(folder, 'postgres');
  try {
    await client.query(createDatabaseStatement(one));
  } catch (error) {
    const unknown =
      error instanceof DatabaseError &&
      (error.sqlState === '42809' || error.sqlState === '22023') &&
      UNKNOWN_LOCALE.test(error.message);
    if (!unknown) throw error;
    context.warn(
      `${one.name}: this machine does not know the locale ${one.collate}; it was restored with C, so the order of texts was not rehearsed`,
    );
    await client.query(createDatabaseStatement({ ...one, collate: 'C', ctype: 'C' }));
  } finally {
    await client.close();
  }
}
