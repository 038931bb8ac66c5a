import type { Description, ExecuteContext, ReadContext } from '../contract/action.ts';
import type { SqlOperation } from '../contract/operation.ts';
import { DatabaseError } from '../postgres/errors.ts';
import { quoteName } from '../postgres/recreate.ts';
import type { SqlClient } from '../postgres/server.ts';
import { roleMark } from './missing-roles.ts';

/** `2BP01` dependent_objects_still_exist. */
const STILL_USED = '2BP01';

/** What {@link rolesOf} sends. */
export const ROLE_NAMES = 'select rolname::text as name from pg_catalog.pg_roles order by 1';

/** Names of the server's roles. */
export async function rolesOf(client: SqlClient): Promise<string[]> {
  const rows = await client.query<{ name: string }>(ROLE_NAMES);
  return rows.map(({ name }) => name);
}

/** How an action takes back the roles that its run made; `on` opens a connection to the server that they are on. */
export function undoOfRoles<Given>(
  on: <T>(given: Given, context: ReadContext, work: (client: SqlClient) => Promise<T>) => Promise<T>,
): {
  describeUndo(given: Given, before: unknown, outputs: unknown, context: ReadContext): Promise<Description>;
  undo(given: Given, before: unknown, outputs: unknown, context: ExecuteContext): Promise<void>;
} {
  return {
    describeUndo: (given, _before, _outputs, context) =>
      on(given, context, async (client) => ({
        operations: (await markedRoles(client, context.run.id)).map(dropOperation),
      })),
    undo: (given, _before, _outputs, context) =>
      on(given, context, (client) => dropMarkedRoles(client, context)),
  };
}

/** Drops the roles that this run made; one that is in use by now is left, and named. */
async function dropMarkedRoles(client: SqlClient, context: ExecuteContext): Promise<void> {
  for (const name of await markedRoles(client, context.run.id))
    await context.perform(dropOperation(name), async () => {
      try {
        await client.query(dropOperation(name).text);
      } catch (error) {
        if (!(error instanceof DatabaseError) || error.sqlState !== STILL_USED) throw error;
        context.warn(
          `The role ${name}, which this run made, is left: something belongs to it or names it by now.`,
          `Look with: psql -c '\\du' and \\l. It can be dropped with DROP ROLE ${quoteName(name)} once nothing does.`,
        );
      }
    });
}

async function markedRoles(client: SqlClient, run: string): Promise<string[]> {
  const rows = await client.query<{ name: string }>(
    `select rolname::text as name from pg_catalog.pg_roles
      where pg_catalog.shobj_description(oid, 'pg_authid') = $1 order by oid desc`,
    [roleMark(run)],
  );
  return rows.map(({ name }) => name);
}

function dropOperation(name: string): SqlOperation {
  return { kind: 'sql', database: 'postgres', text: `DROP ROLE ${quoteName(name)}`, effect: 'change' };
}
