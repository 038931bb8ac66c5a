import * as z from 'zod';
import type { Action, Description, ReadContext } from '../contract/action.ts';
import { StepError, StoppedError } from '../contract/errors.ts';
import type { HumanOperation } from '../contract/operation.ts';
import { pendingRestarts, type PendingSetting } from '../postgres/pending-restart.ts';
import { maintenance } from './admit-file.ts';
import { askPerson } from './ask-person.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf, notPlanned } from './failure.ts';
import { withDatabase } from './with-database.ts';

const input = z.strictObject({
  /** Text settings that must not wait for a restart. */
  settings: z.array(z.string().min(1)).min(1).default(['listen_addresses']),
});

type Input = z.infer<typeof input>;

const LOOK = maintenance('SELECT name FROM pg_settings WHERE pending_restart', 'read');

/**
 * Has a person restart the database server when a changed setting waits for that, and looks whether it was done. No
 * program here restarts it: which service that is, on which machine, and who else uses it, is not known.
 */
export function createPostgresRestarted(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'person'>,
): Action<Input, null> {
  const look = ({ settings }: Input, context: ReadContext): Promise<readonly PendingSetting[]> =>
    withDatabase(c, 'postgres', context, (client) => pendingRestarts(client, settings));

  const restart: HumanOperation = {
    kind: 'human',
    text: [
      `Restart the PostgreSQL service of ${c.site.database.host}, port ${String(c.site.database.port)}, and nothing else: a setting of it counts only after that.`,
      'The one of Qlik Sense is the service "Qlik Sense Repository Database"; every other Qlik Sense service stays as it is.',
    ].join('\n'),
    effect: 'change',
    repeat: true,
  };

  return {
    name: 'postgres.restarted',
    effect: 'change',
    input,
    onCancel: 'wait',

    async describe(given, context): Promise<Description> {
      let pending: readonly PendingSetting[];
      try {
        pending = await look(given, context);
      } catch (error) {
        return notPlanned(`The settings of the database server could not be seen: ${factOf(error)}`);
      }
      return {
        operations: [LOOK, restart],
        basis: 'assumed',
        notes: [
          'A person is asked only when one of these waits for a restart: ' + given.settings.join(', '),
          ...(pending.length === 0 ? [] : [`Waits already: ${words(pending)}`]),
        ],
      };
    },

    prepare: () => Promise.resolve(null),

    async execute(given, _before, context) {
      const pending = await context.perform(LOOK, () => look(given, context));
      if (pending.length === 0) return { restarted: [] };
      if (!c.person.canAsk)
        throw new StoppedError(`the database server must be restarted: ${words(pending)}`, {
          hint: `${restart.text.replaceAll('\n', ' ')} Then: sense-runbook resume`,
        });
      await askPerson(c, restart, `the database server was not restarted: ${words(pending)}`, context);
      const left = await context.perform(LOOK, () => look(given, context));
      if (left.length > 0)
        throw new StepError(`the database server was not restarted: ${words(left)}`, {
          hint: 'Look whether it was another service, then `sense-runbook resume`, which asks again.',
        });
      return { restarted: pending.map(({ name }) => name) };
    },

    async check(given, _before, context) {
      return (await look(given, context)).length === 0 ? 'done' : 'not-done';
    },
  };
}

function words(pending: readonly PendingSetting[]): string {
  return pending
    .map(({ name, running }) => `${name} is ${running === '' ? 'empty' : running} until its restart`)
    .join('; ');
}
