import { expect, test } from 'vitest';
import { connectError } from '../../../src/postgres/connect-errors.ts';
import { settingsText } from '../../../src/postgres/cluster-files.ts';
import { resolveDatabases } from '../../../src/postgres/facts.ts';
import type { DatabaseFacts, SqlClient } from '../../../src/postgres/server.ts';
import { readTopology } from '../../../src/postgres/topology.ts';

function database(name: string): DatabaseFacts {
  return { name, owner: 'o', encoding: 'UTF8', collate: 'C', ctype: 'C', bytes: 1, allowConnections: true };
}

test('names are found without regard to case; two that fit are refused', () => {
  const facts = { databases: ['QSR', 'senseservices', 'qsmq', 'QSMQ'].map(database) };
  expect(resolveDatabases(['QSR', 'SenseServices', 'Licenses'], facts)).toEqual({
    found: [
      { wanted: 'QSR', name: 'QSR' },
      { wanted: 'SenseServices', name: 'senseservices' },
    ],
    missing: ['Licenses'],
  });
  expect(() => resolveDatabases(['QSMQ'], facts)).toThrow(/more than one database: "qsmq", "QSMQ"/);
});

/** Answers the two kinds of question of `readTopology` from tables given as column lists and rows. */
function fake(tables: Record<string, { columns: string[]; rows: (string | null)[][] }>): SqlClient {
  function rowsOf(text: string): Record<string, unknown>[] {
    const [name, table] = Object.entries(tables).find(([key]) => text.includes(`"public"."${key}"`)) ?? [];
    if (name === undefined || table === undefined) throw new Error(`not expected: ${text}`);
    const asked = [...text.matchAll(/"(\w+)"::text as (c\d+)/g)];
    return table.rows.map((row) =>
      Object.fromEntries(
        asked.map(([, column = '', alias = '']) => [alias, row[table.columns.indexOf(column)]]),
      ),
    );
  }
  return {
    async query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
      const rows = text.includes('information_schema.columns')
        ? (tables[String(values[0])]?.columns ?? []).map((column) => ({ schema: 'public', column }))
        : rowsOf(text);
      return await Promise.resolve(rows as object[] as Row[]);
    },
    async close() {
      await Promise.resolve();
    },
  };
}

test('a release without the newer columns and tables leaves them out', async () => {
  const topology = await readTopology(
    fake({
      ServerNodeConfigurations: {
        columns: ['ID', 'Hostname'],
        rows: [
          ['1', 'old.example'],
          ['2', null],
        ],
      },
    }),
  );
  expect(topology).toEqual({ nodes: [{ id: '1', hostName: 'old.example' }, { id: '2' }] });
});

test('two centrals are no central', async () => {
  const columns = ['Name', 'IsCentral'];
  const rows = [
    ['a', 'true'],
    ['b', 'true'],
  ];
  const topology = await readTopology(fake({ ServerNodeConfigurations: { columns, rows } }));
  expect(topology.central).toBeUndefined();
  expect(topology.nodes.filter((node) => node.isCentral === true)).toHaveLength(2);
});

test('settings are quoted as postgresql.conf wants it', () => {
  expect(settingsText({ port: 5, log_directory: String.raw`C:\it's` })).toBe(
    `port = '5'\nlog_directory = '${String.raw`C:\\it''s`}'\n`,
  );
});

const address = { host: 'db', port: 4432, user: 'postgres', password: 'hidden' };

test.each([
  [{ code: 'ENOTFOUND' }, /"db" of the database server cannot be resolved/],
  [{ code: 'ETIMEDOUT' }, /cannot be reached/],
  [{ code: 'ECONNRESET' }, /closed the connection/],
  [{ code: '57P03' }, /starting up, shutting down/],
  [{ code: '53300' }, /no connection left/],
  [{ code: '28000', routine: 'InitializeSessionUserId' }, /"postgres" does not exist/],
  [{ code: '28000', routine: 'ClientAuthentication' }, /does not let user "postgres" in/],
  [{ code: '28000', routine: 'auth_failed' }, /refused user "postgres"/],
  [{ code: 'XX000' }, /failed: Meldung/],
])('%j is worded whatever language the server speaks', (facts, message) => {
  const error = connectError(Object.assign(new Error('Meldung'), facts), address, 'QSR');
  expect(error.message).toMatch(message);
  expect(error.hint).toBeTruthy();
  expect(error.exitCode).toBe(3);
  expect(`${error.message} ${error.hint}`).not.toContain('hidden');
});
