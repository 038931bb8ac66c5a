import { spawnSync } from 'node:child_process';
import fs from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { connect } from '../../../src/postgres/connect.ts';
import { listBackends, terminateBackends } from '../../../src/postgres/backends.ts';
import { findFreePort } from '../../../src/postgres/free-port.ts';
import { readServerFacts } from '../../../src/postgres/facts.ts';
import { readUsedCertificates } from '../../../src/postgres/used-certificates.ts';
import { readTopology } from '../../../src/postgres/topology.ts';
import { passLine } from '../../../src/postgres/pass-file.ts';
import { usePostgres } from '../../helpers/postgres.ts';

const password = String.raw`a:b\c'"d ä`;
const postgres = usePostgres({ password });

describe('what goes wrong with a connection is said so that one can mend it', () => {
  test('wrong password', async () => {
    await expect(connect({ ...postgres().address, password: 'wrong' }, 'postgres')).rejects.toMatchObject({
      name: 'PreflightError',
      exitCode: 3,
      message: expect.stringContaining('refused the password of user "postgres"') as string,
      hint: expect.stringContaining('database.password') as string,
    });
  });

  test('no password', async () => {
    const { host, port, user } = postgres().address;
    await expect(connect({ host, port, user }, 'postgres')).rejects.toThrow(/asks for a password/);
  });

  test('no such database', async () => {
    await expect(postgres().connect('QSR')).rejects.toThrow(/no database "QSR"/);
  });

  test('server down', async () => {
    const port = await findFreePort();
    for (const host of ['127.0.0.1', 'localhost'])
      await expect(connect({ ...postgres().address, host, port }, 'postgres')).rejects.toMatchObject({
        message: expect.stringContaining(`Nothing answers at ${host}:${port}`) as string,
        hint: expect.stringContaining('4432') as string,
      });
  });

  test('SSL asked of a server without it', async () => {
    await expect(connect({ ...postgres().address, ssl: true }, 'postgres')).rejects.toThrow(
      /does not use SSL/,
    );
  });

  test('a server that never answers', async () => {
    const silent = net.createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as net.AddressInfo;
    await expect(
      connect({ ...postgres().address, port }, 'postgres', { connectTimeoutMs: 200 }),
    ).rejects.toThrow(/did not answer/);
    silent.close();
  });

  test('no line in pg_hba.conf, a role that is not there, a role that may not log in', async () => {
    const { address, cluster, sql } = postgres();
    const hba = path.join(cluster.dataFolder, 'pg_hba.conf');
    const before = await fs.readFile(hba, 'utf8');
    await sql('postgres', 'create role "closed" nologin');
    try {
      await fs.writeFile(
        hba,
        `host all ghost all trust\nhost all closed all trust\nhost all postgres all trust\n`,
      );
      await sql('postgres', 'select pg_reload_conf()');
      const as = (user: string) => connect({ ...address, user }, 'postgres').then((client) => client.close());
      await expect.poll(() => as('other').catch(String), { timeout: 10_000 }).toContain('does not let user');
      await expect(as('ghost')).rejects.toThrow(/"ghost" does not exist/);
      await expect(as('closed')).rejects.toThrow(/may not log in/);
    } finally {
      await fs.writeFile(hba, before);
      await sql('postgres', 'select pg_reload_conf()');
      await sql('postgres', 'drop role "closed"');
    }
  });

  test('a database that takes no connections, and no connection left', async () => {
    const { sql, connect: open } = postgres();
    await sql('postgres', 'create database "Shut" allow_connections false');
    await expect(open('Shut')).rejects.toThrow(/does not accept connections/);
    await sql('postgres', `create role "crowd" login password 'crowd' connection limit 1`);
    const address = { ...postgres().address, user: 'crowd', password: 'crowd' };
    const first = await connect(address, 'postgres');
    await expect(connect(address, 'postgres')).rejects.toThrow(/no connection left/);
    await first.close();
  });
});

test('a statement past its limit, and a lost connection, are told apart', async () => {
  const slow = await postgres().connect('postgres', { statementTimeoutMs: 100 });
  await expect(slow.query('select pg_sleep(20)')).rejects.toMatchObject({ sqlState: '57014' });
  await expect(slow.query('select * from "Nowhere"')).rejects.toMatchObject({ sqlState: '42P01' });
  const [row] = await slow.query<{ pid: number }>('select pg_backend_pid() as pid');
  await postgres().sql('postgres', `select pg_terminate_backend(${row?.pid})`);
  await expect
    .poll(() => slow.query('select 1').then(String, String), { timeout: 10_000 })
    .toMatch(/was lost/);
  await slow.close();
});

test('the password is found in a pgpass file', async () => {
  const { address, folder } = postgres();
  const file = path.join(folder, 'own pgpass');
  const without = { host: address.host, port: address.port, user: address.user };
  await fs.writeFile(file, `# comment\nother:*:*:*:no\n${passLine(address, password)}\n`, { mode: 0o600 });
  const before = process.env['PGPASSFILE'];
  process.env['PGPASSFILE'] = file;
  try {
    const client = await connect(without, 'postgres');
    expect(await client.query('select 1 as one')).toEqual([{ one: 1 }]);
    await client.close();
    // libpq reads the same file the same way.
    const psql = spawnSync(
      postgres().client.psql,
      [
        '-h',
        address.host,
        '-p',
        String(address.port),
        '-U',
        address.user,
        '-w',
        '-Atc',
        'select 1',
        'postgres',
      ],
      { encoding: 'utf8' },
    );
    expect(psql.stdout.trim()).toBe('1');
  } finally {
    if (before === undefined) delete process.env['PGPASSFILE'];
    else process.env['PGPASSFILE'] = before;
  }
});

test('only the sessions of one run are ended', async () => {
  const { connect: open } = postgres();
  const admin = await open();
  const mine = await open('postgres', { applicationName: 'sense-runbook RUN1 dump' });
  const other = await open('postgres', { applicationName: 'sense-runbook RUN10 dump' });
  const found = await listBackends(admin, 'sense-runbook RUN1');
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ applicationName: 'sense-runbook RUN1 dump', user: 'postgres' });
  expect(await terminateBackends(admin, 'sense-runbook RUN1')).toEqual([found[0]?.pid]);
  expect(await terminateBackends(admin, 'sense-runbook RUN1')).toEqual([]);
  await expect(mine.query('select 1')).rejects.toThrow(/was lost/);
  expect(await other.query('select 1 as one')).toEqual([{ one: 1 }]);
  for (const client of [admin, mine, other]) await client.close();
});

test('an ordinary user learns what it may', async () => {
  await postgres().sql('postgres', `create role "plain" login password 'plain'`);
  const client = await connect({ ...postgres().address, user: 'plain', password: 'plain' }, 'postgres');
  const facts = await readServerFacts(client);
  await client.close();
  expect(facts.superuser).toBe(false);
  expect(facts).not.toHaveProperty('dataFolder');
  expect(facts.databases.map(({ name }) => name)).toContain('postgres');
});

test('the certificates of proxies and data encryption are read from whatever table has them', async () => {
  const { sql, connect: open } = postgres();
  await sql('postgres', 'create database "Thumbprints"');
  const client = await open('Thumbprints');
  expect(await readUsedCertificates(client)).toEqual([]);
  const [a, b] = ['A'.repeat(40), 'B'.repeat(40)];
  await sql(
    'Thumbprints',
    'create table "ServiceClusterSettingsEncryption" ("ID" int, "EncryptionKeyThumbprint" text)',
    'create table "Proxy ""Settings" ("ID" int, "SslBrowserCertificateThumbprint" text)',
    `create view "Copy" as select * from "ServiceClusterSettingsEncryption"`,
    // As people paste it from the Windows dialog: an invisible mark, and blanks between the pairs.
    `insert into "Proxy ""Settings" values (1, null), (2, ''), (3, U&'\\200E' || 'aa ' || repeat('aa', 19)), (4, 'junk')`,
    `insert into "ServiceClusterSettingsEncryption" values (1, '${String(b)}'), (2, '${String(b)}')`,
  );
  const used = await readUsedCertificates(client);
  await client.close();
  expect(used).toEqual([
    { use: 'proxy', thumbprint: a },
    { use: 'encryption', thumbprint: b },
  ]);
});

test('the topology is read from the tables of the repository', async () => {
  const { sql, connect: open } = postgres();
  await sql('postgres', 'create database "Topology"');
  const client = await open('Topology');
  await expect(readTopology(client)).rejects.toThrow(/no table "ServerNodeConfigurations"/);
  await sql(
    'Topology',
    `create table "ServerNodeConfigurations" ("ID" uuid, "Name" text, "HostName" text, "IsCentral" boolean,
       "FailoverCandidate" boolean, "NodePurpose" int, "EngineEnabled" boolean, "PrintingEnabled" boolean)`,
    `insert into "ServerNodeConfigurations" values
       ('00000000-0000-0000-0000-000000000001', 'Central', 'qlik1.example', true, null, 0, true, false),
       ('00000000-0000-0000-0000-000000000002', 'Rim', 'qlik2.example', false, true, 0, true, false)`,
    `create table "ServiceClusterSettingsSharedPersistenceProperties" ("ID" uuid, "RootFolder" text, "AppFolder" text,
       "DatabaseHost" text, "DatabasePort" int, "FailoverTimeout" int)`,
    String.raw`insert into "ServiceClusterSettingsSharedPersistenceProperties" values
       ('00000000-0000-0000-0000-000000000003', '\\files\Qlik', '\\files\Qlik\Apps', 'localhost', 4432, 10)`,
  );
  const topology = await readTopology(client);
  await client.close();
  expect(topology.nodes).toHaveLength(2);
  expect(topology.central).toMatchObject({ name: 'Central', hostName: 'qlik1.example', isCentral: true });
  expect(topology.central).not.toHaveProperty('failoverCandidate');
  expect(topology.central).not.toHaveProperty('scheduler');
  expect(topology.failoverTimeoutMs).toBe(600_000);
  expect(topology.sharedPersistence).toEqual({
    rootFolder: String.raw`\\files\Qlik`,
    appFolder: String.raw`\\files\Qlik\Apps`,
    databaseHost: 'localhost',
    databasePort: 4432,
  });
});
