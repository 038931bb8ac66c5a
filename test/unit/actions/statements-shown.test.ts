import { describe, expect, it } from 'vitest';
import { ASK_SERVER } from '../../../src/actions/ask-server.ts';
import { lookAtRights } from '../../../src/actions/database-rights.ts';
import { beginOperation, evidenceOperation, locksOperation } from '../../../src/actions/evidence-look.ts';
import { ROLE_NAMES, rolesOf } from '../../../src/actions/marked-roles.ts';
import { sqlLook } from '../../../src/actions/sql-operation.ts';
import { CONF_STATEMENTS, readConf } from '../../../src/postgres/conf-server.ts';
import { DATABASE_ROWS, readDatabaseRows } from '../../../src/postgres/database-rows.ts';
import { locksHeld, openEvidenceSession } from '../../../src/postgres/evidence-session.ts';
import { takeEvidence } from '../../../src/postgres/evidence.ts';
import { readServerFacts } from '../../../src/postgres/facts.ts';
import {
  COUNT_STATEMENTS,
  countAssignments,
  LICENSE_STATEMENTS,
  readLicense,
} from '../../../src/postgres/license.ts';
import { LIVE_ROLES, readLiveRoles } from '../../../src/postgres/live-roles.ts';
import { PASSWORD_RULES, readPasswordRules } from '../../../src/postgres/password-rules.ts';
import { readReloads, RELOAD_STATEMENTS } from '../../../src/postgres/reloads.ts';
import { IDENTITY, readIdentity } from '../../../src/postgres/server-identity.ts';
import { readServerSecurity, SECURITY_STATEMENTS } from '../../../src/postgres/server-security.ts';
import { CLEAR_STATEMENTS, endSessions, sessionsIn } from '../../../src/postgres/sessions.ts';
import type { SqlClient } from '../../../src/postgres/server.ts';
import { readTopology, TOPOLOGY_STATEMENTS } from '../../../src/postgres/topology.ts';

/** One row for whatever is asked. */
const ROW = {
  ...{ number: 150018, version: '15.18', folder: null, setting: '1', file: 'a.conf', at: new Date(0) },
  ...{ id: 'snapshot', schema: 'public', name: 'Apps', columns: ['ID'], rows: '1', count: '1', is: false },
};

/** Every table with every column that is asked for anywhere. */
const COLUMNS = [
  ...['ID', 'Name', 'HostName', 'IsCentral', 'FailoverCandidate', 'NodePurpose', 'EngineEnabled'],
  ...['ProxyEnabled', 'SchedulerEnabled', 'PrintingEnabled', 'RootFolder', 'AppFolder', 'Deleted'],
  ...['StaticContentRootFolder', 'Connector32RootFolder', 'Connector64RootFolder', 'DatabaseHost'],
  ...['ArchivedLogsRootFolder', 'DatabasePort', 'FailoverTimeout', 'Organization', 'Product'],
  ...['IsExpired', 'ExpiredReason', 'IsBlacklisted', 'IsInvalid', 'IsSubscription', 'KeyDetails'],
];
const RELOAD_COLUMNS = [
  ...['ExecutionResults.TaskID', 'ExecutionResults.Status', 'ExecutionResults.StartTime'],
  ...['ReloadTasks.ID', 'ReloadTasks.Name', 'ReloadTasks.Enabled', 'ReloadTasks.Operational_ID'],
  ...['ReloadTaskOperationals.ID', 'ReloadTaskOperationals.NextExecution'],
];

/** What is sent while `work` asks, on one line each. Looking which columns there are counts where it is shown. */
async function sentBy(work: (client: SqlClient) => Promise<unknown>): Promise<string[]> {
  const sent: string[] = [];
  await work({
    query<Row extends object>(text: string, values?: readonly unknown[]) {
      const line = text.replace(/\s+/g, ' ').trim();
      const rows = (answer: readonly object[]) => Promise.resolve(answer as Row[]);
      // By a parameter: which columns a table has, whatever is read of it.
      if (line.includes('information_schema.columns') && values !== undefined)
        return rows(COLUMNS.map((column) => ({ schema: 'public', column })));
      sent.push(line);
      if (line.includes('information_schema.columns')) return rows(RELOAD_COLUMNS.map((name) => ({ name })));
      return rows(/pg_hba_file_rules|pg_roles r where r.rolname not|pg_authid/.test(line) ? [] : [ROW]);
    },
    close: () => Promise.resolve(),
  });
  return sent;
}

/** The statements of an operation's text. */
function shownBy(statements: readonly string[]): string[] {
  return sqlLook('postgres', statements).text.split('; ');
}

const superuser = { superuser: true, databases: ['QSR'] };

describe('the plan shows the very statements that are sent', () => {
  it.each<[string, readonly string[], (client: SqlClient) => Promise<unknown>]>([
    ['to ask what a server is', ASK_SERVER.text.split('; '), readServerFacts],
    ['for names of roles', [ROLE_NAMES], rolesOf],
    ['for password rules', PASSWORD_RULES, readPasswordRules],
    ['for roles with their passwords', LIVE_ROLES, readLiveRoles],
    ['to tell one server from another', [IDENTITY], readIdentity],
    ['for SSL and stored passwords', SECURITY_STATEMENTS, (client) => readServerSecurity(client, superuser)],
    ['for settings of connections', CONF_STATEMENTS, readConf],
    ['for databases', [DATABASE_ROWS], readDatabaseRows],
    ['for the nodes of a site', Object.values(TOPOLOGY_STATEMENTS), readTopology],
    ['for the license', LICENSE_STATEMENTS, readLicense],
    ['for assignments of licenses', COUNT_STATEMENTS, countAssignments],
    ['for reloads', RELOAD_STATEMENTS, readReloads],
    [
      'to end sessions',
      CLEAR_STATEMENTS,
      async (client) => endSessions(client, await sessionsIn(client, ['QSR'])),
    ],
  ])('%s', async (_what, statements, work) => {
    expect(await sentBy(work)).toEqual(shownBy(statements));
  });

  it('to begin the evidence of a dump, and to wait for its locks', async () => {
    const begun = await sentBy(openEvidenceSession);
    for (const statement of beginOperation('QSR').text.split('; ')) expect(begun).toContain(statement);
    const [shown] = locksOperation('QSR').text.split(' -- ');
    expect(await sentBy((client) => locksHeld(client, 'a name'))).toContain(shown);
  });

  it.each([true, false])('to count rows, with the table in its place (checksums: %s)', async (checksums) => {
    const [shown = ''] = evidenceOperation('QSR', { checksums }).text.split(' -- ');
    const own = shown
      .replace('"SCHEMA"', '"public"')
      .replace('"TABLE"', '"Apps"')
      .replace('"COLUMN"', '"ID"');
    expect(await sentBy((client) => takeEvidence(client, { name: 'QSR', checksums }))).toContain(own);
  });

  it('on one line each, with what a parameter is behind them', () => {
    expect(sqlLook('QSR', ['select\n   1', 'select $1'], { note: '$1: a name', repeat: true })).toEqual({
      kind: 'sql',
      database: 'QSR',
      text: 'select 1; select $1 -- $1: a name',
      effect: 'read',
      repeat: true,
    });
    expect(lookAtRights('QSR')).toMatchObject({ database: 'QSR', repeat: true });
  });
});
