import type { CheckResult, ReadContext } from '../contract/action.ts';
import { ExpectedError } from '../contract/errors.ts';
import type { CommandOperation } from '../contract/operation.ts';
import { quoteName } from '../postgres/recreate.ts';
import type { Look } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { adviceOf, factOf } from './failure.ts';
import { ROLE_NAMES, rolesOf } from './marked-roles.ts';
import type { SetDatabase } from './set-databases.ts';
import { isHere, type SetPlace } from './set-place.ts';
import { readRecordedRoles } from './set-roles.ts';
import { sqlLook } from './sql-operation.ts';
import { withDatabase } from './with-database.ts';

/** A superuser that the server has not got, and what of the set belongs to it. */
export interface MissingOwner {
  readonly role: string;
  /** Databases, each owned by it or with something in it that is. */
  readonly databases: readonly string[];
}

/** Only where the set has another superuser than the one that this tool logs in as; `repeat` allows none. */
const ASK_ROLES = sqlLook('postgres', [ROLE_NAMES], { repeat: true });

/** Only where a superuser is missing, once a dump. */
const LIST_OWNERS: CommandOperation = {
  kind: 'command',
  argv: ['pg_restore', '-l', '<each dump of the set>'],
  effect: 'read',
  repeat: true,
};

/** What {@link judgeOwners} may do. */
export const OWNER_LOOKS = [ASK_ROLES, LIST_OWNERS] as const;

/**
 * Superusers that own something of a set and are missing here: `restore.create-roles` makes every other role, and pg_restore
 * stops at an owner that is not there, which would be with the site down.
 */
export async function missingOwners(
  c: Pick<ActionCollaborators, 'database'>,
  place: Pick<SetPlace, 'root' | 'read'>,
  set: {
    readonly id: string;
    readonly databases: readonly SetDatabase[];
    readonly dumpMajor: number;
  },
  context: Pick<ReadContext, 'run' | 'signal'>,
  look: Look,
): Promise<MissingOwner[]> {
  const { roles } = await readRecordedRoles(place, set.id);
  // The one that this tool logs in as is there.
  const superusers = roles.filter(({ name, superuser }) => superuser && name !== c.database.address.user);
  if (superusers.length === 0) return [];
  const existing = await look(ASK_ROLES, () => withDatabase(c, 'postgres', context, rolesOf));
  const missing = superusers.map(({ name }) => name).filter((name) => !existing.includes(name));
  if (missing.length === 0) return [];
  const owned: { readonly name: string; readonly owners: readonly string[] }[] = [];
  for (const one of set.databases) {
    const inDump = await look(LIST_OWNERS, (signal) =>
      c.database.dumpedOwners(one, set.dumpMajor, missing, signal),
    );
    owned.push({ name: one.name, owners: [one.owner, ...inDump] });
  }
  return missing.flatMap((role) => {
    const databases = owned.filter(({ owners }) => owners.includes(role)).map(({ name }) => name);
    return databases.length === 0 ? [] : [{ role, databases }];
  });
}

/** Says it of one, with what to do. */
export function missingOwnerWords({ role, databases }: MissingOwner): {
  readonly message: string;
  readonly hint: string;
} {
  return {
    message: `The superuser ${role} of the old server owns what is in ${databases.join(', ')} and is missing on this server: that does not restore without it.`,
    hint: `A restore makes no superusers. Make it on the server, then go on: ${createRole(role)}`,
  };
}

/** The statement that makes a role which somebody needs as an owner: whether it may log in, and with what, is theirs to say. */
export function createRole(role: string): string {
  return `CREATE ROLE ${quoteName(role)} SUPERUSER;`;
}

/** The check of it in a preflight; of a set that is not fetched yet `restore.foresee` tells it. */
export async function judgeOwners(
  c: Pick<ActionCollaborators, 'database'>,
  place: Pick<SetPlace, 'root' | 'read' | 'source'>,
  set: Parameters<typeof missingOwners>[2],
  context: Pick<ReadContext, 'run' | 'signal'>,
  look: Look,
): Promise<CheckResult[]> {
  const id = 'restore-owners';
  if (!(await isHere(place, set.id))) return [];
  try {
    const missing = await missingOwners(c, place, set, context, look);
    return missing.map((one): CheckResult => ({ id, status: 'failed', ...missingOwnerWords(one) }));
  } catch (error) {
    context.signal.throwIfAborted();
    if (!(error instanceof ExpectedError)) throw error;
    const message = `Whether the owners of what is in the databases are on this server was not looked at: ${factOf(error)}`;
    return [
      {
        id,
        status: 'warning',
        message,
        hint: adviceOf(error) ?? 'Look at the roles of the server: \\du in psql.',
      },
    ];
  }
}
