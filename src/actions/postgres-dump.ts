import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { applicationName } from '../contract/application-name.ts';
import type { JsonObject } from '../contract/json.ts';
import { allOrFirstFailure } from './all-or-first-failure.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { dumpDatabase } from './dump-database.ts';
import { createServerMemory, operationsOf, planDumps } from './dump-plan.ts';
import type { PlannedDump } from './dump-plan.ts';
import { factOf, notPlanned } from './failure.ts';
import { setInput } from './set-paths.ts';

/** Every pg_dump of the step holds its snapshot, and its locks on every table it will write. */
const LOCKED = 'locked';

const BESIDE =
  'Goes on while the services start again. Who wants to change the columns of its tables waits for it, such as a service in its first start after an upgrade: choose quiesce=full then.';

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
    /** `snapshot`: the milestone `locked` is reached when every pg_dump holds its snapshot and its locks. */
    quiesce: z.enum(['full', 'snapshot', 'none']).optional(),
    /** Read and hash every row for the evidence; costs once to twice what the dump costs. */
    checksums: z.boolean().optional(),
  })
  .refine((value) => (value.database === undefined) !== (value.except === undefined), {
    error: 'needs either "database" or "except"',
  });

/**
 * Dumps databases with pg_dump as the manual does (5.6 step 2, p. 208), and records beside each dump, at the same moment,
 * what the database holds. An empty or cut off file is a failure, and so is evidence that cannot be read.
 */
export function createPostgresDump(
  c: Pick<ActionCollaborators, 'site' | 'vault' | 'database' | 'freeBytes' | 'temporaryFolder'>,
): Action<z.infer<typeof input>, null> {
  const memory = createServerMemory(c.database);
  return {
    name: 'postgres.dump',
    effect: 'change',
    input,
    onCancel: 'kill',
    milestones: [LOCKED],

    async describe(given) {
      try {
        const { dumps, notes } = await planDumps(c, given, await memory.ask());
        return {
          operations: dumps.flatMap(operationsOf),
          estimate: { bytes: dumps.reduce((sum, { bytes }) => sum + bytes, 0) },
          notes: given.quiesce === 'snapshot' && dumps.length > 0 ? [...notes, BESIDE] : notes,
          ...(given.quiesce === 'snapshot' ? { milestones: [LOCKED] } : {}),
        };
      } catch (error) {
        return notPlanned(`The database could not be asked: ${factOf(error)}`);
      }
    },

    prepare: () => Promise.resolve(null),

    async execute(given, _before, context) {
      const { programs, facts, dumps, notes } = await planDumps(c, given, await memory.recall());
      const set = await c.vault.open(given.set);
      let waiting = dumps.length;
      const onLocked = (): void => {
        waiting -= 1;
        if (waiting === 0) context.reached(LOCKED);
      };
      const one = async (dump: PlannedDump): Promise<JsonObject> => {
        const { bytes, evidence } = await dumpDatabase(c, { given, dump, set, onLocked }, context);
        const found = facts.databases.find(({ name }) => name === dump.real);
        return {
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
          takenAt: evidence.database.takenAt,
          evidence: dump.evidenceFile,
          ...(evidence.rootAdmins === undefined ? {} : { rootAdmins: [...evidence.rootAdmins] }),
        };
      };
      const done: JsonObject[] = [];
      // All of them at once where the site waits for the locks of all; else one after another, as the manual does.
      if (given.quiesce === 'snapshot') done.push(...(await allOrFirstFailure(dumps.map(one))));
      else for (const dump of dumps) done.push(await one(dump));
      return { dumps: done, notes: [...notes] };
    },

    // A dump that was cut off looks like one that is being written: it is made again.
    check: () => Promise.resolve('not-done'),

    cleanUp: (_given, _before, { run }) => c.database.cleanUp(applicationName(run.id, run.step)),
  };
}
