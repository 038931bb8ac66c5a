import type { DumpedTable } from './dumped-tables.ts';
import { quoteName } from './recreate.ts';
import type { SqlClient } from './server.ts';
import { columnNamed, findTable } from './tables.ts';

/** Table of the users in the repository database. */
export const USERS = 'Users';

/** Where the roles stand, with a comma between them (Qlik's support article 1714226); who is gone has no role. */
const DIRECTORY = 'UserDirectory';
const USER = 'UserId';
const ROLES = 'RolesString';
const GONE = ['Inactive', 'Deleted'];

/**
 * Who has the role Root Admin (`DIRECTORY\user`, sorted), from the repository database. Undefined when this release keeps
 * users or roles in another way.
 */
export async function readRootAdmins(client: SqlClient): Promise<string[] | undefined> {
  const found = await findTable(client, USERS);
  const columns = [DIRECTORY, USER, ROLES].flatMap((name) => columnNamed(found?.columns ?? [], name) ?? []);
  const [directory, user, roles] = columns.map(quoteName);
  if (found === undefined || directory === undefined || user === undefined || roles === undefined)
    return undefined;
  const here = GONE.flatMap((name) => columnNamed(found.columns, name) ?? [])
    .map((column) => ` and ${quoteName(column)}::text is distinct from 'true'`)
    .join('');
  const rows = await client.query<UserRow>(
    `select ${directory}::text as directory, ${user}::text as "user", ${roles}::text as roles
       from ${quoteName(found.schema)}.${quoteName(USERS)}
      where lower(${roles}::text) like '%rootadmin%'${here}`,
  );
  return named(rows);
}

/** The same from a dump. */
export function rootAdminsIn(tables: readonly DumpedTable[]): string[] | undefined {
  const found = tables.find(({ table }) => table === USERS);
  const place = (name: string): number => {
    const column = columnNamed(found?.columns ?? [], name);
    return column === undefined || found === undefined ? -1 : found.columns.indexOf(column);
  };
  const [directory, user, roles] = [place(DIRECTORY), place(USER), place(ROLES)];
  if (found === undefined || [directory, user, roles].includes(-1)) return undefined;
  const gone = GONE.map(place).filter((at) => at !== -1);
  return named(
    found.rows
      .filter((row) => gone.every((at) => row[at] !== 't'))
      .map((row) => ({
        directory: row[directory] ?? '',
        user: row[user] ?? '',
        roles: row[roles] ?? '',
      })),
  );
}

interface UserRow {
  readonly directory: string | null;
  readonly user: string | null;
  readonly roles: string;
}

function named(rows: readonly UserRow[]): string[] {
  return rows
    .filter(({ roles }) => roles.split(/[,;]/).some((role) => role.trim().toLowerCase() === 'rootadmin'))
    .map(({ directory, user }) => `${directory ?? ''}\\${user ?? ''}`)
    .sort();
}
