import * as z from 'zod';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import type { HumanOperation } from '../contract/operation.ts';
import { REPOSITORY_ROLE } from '../postgres/recorded-roles.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { createDatabaseLogin, type Seen } from './database-login.ts';

const input = z.strictObject({
  role: z.string().min(1).default(REPOSITORY_ROLE.name),
  /** Host of the database as the node knows it; empty: the site file's. */
  'database-host': z.string().default(''),
  /** Have a person look on a node whose login is not shown, as the last of a restore; nothing fails then. */
  ask: z.boolean().default(false),
});

type Input = z.infer<typeof input>;

const LET_IN =
  'pg_hba.conf must have a line for its address before any that refuses it, and listen_addresses must be * (manual 2.5, p. 142-143); a firewall may be between.';

/**
 * Whether the database lets a node in as the repository role. Nobody here has the password of that role: being asked for it
 * shows that pg_hba.conf and listen_addresses admit the node. Where there is no psql a connection is tried, which shows less;
 * what was not shown is a warning with what to type there.
 */
export function createRestoreLogin(
  c: Pick<ActionCollaborators, 'site' | 'database' | 'clock' | 'person'>,
): Action<Input, null> {
  const database = createDatabaseLogin(c);
  const lookThere = (given: Input, { node, nodes }: ReadContext): HumanOperation => ({
    kind: 'human',
    text: `See that the database lets ${node.name} in. ${database.byHand(node, given, nodes)}`,
    effect: 'read',
    repeat: true,
  });

  return {
    name: 'restore.login',
    effect: 'read',
    input,
    onCancel: 'kill',

    async describe(given, context) {
      const { operations, lacking, unknown } = await database.plan(given, context);
      const name = context.node.name;
      const alone = operations.length > 0 ? 'a connection alone is tried' : 'nothing is tried';
      return {
        operations: given.ask ? [...operations, lookThere(given, context)] : operations,
        ...(lacking === '' ? {} : { notes: [`${name}: a login cannot be tried, ${lacking}; ${alone}.`] }),
        ...(unknown === undefined ? {} : { basis: 'assumed' }),
      };
    },

    prepare: () => Promise.resolve(null),

    async execute(given, _before, context) {
      const seen = await database.attempt(given, context);
      if (given.ask) return askFor(seen, given, context);
      const { node, nodes } = context;
      if (seen.login === 'refused') throw new StepError(refused(node.name, given, seen), { hint: LET_IN });
      if (!isShown(seen)) context.warn(notShown(node.name, seen), database.byHand(node, given, nodes));
      return { login: seen.login };
    },

    check: () => Promise.resolve('not-done'),
  };

  async function askFor(seen: Seen, given: Input, context: ExecuteContext): Promise<JsonObject> {
    if (isShown(seen)) return { login: seen.login };
    const { name } = context.node;
    if (seen.login === 'refused') context.warn(refused(name, given, seen), LET_IN);
    const operation = lookThere(given, context);
    const looked =
      c.person.canAsk &&
      (await context.perform(operation, (signal) => c.person.confirm(operation.text, signal)));
    if (!looked) context.warn(`Not done yet: ${operation.text}`);
    return { login: seen.login, looked };
  }
}

function isShown({ login }: Seen): boolean {
  return login === 'in' || login === 'password';
}

function refused(name: string, { role }: Input, { said }: Seen): string {
  return `${name}: the database does not let ${role} in from there: ${said}`;
}

function notShown(name: string, { login, said }: Seen): string {
  if (login === 'reached')
    return `${name}: the database takes connections from there, so listen_addresses and firewall let it in; that pg_hba.conf does was not shown: ${said}`;
  return login === 'unclear'
    ? `${name}: whether the database lets it in is not clear: ${said}`
    : `${name}: whether the database lets it in was not tried: ${said}`;
}
