import { describe, expect, it } from 'vitest';
import { readRootAdmins, rootAdminsIn } from '../../../src/postgres/root-admins.ts';
import type { SqlClient } from '../../../src/postgres/server.ts';

/** A repository database whose table of users has these columns. */
function database(columns: readonly string[], rows: object[] = []) {
  const asked: string[] = [];
  const client: SqlClient = {
    async query<Row extends object>(text: string) {
      if (text.includes('information_schema'))
        return columns.map((column) => ({ schema: 'public', column })) as unknown as Row[];
      asked.push(text);
      return rows as Row[];
    },
    close: () => Promise.resolve(),
  };
  return { client, asked };
}

const COLUMNS = ['ID', 'UserId', 'UserDirectory', 'RolesString', 'Inactive', 'Deleted'];

describe('who is Root Admin', () => {
  it('has that role among others, and is neither inactive nor deleted', async () => {
    const { client, asked } = database(COLUMNS, [
      { directory: 'ACME', user: 'zoe', roles: 'RootAdmin' },
      { directory: 'ACME', user: 'anna', roles: 'AuditAdmin, rootadmin' },
      { directory: 'ACME', user: 'bob', roles: 'NotRootAdminAtAll' },
    ]);
    expect(await readRootAdmins(client)).toEqual(['ACME\\anna', 'ACME\\zoe']);
    for (const gone of ['"Inactive"', '"Deleted"'])
      expect(asked[0]).toContain(`${gone}::text is distinct from 'true'`);
  });

  it('is nobody, or not known where a release keeps roles elsewhere', async () => {
    expect(await readRootAdmins(database(COLUMNS).client)).toEqual([]);
    const other = database(['ID', 'UserId', 'UserDirectory']);
    expect(await readRootAdmins(other.client)).toBeUndefined();
    expect(other.asked).toEqual([]);
    expect(await readRootAdmins(database([]).client)).toBeUndefined();
  });

  it('is told by a dump too', () => {
    const row = (user: string, roles: string | null, inactive: string, deleted: string) => [
      ...['1', user, 'ACME', roles],
      ...[inactive, deleted],
    ];
    const rows = [
      row('anna', 'RootAdmin', 'f', 'f'),
      row('left', 'RootAdmin', 't', 'f'),
      row('gone', 'RootAdmin', 'f', 't'),
      row('bob', null, 'f', 'f'),
    ];
    const users = { schema: 'public', table: 'Users', columns: COLUMNS, rows };
    expect(rootAdminsIn([{ ...users, table: 'Other' }, users])).toEqual(['ACME\\anna']);
    expect(rootAdminsIn([{ ...users, columns: ['ID', 'x', 'y', 'z'] }])).toBeUndefined();
    expect(rootAdminsIn([])).toBeUndefined();
  });
});
