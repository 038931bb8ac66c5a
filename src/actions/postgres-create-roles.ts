import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { SqlOperation } from '../contract/operation.ts';
import { REPOSITORY_ROLE } from '../postgres/recorded-roles.ts';
import { quoteName, quoteText } from '../postgres/recreate.ts';
import type { SqlClient } from '../postgres/server.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf, notPlanned } from './failure.ts';
import { rolesOf, undoOfRoles } from './marked-roles.ts';
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
  const operationsFor = (run: string, user: string): SqlOperation[] =>
    [
      `CREATE ROLE ${ROLE} WITH LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION VALID UNTIL 'infinity'`,
      `ALTER ROLE ${ROLE} WITH ENCRYPTED PASSWORD '***'`,
      `GRANT ${ROLE} TO ${quoteName(user)}`,
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
        const { there, user } = await withDatabase(c, 'postgres', context, async (client) => ({
          there: await hasRole(client),
          user: (await loginOf(client)).name,
        }));
        return {
          operations: there ? [] : operationsFor(context.run.id, user),
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
        const login = await loginOf(client);
        const operations = operationsFor(context.run.id, login.name);
        if (!operations.every((operation) => context.isPlanned(operation)))
          throw new StepError(
            `The role ${REPOSITORY_ROLE.name} was there when this was planned, and is gone.`,
            {
              hint: 'Nothing was changed. Plan the run anew.',
            },
          );
        const password = await c.secrets.read({ secret });
        if (!login.superuser && login.isLogged)
          context.warn(
            `The server logs every statement, and ${login.name} may not switch that off: the new password of ${REPOSITORY_ROLE.name} stands in its log.`,
            'Who may read that log may know it. Set another one when the logging is off, in psql with \\password.',
          );
        await inUnloggedTransaction(
          client,
          async () => {
            for (const operation of operations)
              await context.perform(operation, () =>
                operation.text.endsWith("PASSWORD '***'")
                  ? setPassword(client, password)
                  : client.query(operation.text).then(() => undefined),
              );
          },
          login,
        );
        return { created: [REPOSITORY_ROLE.name] };
      }),

    // All of it is made or nothing; what exists is passed over.
    check: () => Promise.resolve('not-done'),

    ...undoOfRoles((_given, context, work) => withDatabase(c, 'postgres', context, work)),
  };
}

/** Who the server takes this login for: on Azure `postgres@server` of the site file is `postgres` there (manual 2.7, p. 153). */
export async function loginOf(
  client: SqlClient,
): Promise<{ readonly name: string; readonly superuser: boolean; readonly isLogged: boolean }> {
  const [row] = await client.query<{ name: string; superuser: boolean; logged: boolean }>(
    `select current_user::text as name,
            (select rolsuper from pg_catalog.pg_roles where rolname = current_user) as superuser,
            current_setting('log_statement') = 'all'
              or current_setting('log_min_duration_statement') <> '-1' as logged`,
  );
  if (row === undefined) throw new TypeError('the server gave no row for this login');
  return { name: row.name, superuser: row.superuser, isLogged: row.logged };
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
