import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { SqlOperation } from '../contract/operation.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { EVIDENCE_FILE } from './evidence-file.ts';
import { factOf, notPlanned } from './failure.ts';
import { isPlaceholder } from './input.ts';
import { rolesOf, undoOfRoles } from './marked-roles.ts';
import { roleOperation, type RoleStatement } from './missing-roles.ts';
import { GLOBALS_FILE } from './postgres-globals.ts';
import { lookAtRoles } from './roles-look.ts';
import { inUnloggedTransaction } from './unlogged-transaction.ts';
import { withDatabase } from './with-database.ts';
import { copyInput, isHere, setPlace, type PlaceCollaborators } from './set-place.ts';
import { setInput } from './set-paths.ts';

const input = z.strictObject({ set: setInput, copy: copyInput });

/** For a set that is yet to be fetched: which roles are missing is not known then. */
const EVERY: SqlOperation = {
  kind: 'sql',
  database: 'postgres',
  text: `CREATE ROLE for every role of ${EVIDENCE_FILE} that is missing here and no superuser, with its password from ${GLOBALS_FILE} ('***')`,
  effect: 'change',
};

/** Roles of the server when the step began; written down before it. */
export type RolesBefore = { existing: string[] };

/**
 * Makes the roles of the set that the server has not got, with attributes, memberships and password hashes as they were
 * recorded, in one transaction. Roles that exist are left as they are, superusers are never made, and `globals.sql` is
 * read but never run: it would change passwords (also the superuser's).
 */
export function createRestoreCreateRoles(
  c: Pick<ActionCollaborators, 'database'> & PlaceCollaborators,
): Action<z.infer<typeof input>, RolesBefore> {
  return {
    name: 'restore.create-roles',
    effect: 'change',
    input,
    onCancel: 'wait',
    byHand: false,

    async describe(given, context) {
      if (isPlaceholder(given.set)) return notPlanned('Which set is restored is not known yet.');
      try {
        if (!(await isHere(setPlace(c, given.copy, context), given.set)))
          return {
            operations: [EVERY],
            basis: 'assumed',
            notes: [
              'Which roles are missing is known once the set is fetched, and told before any service is stopped.',
            ],
          };
        return await withDatabase(c, 'postgres', context, async (client) => {
          const { statements, warnings, made, kept } = await lookAtRoles(c, given, context, client);
          return {
            operations: statements.map(roleOperation),
            observed: { missingRoles: made.map(({ name }) => name) },
            notes: [
              ...(statements.length === 0 ? ['No role is missing.'] : []),
              ...(kept === 0 ? [] : ['Roles that are there keep their attributes and passwords.']),
              ...warnings.map(({ message, hint }) => `${message} ${hint}`.trim()),
            ],
          };
        });
      } catch (error) {
        return notPlanned(`The roles could not be looked at: ${factOf(error)}`);
      }
    },

    prepare: (_given, context) =>
      withDatabase(c, 'postgres', context, async (client) => ({ existing: await rolesOf(client) })),

    execute: (given, _before, context) =>
      withDatabase(c, 'postgres', context, async (client) => {
        const { statements, warnings, made } = await lookAtRoles(c, given, context, client);
        for (const { message, hint } of warnings) context.warn(message, hint === '' ? undefined : hint);
        const whole = context.isPlanned(EVERY);
        if (!whole && !statements.every((statement) => context.isPlanned(roleOperation(statement))))
          throw new StepError(
            'Roles are missing that were there, or were not needed, when this was planned.',
            {
              hint: `Plan the restore anew. Missing now: ${made.map(({ name }) => name).join(', ')}.`,
            },
          );
        await inUnloggedTransaction(client, async () => {
          const each = async (statement: RoleStatement): Promise<void> => {
            await client.query(statement.run);
          };
          if (whole)
            await context.perform(EVERY, async () => {
              for (const statement of statements) await each(statement);
            });
          else
            for (const statement of statements)
              await context.perform(roleOperation(statement), () => each(statement));
        });
        return { created: made.map(({ name }) => name) };
      }),

    // All of them are made or none; what exists is passed over.
    check: () => Promise.resolve('not-done'),

    ...undoOfRoles((_given, context, work) => withDatabase(c, 'postgres', context, work)),
  };
}
