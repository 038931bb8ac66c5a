import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { VerificationError } from '../contract/errors.ts';
import { CONF_STATEMENTS, readConf } from '../postgres/conf-server.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { isWaiting } from './conf-wanted.ts';
import { sqlLook } from './sql-operation.ts';
import { withDatabase } from './with-database.ts';

const input = z.strictObject({
  /** Whether the server was restarted: then what its files say must count. */
  restarted: z.boolean(),
});

const LOOK = sqlLook('postgres', CONF_STATEMENTS, { note: '$1: the file that the first one names' });

/** Whether PostgreSQL runs with what its files say of connections (manual 2.5, p. 142). */
export function createPostgresCheckSettings(
  c: Pick<ActionCollaborators, 'database'>,
): Action<z.infer<typeof input>, null> {
  return {
    name: 'postgres.check-settings',
    effect: 'read',
    input,
    onCancel: 'kill',
    describe: () => Promise.resolve({ operations: [LOOK] }),
    prepare: () => Promise.resolve(null),

    async execute({ restarted }, _before, context) {
      const state = await context.perform(LOOK, () => withDatabase(c, 'postgres', context, readConf));
      const { maxConnections, listen } = state;
      const waiting = isWaiting(state);
      if (waiting) {
        const message = `PostgreSQL still runs with max_connections ${String(maxConnections.now)} and listen_addresses ${listen.now === '' ? 'empty' : listen.now}.`;
        // The service of a simulated node has no server behind it that would be restarted.
        if (restarted && context.node.transport !== 'simulated')
          throw new VerificationError(message, {
            hint: `Its files say ${maxConnections.file.value ?? 'nothing'} and ${listen.file.value ?? 'nothing'}. Restart the service that runs this server; is it the one of the site?`,
          });
        context.warn(message, 'What its files say counts after a restart of the database service.');
      }
      return { maxConnections: maxConnections.now, listen: listen.now, waiting };
    },

    // A look is never a result of an earlier one.
    check: () => Promise.resolve('not-done'),
  };
}
