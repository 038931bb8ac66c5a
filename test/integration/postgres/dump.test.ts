import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkDump } from '../../../src/postgres/check-dump.ts';
import { clientEnvironment } from '../../../src/postgres/client-environment.ts';
import { databaseArgument, dumpCommand, listDump, readDumpCommand } from '../../../src/postgres/dump.ts';
import { readServerFacts, resolveDatabases } from '../../../src/postgres/facts.ts';
import { writePassFile } from '../../../src/postgres/pass-file.ts';
import type { DumpFormat } from '../../../src/postgres/server.ts';
import { usePostgres } from '../../helpers/postgres.ts';

const postgres = usePostgres({ password: String.raw`a:b\c'"d ä` });
const FORMATS: readonly DumpFormat[] = ['tar', 'custom', 'directory'];
/** Some tables, a large object, text beyond ASCII, as Qlik names things. */
const CONTENT = [
  'create table "Apps" ("ID" int primary key, "Name" text)',
  `insert into "Apps" select n, 'Größe ж ' || md5(n::text) from generate_series(1, 5000) n`,
  'create table "Empty" ("ID" int)',
  `select lo_from_bytea(0, decode(repeat('00ff', 5000), 'hex'))`,
];

async function dump(database: string, format: DumpFormat, name: string, jobs?: number): Promise<string> {
  const { address, client, exec, folder } = postgres();
  const target = path.join(folder, `Dump é ${name}`);
  const passFile = await writePassFile(folder, address);
  const request = { database, format, target, ...(jobs === undefined ? {} : { jobs }) };
  try {
    await exec(dumpCommand(client, address, request), {
      env: clientEnvironment({ applicationName: 'test dump', ...(passFile && { passFile: passFile.path }) }),
      timeoutMs: 60_000,
    });
  } finally {
    await passFile?.remove();
  }
  return target;
}

async function restore(target: string, database: string, jobs: number): Promise<void> {
  const { address, client, exec, folder, sql } = postgres();
  await sql('postgres', `create database "${database}" template template0`);
  const passFile = await writePassFile(folder, address);
  await exec(
    [
      ...[client.pgRestore, '-h', address.host, '-p', String(address.port), '-U', address.user],
      ...['--no-password', '--exit-on-error', ...(jobs > 1 ? ['-j', String(jobs)] : [])],
      ...['-d', databaseArgument(database), target],
    ],
    { env: clientEnvironment(passFile && { passFile: passFile.path }), timeoutMs: 60_000 },
  );
  await passFile?.remove();
}

async function fingerprint(database: string): Promise<unknown> {
  const client = await postgres().connect(database);
  try {
    return await client.query(
      `select (select count(*)::int from "Apps") as rows, (select md5(string_agg(a::text, '' order by "ID")) from "Apps" a) as text,
              (select md5(string_agg(data, '' order by pageno)) from pg_largeobject) as objects`,
    );
  } finally {
    await client.close();
  }
}

describe('dumps', () => {
  test('the name is found whatever its case, and every format comes back as it was', async () => {
    await postgres().sql('postgres', 'create database "SenseServices"');
    await postgres().sql('SenseServices', ...CONTENT);
    const admin = await postgres().connect();
    const facts = await readServerFacts(admin);
    await admin.close();
    expect(facts.major).toBe(postgres().server.major);
    expect(facts.superuser).toBe(true);
    expect(facts.dataFolder).toBe(postgres().cluster.dataFolder);
    const resolved = resolveDatabases(['senseservices', 'Licenses'], facts);
    expect(resolved).toEqual({
      found: [{ wanted: 'senseservices', name: 'SenseServices' }],
      missing: ['Licenses'],
    });
    expect(facts.databases.find(({ name }) => name === 'SenseServices')).toMatchObject({
      owner: 'postgres',
      encoding: 'UTF8',
      collate: 'C.UTF-8',
      allowConnections: true,
    });

    const before = await fingerprint('SenseServices');
    for (const format of FORMATS) {
      const jobs = format === 'directory' ? 2 : 1;
      const target = await dump('SenseServices', format, format, jobs);
      expect((await checkDump(target, format)).bytes).toBeGreaterThan(10_000);
      expect(await listDump(postgres().exec, postgres().client, target)).toBeGreaterThan(3);
      await restore(target, `Restored ${format}`, format === 'tar' ? 1 : 2);
      expect(await fingerprint(`Restored ${format}`)).toEqual(before);
    }
  }, 120_000);

  test('a database without any table gives a dump that passes', async () => {
    await postgres().sql('postgres', 'create database "QSMQ"');
    for (const format of FORMATS) {
      const target = await dump('QSMQ', format, `empty ${format}`);
      expect((await checkDump(target, format)).bytes).toBeGreaterThan(0);
    }
  }, 60_000);

  test('a tar cut off anywhere is found, though pg_restore lists it', async () => {
    await postgres().sql('postgres', 'create database "Cut"');
    await postgres().sql('Cut', ...CONTENT);
    const target = await dump('Cut', 'tar', 'cut.tar');
    const whole = await fs.readFile(target);
    const cut = path.join(postgres().folder, 'cut off.tar');
    for (const length of [
      512,
      100_000,
      102_400,
      whole.length - 5000,
      whole.length - 1024,
      whole.length - 1,
    ]) {
      await fs.writeFile(cut, whole.subarray(0, length));
      await expect(checkDump(cut, 'tar'), `${length} bytes`).rejects.toMatchObject({ exitCode: 5 });
    }
    await fs.writeFile(cut, whole.subarray(0, whole.length - 5000));
    expect(await listDump(postgres().exec, postgres().client, cut)).toBeGreaterThan(0);
  }, 60_000);

  test('a custom dump cut off is found by its end, and read through by pg_restore', async () => {
    await postgres().sql('postgres', 'create database "CutCustom"');
    await postgres().sql('CutCustom', ...CONTENT);
    const target = await dump('CutCustom', 'custom', 'cut.dump');
    const whole = await fs.readFile(target);
    const cut = path.join(postgres().folder, 'cut off.dump');
    await fs.writeFile(cut, whole.subarray(0, whole.length - 3000));
    await expect(checkDump(cut, 'custom')).rejects.toThrow(/cut off/);
    const { exec, client } = postgres();
    await exec(readDumpCommand(client, target, 'custom'), { timeoutMs: 60_000 });
    await expect(exec(readDumpCommand(client, cut, 'custom'), { timeoutMs: 60_000 })).rejects.toThrow();
  }, 60_000);

  test('a name that pg_dump would read as settings is dumped as a name', async () => {
    const name = String.raw`odd='x' \ host=nowhere`;
    await postgres().sql('postgres', `create database "${name}"`);
    const target = await dump(name, 'tar', 'odd.tar');
    await checkDump(target, 'tar');
  }, 60_000);

  test('a wrong password in the file fails at once instead of asking', async () => {
    const { address, client, exec, folder } = postgres();
    const passFile = await writePassFile(folder, { ...address, password: 'wrong' });
    const target = path.join(folder, 'never.tar');
    await expect(
      exec(dumpCommand(client, address, { database: 'postgres', format: 'tar', target }), {
        env: clientEnvironment(passFile && { passFile: passFile.path }),
        timeoutMs: 30_000,
      }),
    ).rejects.toThrow(/password authentication failed/);
    await passFile?.remove();
    await expect(checkDump(target, 'tar')).rejects.toMatchObject({ exitCode: 5 });
  });
});
