import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { clientEnvironment } from '../../../src/postgres/client-environment.ts';
import { compareEvidence } from '../../../src/postgres/compare-evidence.ts';
import { databaseArgument, dumpCommand } from '../../../src/postgres/dump.ts';
import { readServerEvidence, takeEvidence } from '../../../src/postgres/evidence.ts';
import { locksHeld, openEvidenceSession } from '../../../src/postgres/evidence-session.ts';
import type { DatabaseEvidence } from '../../../src/postgres/evidence-format.ts';
import { writePassFile } from '../../../src/postgres/pass-file.ts';
import { hasOtherServers, usePostgres } from '../../helpers/postgres.ts';
import type { TestPostgres } from '../../helpers/postgres.ts';

/** Everything that counts wrongly when one counts naively. */
const CONTENT = [
  'create schema "Öffentlich"',
  'create table "Apps" ("ID" int primary key, "Name" text, price float8, at timestamptz, raw bytea, cost money)',
  `insert into "Apps" select n, 'Größe ' || n, n / 3.0::float8, now(), decode('00ff', 'hex'), 3.5 from generate_series(1, 500) n`,
  'create table "Öffentlich"."odd ""name""\nwith a line" (a int)',
  'insert into "Öffentlich"."odd ""name""\nwith a line" values (1), (1), (null)',
  'create table empty ()',
  'create unlogged table unlogged_one as select 1 as a',
  'create table parent (a int)',
  'create table child (b int) inherits (parent)',
  // A child that has a column before one of its parent gets them in another order when it is restored.
  'alter table parent add column c text',
  `insert into child values (1, 2, 'x')`,
  `insert into parent values (3, 'y')`,
  'create table parted (a int, b text) partition by range (a)',
  'create table parted_1 partition of parted for values from (0) to (10)',
  'create table parted_2 partition of parted for values from (10) to (20)',
  `insert into parted select n, 'p' from generate_series(0, 14) n`,
  'create index on parted (b)',
  'create materialized view counted as select count(*) from "Apps"',
  'create view names as select "Name" from "Apps"',
  'create sequence numbers',
  'create domain positive as int check (value > 0)',
  `create function nothing() returns trigger language plpgsql as 'begin return null; end'`,
  'create trigger on_apps after insert on "Apps" for each row execute procedure nothing()',
  `select lo_from_bytea(0, decode(repeat('00ff', 5000), 'hex'))`,
  'select lo_create(0)',
  // A gap in a large object is restored as zeros.
  `select lo_put(lo_create(0), 9000, 'end')`,
];

async function evidenceOf(
  { connect }: TestPostgres,
  database: string,
  checksums = true,
): Promise<DatabaseEvidence> {
  const client = await connect(database);
  try {
    return await takeEvidence(client, { name: 'QSR', checksums });
  } finally {
    await client.close();
  }
}

async function prepare({ sql }: TestPostgres, database: string): Promise<void> {
  await sql('postgres', 'create role reader', `create database "${database}" template template0`);
  await sql(
    'postgres',
    `alter database "${database}" set work_mem to '8MB'`,
    `grant connect on database "${database}" to reader`,
    `alter role reader in database "${database}" set search_path to a, b`,
    `alter database "${database}" connection limit 40`,
  );
  await sql(database, ...CONTENT);
}

/** Dumps what a snapshot sees and restores it, with the programs that there are. */
async function restoreCopy(
  { address, client, exec, folder, sql }: TestPostgres,
  from: string,
  to: string,
  snapshot: string,
): Promise<void> {
  const target = path.join(folder, `${to}.tar`);
  const passFile = await writePassFile(folder, address);
  const env = clientEnvironment(passFile && { passFile: passFile.path });
  await exec(dumpCommand(client, address, { database: from, format: 'tar', target, snapshot }), {
    env,
    timeoutMs: 60_000,
  });
  await sql('postgres', `create database "${to}" template template0`);
  const server = ['-h', address.host, '-p', String(address.port), '-U', address.user, '--no-password'];
  await exec([client.pgRestore, ...server, '-d', databaseArgument(to), target], {
    env,
    timeoutMs: 60_000,
  });
  await passFile?.remove();
  await fs.rm(target);
}

describe.each([undefined, 12, 14] as const)('evidence, PostgreSQL %s', (major) => {
  describe.skipIf(major !== undefined && !hasOtherServers)('taken', () => {
    const postgres = usePostgres(major === undefined ? {} : { major });

    it('counts what is there, and a restored copy is the same but for what no dump holds', async () => {
      await prepare(postgres(), 'QSR');
      const session = await openEvidenceSession(await postgres().connect('QSR'));
      // The site goes on: neither dump nor evidence may see it.
      await postgres().sql('QSR', 'delete from "Apps" where "ID" > 450', 'create table later ()');
      const { database: taken } = await session.read({ name: 'QSR', checksums: true });
      await restoreCopy(postgres(), 'QSR', 'copy', session.snapshot);
      await session.close();
      const rows = Object.fromEntries(
        taken.tables.map(({ schema, name, rows: count }) => [`${schema}.${name}`, count]),
      );
      expect(rows).toEqual({
        'public.Apps': 500,
        'public.child': 1,
        'public.empty': 0,
        'public.parent': 1,
        'public.parted_1': 10,
        'public.parted_2': 5,
        'public.unlogged_one': 1,
        'Öffentlich.odd "name"\nwith a line': 3,
      });
      expect(taken.tables.every(({ checksum }) => /^[0-9a-f]{32}$/.test(checksum ?? ''))).toBe(true);
      expect(taken.largeObjects).toMatchObject({ count: 3, bytes: 10_000 + 9003 });
      expect(taken.objects).toEqual({
        constraints: 2,
        foreignTables: 0,
        functions: 1,
        indexes: 4,
        materializedViews: 1,
        partitionedTables: 1,
        sequences: 1,
        triggers: 1,
        views: 1,
      });
      expect(taken).toMatchObject({ owner: 'postgres', connectionLimit: 40, encoding: 'UTF8' });
      expect(taken.settings).toEqual([
        { role: null, setting: 'work_mem=8MB' },
        { role: 'reader', setting: 'search_path=a, b' },
      ]);
      expect(taken.acl).toContain('reader=c/postgres');
      expect(taken.extensions.map(({ name }) => name)).toEqual(['plpgsql']);

      const copy = await evidenceOf(postgres(), 'copy');
      const differences = compareEvidence(taken, copy);
      expect(differences.filter(({ data }) => data)).toEqual([]);
      expect(differences.map(({ kind }) => kind)).toEqual(['rights', 'setting', 'connection-limit']);

      // The same account with other habits reads the same.
      await postgres().sql('postgres', `alter database copy set extra_float_digits to 3`);
      await postgres().sql('postgres', `alter database copy set "DateStyle" to 'German'`);
      await postgres().sql('copy', 'update "Apps" set price = price', 'vacuum full "Apps"');
      expect((await evidenceOf(postgres(), 'copy')).tables).toEqual(taken.tables);

      await postgres().sql(
        'copy',
        'update "Apps" set "Name" = \'changed\' where "ID" = 7',
        'delete from parted_2 where a = 14',
        'drop table child',
        `select lo_put(min(oid), 0, 'x') from pg_largeobject_metadata`,
      );
      const changed = await evidenceOf(postgres(), 'copy');
      expect(
        compareEvidence(taken, changed)
          .filter(({ data }) => data)
          .map(({ message }) => message),
      ).toEqual([
        'QSR: the table public."Apps" has 500 rows as before, but not the same content',
        'QSR: the table public.child is missing; it had 1 row',
        'QSR: the table public.parted_2 has 4 rows, and had 5',
        'QSR: large objects: 3 with 19003 bytes as before, but not the same content',
      ]);
    });

    it('sees in pg_locks when a session of a name holds all the locks that pg_dump takes', async () => {
      await postgres().sql('postgres', 'create database locks');
      const tables = [
        'create table a (n int)',
        'create unlogged table b ()',
        'create table c (n int) partition by range (n)',
      ];
      await postgres().sql('locks', ...tables, 'create table c1 partition of c for values from (0) to (9)');
      const name = 'sense-runbook RUN dump-qsr';
      const looking = await postgres().connect('locks', { applicationName: name });
      const dumping = await postgres().connect('locks', { applicationName: name });
      try {
        await looking.query('begin isolation level repeatable read');
        expect(await locksHeld(looking, name)).toBe(false);
        await dumping.query('begin');
        await dumping.query('lock table a, c in access share mode');
        expect(await locksHeld(looking, name)).toBe(false);
        await dumping.query('lock table b in access share mode');
        expect(await locksHeld(looking, name)).toBe(true);
        expect(await locksHeld(looking, 'sense-runbook RUN dump-qsmq')).toBe(false);
        await dumping.query('rollback');
        expect(await locksHeld(looking, name)).toBe(false);
      } finally {
        await looking.close();
        await dumping.close();
      }
    });

    it('tells version and roles of the server, without passwords', async () => {
      await postgres().sql('postgres', 'create role team', 'create role person login in role team');
      const client = await postgres().connect();
      const { server, roles } = await readServerEvidence(client);
      await client.close();
      expect(server.versionNumber).toBeGreaterThanOrEqual(120_000);
      expect(server.version).toMatch(/^\d+\.\d+$/);
      expect(roles.find(({ name }) => name === 'person')).toEqual({
        name: 'person',
        superuser: false,
        createDb: false,
        createRole: false,
        inherit: true,
        login: true,
        replication: false,
        bypassRls: false,
        connectionLimit: -1,
        memberOf: ['team'],
      });
      expect(roles.some(({ name }) => name.startsWith('pg_'))).toBe(false);
    });
  });
});
