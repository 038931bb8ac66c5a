import * as z from 'zod';
import type { Action, ExecuteContext } from '../contract/action.ts';
import { applicationName } from '../contract/application-name.ts';
import { CommandError, StepError } from '../contract/errors.ts';
import type { CommandOperation, Operation, SqlOperation } from '../contract/operation.ts';
import { checkDump } from '../postgres/check-dump.ts';
import { documentedCommands, onlyPublicExists } from '../postgres/documented.ts';
import { restoreTrouble } from '../postgres/restore.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf, notPlanned } from './failure.ts';
import { isPlaceholder } from './input.ts';
import {
  databasesInput,
  databasesToRestore,
  restorePrograms,
  type DatabasesToRestore,
  type RestoredDatabase,
} from './restore-databases.ts';
import { grantPublic, inDatabase } from './restore-load-one.ts';
import { grantOperation, PUBLIC_IS_CLOSED } from './restore-load-plan.ts';
import { copyInput, type PlaceCollaborators } from './set-place.ts';
import { setInput } from './set-paths.ts';

const input = z.strictObject({ set: setInput, copy: copyInput, databases: databasesInput });

interface Documented {
  readonly one: RestoredDatabase;
  /** Only where there is an old database. */
  readonly drop: CommandOperation;
  readonly create: CommandOperation;
  readonly restore: CommandOperation;
  readonly grant?: SqlOperation;
}

/**
 * Restores databases exactly as the manual does (5.7 step 4, p. 211): dropdb, createdb, pg_restore, one after another. The
 * old database is gone before the new one is there, so nothing of it can be undone.
 */
export function createRestoreDocumented(
  c: Pick<ActionCollaborators, 'site' | 'database'> & PlaceCollaborators,
): Action<z.infer<typeof input>, null> {
  async function plan(wanted: DatabasesToRestore): Promise<Documented[]> {
    const { facts, dumpMajor, databases } = wanted;
    const programs = await restorePrograms(c, facts.major, dumpMajor);
    return databases.map((one) => {
      const { final: database, owner, target } = one;
      const commands = documentedCommands(programs, c.database.address, { database, owner, target });
      return {
        one,
        // Also the second time, when the first one ended between these commands.
        drop: { ...command(commands.drop, 'destroy'), repeat: true },
        create: command(commands.create, 'change'),
        restore: command(commands.restore, 'change'),
        ...(facts.major >= PUBLIC_IS_CLOSED ? { grant: grantOperation(database, owner) } : {}),
      };
    });
  }

  return {
    name: 'restore.documented',
    effect: 'destroy',
    input,
    onCancel: 'kill',

    async describe(given, context) {
      if (isPlaceholder(given.set)) return notPlanned('Which set is restored is not known yet.');
      try {
        const wanted = await databasesToRestore(c, { ...given, inPlace: true }, context);
        const planned = await plan(wanted);
        return {
          operations: planned.flatMap(({ drop, create, restore, grant }): Operation[] => [
            drop,
            create,
            restore,
            ...(grant === undefined ? [] : [grant]),
          ]),
          estimate: { bytes: planned.reduce((sum, { one }) => sum + one.bytes, 0) },
          observed: { manifestSha256: wanted.manifestSha256, server: wanted.facts.version },
          notes: [
            'The old databases are dropped before the new ones are there: this cannot be undone, and nothing is compared.',
          ],
        };
      } catch (error) {
        return notPlanned(`The databases could not be planned: ${factOf(error)}`);
      }
    },

    // Before the step begins: from then on there is no way back.
    async prepare(given, context) {
      const { databases } = await databasesToRestore(c, { ...given, inPlace: true }, context);
      for (const { target, format } of databases) await checkDump(target, format);
      return null;
    },

    async execute(given, _before, context) {
      const wanted = await databasesToRestore(c, { ...given, inPlace: true }, context);
      const planned = await plan(wanted);
      let done = 0;
      for (const documented of planned) {
        await restoreOne(documented, context);
        done += 1;
        context.progress({ filesDone: done, filesTotal: planned.length, text: documented.one.name });
      }
      return { databases: planned.map(({ one }) => ({ name: one.name, database: one.final })) };
    },

    // Done again from the first command on: a database that is half there is dropped like an old one.
    check: () => Promise.resolve('not-done'),

    cleanUp: (_given, _before, { run }) => c.database.cleanUp(applicationName(run.id, run.step)),
  };

  async function restoreOne(documented: Documented, context: ExecuteContext): Promise<void> {
    const { one, drop, create, restore, grant } = documented;
    const run = (operation: CommandOperation): Promise<unknown> =>
      c.database.withEnvironment((env) => context.exec(operation, { env, timeoutMs: c.site.timeouts.dump }));
    const changed = one.exists ? `The old database ${one.final} was dropped.` : undefined;
    if (one.exists) await run(drop);
    try {
      await run(create);
      await run(restore);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (!onlyPublicExists(error.stderr))
        throw new StepError(`${one.name} was not restored: ${restoreTrouble(error) ?? error.message}`, {
          hint: 'Put right what the message says, then resume: the database is made anew.',
          ...(changed === undefined ? {} : { changed }),
          cause: error,
        });
      context.warn(`${one.name}: pg_restore found the schema public there already, and went on.`);
    }
    if (grant !== undefined)
      await context.perform(grant, () => inDatabase(c, one.final, context, grantPublic));
  }
}

function command(argv: readonly string[], effect: 'change' | 'destroy'): CommandOperation {
  return { kind: 'command', argv, env: ['PGPASSFILE'], effect };
}
