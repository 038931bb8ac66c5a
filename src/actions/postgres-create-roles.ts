import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { SqlOperation } from '../contract/operation.ts';
import { REPOSITORY_ROLE } from '../postgres/recorded-roles.ts';
import { quoteName, quoteText } from '../postgres/recreate.ts';
import type { SqlClient } from '../postgres/server.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf, notPlanned } from './failure.ts';
import { dropMarkedOperations, dropMarkedRoles, rolesOf } from './marked-roles.ts';
import { roleMark, roleOperation } from './missing-roles.ts';
import { inUnloggedTransaction } from './unlogged-transaction.ts';
import { withDatabase } from './with-database.ts';

const input = z.strictObject({
  /** Name of the secret with the password of the role, as `secret set` keeps it. */
  secret: z.string().min(1),
});

const ROLE = quoteName(REPOSITORY_ROLE.name);

/**
 * Makes the role that Qlik Sense logs in with, as the manual does (2.5, p. 139), when the server has none of that name. One
 * that exists is left as it is, with its password.
 */
export function createPostgresCreateRoles(
  c: Pick<ActionCollaborators, 'database' | 'secrets'>,
): Action<z.infer<typeof input>, null> {
  const operationsFor = (run: string): SqlOperation[] =>
    [
      `CREATE ROLE ${ROLE} WITH LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION VALID UNTIL 'infinity'`,
      `ALTER ROLE ${ROLE} WITH ENCRYPTED PASSWORD '***'`,
      `GRANT ${ROLE} TO ${quoteName(c.database.address.user)}`,
      `COMMENT ON ROLE ${ROLE} IS ${quoteText(roleMark(run))}`,
    ].map((shown) => roleOperation({ shown }));

  return {
    name: 'postgres.create-roles',
    effect: 'change',
    input,
    onCancel: 'wait',
    byHand: false,

    async describe({ secret }, context) {
      try {
        const there = await withDatabase(c, 'postgres', context, hasRole);
        return {
          operations: there ? [] : operationsFor(context.run.id),
          observed: { repositoryRole: there },
          notes: [
            there
              ? `The role ${REPOSITORY_ROLE.name} is there: it keeps its attributes and its password.`
              : `Its password is the secret ${secret}; keep it before: sense-runbook secret set ${secret}`,
          ],
        };
      } catch (error) {
        return notPlanned(`The roles could not be looked at: ${factOf(error)}`);
      }
    },

    prepare: () => Promise.resolve(null),

    execute: ({ secret }, _before, context) =>
      withDatabase(c, 'postgres', context, async (client) => {
        if (await hasRole(client)) return { created: [] };
        const operations = operationsFor(context.run.id);
        if (!operations.every((operation) => context.isPlanned(operation)))
          throw new StepError(
            `The role ${REPOSITORY_ROLE.name} was there when this was planned, and is gone.`,
            {
              hint: 'Nothing was changed. Plan the run anew.',
            },
          );
        const password = await c.secrets.read({ secret });
        await inUnloggedTransaction(client, async () => {
          for (const operation of operations)
            await context.perform(operation, () =>
              operation.text.endsWith("PASSWORD '***'")
                ? setPassword(client, password)
                : client.query(operation.text).then(() => undefined),
            );
        });
        return { created: [REPOSITORY_ROLE.name] };
      }),

    // All of it is made or nothing; what exists is passed over.
    check: () => Promise.resolve('not-done'),

    describeUndo: (_given, _before, _outputs, context) =>
      withDatabase(c, 'postgres', context, async (client) => ({
        operations: await dropMarkedOperations(client, context.run.id),
      })),

    undo: (_given, _before, _outputs, context) =>
      withDatabase(c, 'postgres', context, (client) => dropMarkedRoles(client, context)),
  };
}

async function hasRole(client: SqlClient): Promise<boolean> {
  return (await rolesOf(client)).includes(REPOSITORY_ROLE.name);
}

/** ALTER ROLE takes no parameters: the password goes by a setting of the transaction, and the server quotes it. */
async function setPassword(client: SqlClient, password: string): Promise<void> {
  await client.query("select pg_catalog.set_config('sense_runbook.password', $1, true)", [password]);
  await client.query(
    `do $$ begin execute format('ALTER ROLE ${ROLE} WITH ENCRYPTED PASSWORD %L', current_setting('sense_runbook.password')); end $$`,
  );
}
