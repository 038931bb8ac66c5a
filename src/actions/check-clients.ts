import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { CommandOperation } from '../contract/operation.ts';
import { createCheck } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { adviceOf, factOf } from './failure.ts';

const ASK: CommandOperation = {
  kind: 'command',
  argv: ['pg_dump', '--version'],
  effect: 'read',
};

/** Which PostgreSQL client programs are used: the same major version as the server, never older ones. */
export function createCheckClients(
  c: Pick<ActionCollaborators, 'database'>,
): Action<Record<string, never>, null> {
  return createCheck({
    name: 'check.clients',
    input: z.strictObject({}),
    whilePlanning: true,
    operations: () => [ASK],
    async probe(_input, _context, look) {
      const id = 'client-programs';
      let major: number;
      try {
        ({ major } = await c.database.facts());
      } catch (error) {
        const message = `Which PostgreSQL client programs fit is not known: ${factOf(error)}`;
        return { checks: [{ id, status: 'failed', message }] };
      }
      try {
        const programs = await look(ASK, () => c.database.programs(major));
        const found = { version: programs.version, folder: programs.folder };
        const message = `pg_dump ${programs.version} in ${programs.folder} for a server of version ${String(major)}`;
        const newer = programs.major > major;
        return {
          observed: found,
          outputs: { ...found, newer },
          checks: [
            newer
              ? {
                  id,
                  status: 'warning' as const,
                  message: `${message}: newer than the server.`,
                  hint: "The dumps may not load with the site's own programs. RESTORE.md says so. Install the client programs of the server's version to be safe.",
                }
              : { id, status: 'ok' as const, message: `${message}.` },
          ],
        };
      } catch (error) {
        const hint = adviceOf(error);
        const message = `No PostgreSQL client programs to use: ${factOf(error)}`;
        return { checks: [{ id, status: 'failed', message, ...(hint === undefined ? {} : { hint }) }] };
      }
    },
  });
}
