import type { CheckResult, ReadContext } from '../contract/action.ts';
import type { SqlOperation } from '../contract/operation.ts';
import { REPOSITORY_ROLE } from '../postgres/recorded-roles.ts';
import { quoteName } from '../postgres/recreate.ts';
import type { SqlClient } from '../postgres/server.ts';
import type { Look } from './check-action.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { sqlLook } from './sql-operation.ts';
import { withDatabase } from './with-database.ts';

const ROLE = REPOSITORY_ROLE.name;

/** First version in which not everybody may create in schema public (manual 1.3, p. 21; 2.5, p. 140). */
export const RIGHTS_SINCE = 15;

const RIGHTS = `
  select pg_catalog.has_schema_privilege(r.oid, n.oid, 'CREATE')
     and pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE') as creates
    from pg_catalog.pg_roles r, pg_catalog.pg_namespace n
   where r.rolname = '${ROLE}' and n.nspname = 'public'`;

/** How it is looked at in a database of that name; never on an older server, or where there is no such database. */
export function lookAtRights(database: string): SqlOperation {
  return sqlLook(database, [RIGHTS], { repeat: true });
}

/** Whether setup can make its tables: without the grants of manual 2.5 it fails in the middle. */
export async function rightsChecks(
  c: Pick<ActionCollaborators, 'database'>,
  databases: readonly { readonly name: string; readonly real: string }[],
  context: Pick<ReadContext, 'run'>,
  look: Look,
): Promise<CheckResult[]> {
  const id = 'database-rights';
  const without: string[] = [];
  for (const { name, real } of databases) {
    const creates = await look(lookAtRights(name), () => withDatabase(c, real, context, mayCreate));
    if (creates === undefined)
      return [
        {
          id,
          status: 'warning',
          message: `The role ${ROLE} is not there, so that nothing tells whether setup can make its tables.`,
          hint: `Look that the role which the site uses may create tables in schema public of ${databases.map(({ real }) => real).join(', ')} (manual 2.5, p. 140).`,
        },
      ];
    if (!creates) without.push(real);
  }
  if (without.length === 0)
    return [{ id, status: 'ok', message: `${ROLE} may create tables in schema public of each database.` }];
  return [
    {
      id,
      status: 'failed',
      message: `${ROLE} may not create tables in schema public of ${without.join(', ')}: from PostgreSQL 15 on setup needs that right.`,
      hint: `In each, as superuser: GRANT ALL ON SCHEMA public TO ${quoteName(ROLE)}; (manual 2.5, p. 140). Or: sense-runbook run create-databases`,
    },
  ];
}

/** Undefined: there is no such role. */
async function mayCreate(client: SqlClient): Promise<boolean | undefined> {
  const [row] = await client.query<{ creates: boolean }>(RIGHTS);
  return row?.creates;
}
