import * as z from 'zod';
import type { Action, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import { readLiveRoles } from '../postgres/live-roles.ts';
import type { RecordedRole } from '../postgres/recorded-roles.ts';
import { readPasswordRules } from '../postgres/password-rules.ts';
import type { SqlClient } from '../postgres/server.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { factOf, notPlanned } from './failure.ts';
import { rolesOf, undoOfRoles } from './marked-roles.ts';
import { roleOperation, rolesToMake, roleStatements, roleWarnings } from './missing-roles.ts';
import { targetDatabase, targetInput } from './move-target.ts';
import { inUnloggedTransaction } from './unlogged-transaction.ts';
import { withDatabase } from './with-database.ts';

const input = z.strictObject(targetInput);

type Input = z.infer<typeof input>;

/**
 * Makes the roles of the site's server on the new one, with attributes, memberships and the hashes of their passwords, in
 * one transaction. Superusers are never made, and what is there already stays as it is.
 */
export function createMoveRoles(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'databaseAt' | 'hide'>,
): Action<Input, null> {
  async function look(given: Input, context: Pick<ReadContext, 'run'>, client: SqlClient) {
    const { roles, databases } = await withDatabase(c, 'postgres', context, async (source) => ({
      roles: await readLiveRoles(source),
      databases: c.site.database.names,
    }));
    for (const { passwordHash } of roles) if (passwordHash !== undefined) c.hide(passwordHash);
    const existing = await rolesOf(client);
    const { user } = targetDatabase(c, given).address;
    return {
      made: rolesToMake(roles, existing),
      statements: roleStatements(roles, existing, { run: context.run.id, user }),
      warnings: roleWarnings(roles, existing, await readPasswordRules(client), databases),
    };
  }
  const onTarget = <T>(
    given: Input,
    context: Pick<ReadContext, 'run'>,
    work: (client: SqlClient) => Promise<T>,
  ): Promise<T> => withDatabase({ database: targetDatabase(c, given) }, 'postgres', context, work);

  return {
    name: 'move.roles',
    effect: 'change',
    input,
    onCancel: 'wait',
    byHand: false,

    async describe(given, context) {
      try {
        return await onTarget(given, context, async (client) => {
          const { made, statements, warnings } = await look(given, context, client);
          return {
            operations: statements.map(roleOperation),
            observed: { missingRoles: namesOf(made) },
            notes: [
              ...(made.length === 0 ? ['No role is missing on the new server.'] : []),
              ...warnings.map(({ message, hint }) => `${message} ${hint}`),
            ],
          };
        });
      } catch (error) {
        return notPlanned(`The roles could not be looked at: ${factOf(error)}`);
      }
    },

    prepare: () => Promise.resolve(null),

    execute: (given, _before, context) =>
      onTarget(given, context, async (client) => {
        const { made, statements, warnings } = await look(given, context, client);
        for (const { message, hint } of warnings) context.warn(message, hint);
        if (!statements.every((statement) => context.isPlanned(roleOperation(statement))))
          throw new StepError(
            'Roles are missing that were there, or were not needed, when this was planned.',
            {
              hint: `Nothing was changed by this step. Plan the run anew. Missing now: ${namesOf(made).join(', ')}.`,
            },
          );
        await inUnloggedTransaction(client, async () => {
          for (const statement of statements)
            await context.perform(roleOperation(statement), async () => {
              await client.query(statement.run);
            });
        });
        return { created: namesOf(made) };
      }),

    // All of them are made or none; what exists is passed over.
    check: () => Promise.resolve('not-done'),

    ...undoOfRoles(onTarget),
  };
}

function namesOf(roles: readonly RecordedRole[]): string[] {
  return roles.map(({ name }) => name);
}
