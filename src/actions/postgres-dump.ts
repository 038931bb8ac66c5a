import { z } from 'zod';
import type { Action } from '../contract/action.ts';
import { applicationName } from '../contract/application-name.ts';
import type { JsonObject } from '../contract/json.ts';
import { checkDump } from '../postgres/check-dump.ts';
import { createPrivateFile } from '../postgres/globals.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { createServerMemory, planDumps } from './dump-plan.ts';
import { factOf } from './failure.ts';
import { namingFullDisk } from './full-disk.ts';
import { setInput } from './set-paths.ts';

const input = z
  .strictObject({
    set: setInput,
    /** A name of database.names; one that the site does not list or have is passed over. */
    database: z.string().min(1).optional(),
    /** Instead of `database`: every database of database.names but these. */
    except: z.array(z.string()).optional(),
    format: z.enum(['tar', 'custom', 'directory']).default('tar'),
    /** Dump jobs; only for the format `directory`. */
    jobs: z.int().min(1).max(64).optional(),
  })
  .refine((value) => (value.database === undefined) !== (value.except === undefined), {
    error: 'needs either "database" or "except"',
  });

/** Dumps databases with pg_dump as the manual does (5.6 step 2, p. 208); an empty or cut off file is a failure. */
export function createPostgresDump(
  c: Pick<ActionCollaborators, 'site' | 'vault' | 'database' | 'freeBytes' | 'temporaryFolder'>,
): Action<z.infer<typeof input>, null> {
  const memory = createServerMemory(c.database);
  return {
    name: 'postgres.dump',
    effect: 'change',
    input,
    onCancel: 'kill',

    async describe(given) {
      try {
        const { dumps, notes } = await planDumps(c, given, await memory.ask());
        return {
          operations: dumps.map(({ operation }) => operation),
          estimate: { bytes: dumps.reduce((sum, { bytes }) => sum + bytes, 0) },
          notes,
        };
      } catch (error) {
        const notes = [`The database could not be asked: ${factOf(error)}`];
        return { operations: [], basis: 'assumed', notes };
      }
    },

    prepare: () => Promise.resolve(null),

    async execute(given, _before, context) {
      const { programs, facts, dumps, notes } = await planDumps(c, given, await memory.recall());
      const set = await c.vault.open(given.set);
      const done: JsonObject[] = [];
      for (const dump of dumps) {
        const target = await set.pathFor(dump.file);
        const { bytes } = await namingFullDisk([set.path, c.temporaryFolder], c, async () => {
          // Made before pg_dump opens it, so that nobody else can ever read it.
          if (given.format !== 'directory') await createPrivateFile(target);
          await c.database.withEnvironment((env) =>
            context.exec(dump.operation, { env, timeoutMs: c.site.timeouts.dump }),
          );
          return checkDump(target, given.format);
        });
        context.progress({ bytesDone: bytes, text: dump.name });
        const found = facts.databases.find(({ name }) => name === dump.real);
        done.push({
          name: dump.name,
          database: dump.real,
          file: dump.file,
          format: given.format,
          bytes,
          owner: found?.owner ?? '',
          encoding: found?.encoding ?? '',
          collate: found?.collate ?? '',
          ctype: found?.ctype ?? '',
          server: facts.version,
          client: programs.version,
        });
      }
      return { dumps: done, notes: [...notes] };
    },

    // A dump that was cut off looks like one that is being written: it is made again.
    check: () => Promise.resolve('not-done'),

    cleanUp: (_given, _before, { run }) => c.database.cleanUp(applicationName(run.id, run.step)),
  };
}
