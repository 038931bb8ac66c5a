import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { applicationName } from '../contract/application-name.ts';
import type { CommandOperation } from '../contract/operation.ts';
import { createPrivateFile, finishGlobals, globalsCommand } from '../postgres/globals.ts';
import type { ServerFacts } from '../postgres/server.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { createServerMemory } from './dump-plan.ts';
import { factOf, notPlanned } from './failure.ts';
import { namingFullDisk } from './full-disk.ts';
import { inSet, setInput } from './set-paths.ts';

const input = z.strictObject({ set: setInput });
/** Roles and tablespaces of the server. */
export const GLOBALS_FILE = 'databases/globals.sql';

/** Writes roles and tablespaces with pg_dumpall: no dump of a database has them. A record, not to be replayed whole. */
export function createPostgresGlobals(
  c: Pick<ActionCollaborators, 'site' | 'vault' | 'database' | 'freeBytes'>,
): Action<z.infer<typeof input>, null> {
  const memory = createServerMemory(c.database);

  async function plan(
    set: string,
    { major, superuser }: ServerFacts,
  ): Promise<{ operation: CommandOperation; superuser: boolean }> {
    const programs = await c.database.programs(major);
    const file = inSet(c.vault, set, GLOBALS_FILE);
    const argv = globalsCommand(programs, c.database.address, { file, superuser });
    return { operation: { kind: 'command', argv, env: ['PGPASSFILE'], effect: 'change' }, superuser };
  }

  return {
    name: 'postgres.globals',
    effect: 'change',
    input,
    onCancel: 'kill',

    async describe({ set }) {
      try {
        const { operation, superuser } = await plan(set, await memory.ask());
        const notes = superuser ? [] : ['Without passwords, since the database user is no superuser.'];
        return { operations: [operation], notes };
      } catch (error) {
        return notPlanned(`The database could not be asked: ${factOf(error)}`);
      }
    },

    prepare: () => Promise.resolve(null),

    async execute({ set: id }, _before, context) {
      const { operation } = await plan(id, await memory.recall());
      const set = await c.vault.open(id);
      const target = await set.pathFor(GLOBALS_FILE);
      const { bytes, roles } = await namingFullDisk([set.path], c, async () => {
        // It holds password hashes: private before the first byte is in it.
        await createPrivateFile(target);
        await c.database.withEnvironment((env) =>
          context.exec(operation, { env, timeoutMs: c.site.timeouts.dump }),
        );
        return finishGlobals(target);
      });
      return { file: GLOBALS_FILE, bytes, roles };
    },

    check: () => Promise.resolve('not-done'),

    cleanUp: (_input, _before, { run }) => c.database.cleanUp(applicationName(run.id, run.step)),
  };
}
