import type { ReadContext } from '../contract/action.ts';
import { DatabaseError } from '../postgres/errors.ts';
import { readPasswordRules, type PasswordRules } from '../postgres/password-rules.ts';
import type { RecordedRole } from '../postgres/recorded-roles.ts';
import type { SqlClient } from '../postgres/server.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { rolesOf } from './marked-roles.ts';
import {
  rolesToMake,
  roleStatements,
  roleWarnings,
  type RoleStatement,
  type RoleWarning,
} from './missing-roles.ts';
import { readSetDatabases } from './set-databases.ts';
import { setPlace, type PlaceCollaborators } from './set-place.ts';
import { readRecordedRoles } from './set-roles.ts';

/** What is to be done with roles, and what will not be as it was. */
export interface RolesLooked {
  readonly statements: readonly RoleStatement[];
  readonly warnings: readonly RoleWarning[];
  readonly made: readonly RecordedRole[];
  /** How many are there already, and stay as they are. */
  readonly kept: number;
}

/** Compares the roles of a set that is here with those of the server. @throws VerificationError when the set is damaged */
export async function lookAtRoles(
  c: Pick<ActionCollaborators, 'database'> & PlaceCollaborators,
  { set, copy }: { readonly set: string; readonly copy: string },
  context: ReadContext,
  client: SqlClient,
): Promise<RolesLooked> {
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

/** What the server says of passwords, or why it does not: that must not keep a restore from going on. */
async function passwordRules(client: SqlClient): Promise<PasswordRules | string> {
  try {
    return await readPasswordRules(client);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.sqlState === undefined) throw error;
    return error.message;
  }
}
