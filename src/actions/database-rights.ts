import type { CheckResult, ReadContext } from '../contract/action.ts';
import type { SqlOperation } from '../contract/operation.ts';
import { REPOSITORY_ROLE } from '../postgres/recorded-roles.ts';
import { quoteName } from '../postgres/recreate.ts';
import type { SqlClient } from '../postgres/server.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { withDatabase } from './with-database.ts';

const ROLE = REPOSITORY_ROLE.name;

/** First version in which not everybody may create in schema public (manual 1.3, p. 21; 2.5, p. 140). */
export const RIGHTS_SINCE = 15;

/** How it is looked at; never on an older server. */
export const RIGHTS: SqlOperation = {
  kind: 'sql',
  database: 'postgres',
  text: `SELECT rights of ${ROLE} in schema public, of each database of the site`,
  effect: 'read',
  repeat: true,
};

/** Whether setup can make its tables: without the grants of manual 2.5 it fails in the middle. */
export async function rightsChecks(
  c: Pick<ActionCollaborators, 'database'>,
  databases: readonly string[],
  context: Pick<ReadContext, 'run'>,
): Promise<CheckResult[]> {
  const id = 'database-rights';
  const without: string[] = [];
  for (const name of databases) {
    const creates = await withDatabase(c, name, context, mayCreate);
    if (creates === undefined)
      return [
        {
          id,
          status: 'warning',
          message: `The role ${ROLE} is not there, so that nothing tells whether setup can make its tables.`,
          hint: `Look that the role which the site uses may create tables in schema public of ${databases.join(', ')} (manual 2.5, p. 140).`,
        },
      ];
    if (!creates) without.push(name);
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
  const [row] = await client.query<{ creates: boolean }>(
    `select pg_catalog.has_schema_privilege(r.oid, n.oid, 'CREATE')
        and pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE') as creates
       from pg_catalog.pg_roles r, pg_catalog.pg_namespace n
      where r.rolname = $1 and n.nspname = 'public'`,
    [ROLE],
  );
  return row?.creates;
}
