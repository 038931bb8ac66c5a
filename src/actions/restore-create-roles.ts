import * as z from 'zod';
import type { Action, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { SqlOperation } from '../contract/operation.ts';
import { DatabaseError } from '../postgres/errors.ts';
import type { RecordedRole } from '../postgres/recorded-roles.ts';
import { readPasswordRules, type PasswordRules } from '../postgres/password-rules.ts';
import type { SqlClient } from '../postgres/server.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { EVIDENCE_FILE } from './evidence-file.ts';
import { factOf, notPlanned } from './failure.ts';
import { isPlaceholder } from './input.ts';
import { rolesOf, undoOfRoles } from './marked-roles.ts';
import {
  roleOperation,
  rolesToMake,
  roleStatements,
  roleWarnings,
  type RoleStatement,
  type RoleWarning,
} from './missing-roles.ts';
import { GLOBALS_FILE } from './postgres-globals.ts';
import { readRecordedRoles } from './set-roles.ts';
import { inUnloggedTransaction } from './unlogged-transaction.ts';
import { withDatabase } from './with-database.ts';
import { copyInput, isHere, setPlace, type PlaceCollaborators } from './set-place.ts';
import { readSetDatabases } from './set-databases.ts';
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
  type Input = z.infer<typeof input>;

  /** What is to be done, and what will not be as it was. */
  async function look(
    { set, copy }: Input,
    context: ReadContext,
    client: SqlClient,
  ): Promise<{
    readonly statements: readonly RoleStatement[];
    readonly warnings: readonly RoleWarning[];
    readonly made: readonly RecordedRole[];
    readonly kept: number;
  }> {
    const place = setPlace(c, copy, context);
    const { roles, problem } = await readRecordedRoles(place, set);
    const { databases } = await readSetDatabases(place, set);
    const existing = await rolesOf(client);
    const names = databases.flatMap(({ name, database }) => [name, database]);
    const made = rolesToMake(roles, existing);
    const rules = await passwordRules(client);
    const warnings = roleWarnings(roles, existing, rules, names);
    return {
      statements: roleStatements(roles, existing, { run: context.run.id, user: c.database.address.user }),
      warnings:
        problem === undefined || made.length === 0
          ? warnings
          : [{ message: `Passwords of roles are not known: ${problem}`, hint: '' }, ...warnings],
      made,
      kept: roles.length - made.length,
    };
  }

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
            notes: ['Which roles are missing is known once the set is fetched.'],
          };
        return await withDatabase(c, 'postgres', context, async (client) => {
          const { statements, warnings, made, kept } = await look(given, context, client);
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
        const { statements, warnings, made } = await look(given, context, client);
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

/** What the server says of passwords, or why it does not: that must not keep a restore from going on. */
async function passwordRules(client: SqlClient): Promise<PasswordRules | string> {
  try {
    return await readPasswordRules(client);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.sqlState === undefined) throw error;
    return error.message;
  }
}
