import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { restoreDocument } from '../../../src/actions/restore-document.ts';
import { clientEnvironment } from '../../../src/postgres/client-environment.ts';
import { compareEvidence } from '../../../src/postgres/compare-evidence.ts';
import { dumpCommand } from '../../../src/postgres/dump.ts';
import { readServerEvidence, takeEvidence } from '../../../src/postgres/evidence.ts';
import type { Evidence } from '../../../src/postgres/evidence-format.ts';
import { writePassFile } from '../../../src/postgres/pass-file.ts';
import { usePostgres, type TestPostgres } from '../../helpers/postgres.ts';

const TEMPLATE = fileURLToPath(new URL('../../../templates/RESTORE.md', import.meta.url));
const OWNER = 'qliksenserepository';
const DATABASES = [
  { database: 'QSR', format: 'tar' },
  { database: 'My Licenses', format: 'custom' },
] as const;

/** The site's old server: what a dump holds, and everything of a database that it leaves out. */
const OLD: readonly (readonly [database: string, ...statements: string[]])[] = [
  [
    'postgres',
    `CREATE ROLE ${OWNER} LOGIN NOINHERIT PASSWORD 'x'`,
    'CREATE ROLE "Read Only" CONNECTION LIMIT 3',
    `GRANT "Read Only" TO ${OWNER}`,
    `CREATE DATABASE "QSR" OWNER ${OWNER} TEMPLATE template0`,
    `CREATE DATABASE "My Licenses" OWNER ${OWNER} TEMPLATE template0`,
    'REVOKE CONNECT ON DATABASE "QSR" FROM PUBLIC',
    'GRANT CONNECT ON DATABASE "QSR" TO "Read Only" WITH GRANT OPTION',
    `ALTER DATABASE "QSR" SET search_path TO public, "Other Schema"`,
    `ALTER ROLE ${OWNER} IN DATABASE "QSR" SET work_mem TO '8MB'`,
    'ALTER DATABASE "My Licenses" CONNECTION LIMIT 40',
  ],
  [
    'QSR',
    `GRANT ALL ON SCHEMA public TO ${OWNER}`,
    `SET ROLE ${OWNER}`,
    `CREATE TABLE "Apps" (id int PRIMARY KEY, name text)`,
    `INSERT INTO "Apps" SELECT n, 'Umsatz ' || n FROM generate_series(1, 300) n`,
    `GRANT SELECT ON "Apps" TO "Read Only"`,
    `SELECT lo_from_bytea(0, 'a large object')`,
    `CREATE TABLE "ServiceClusterSettingsSharedPersistenceProperties" ("RootFolder" text, "DatabaseHost" text)`,
    `INSERT INTO "ServiceClusterSettingsSharedPersistenceProperties" VALUES ('/old/share', 'old.example')`,
  ],
  ['My Licenses', `SET ROLE ${OWNER}`, 'CREATE SCHEMA own', 'CREATE TABLE own.assignments AS SELECT 7 AS n'],
];

/** One code block of the page with the step it stands in. */
interface Block {
  readonly step: string;
  readonly language: string;
  readonly text: string;
}

function blocksOf(page: string): Block[] {
  return [...page.matchAll(/^#{2,3} (.*)$|^```(\w*)\n([^]*?)\n```$/gm)].reduce<Block[]>((blocks, match) => {
    const [, title, language = '', text = ''] = match;
    const step = title ?? blocks.at(-1)?.step ?? '';
    return [...blocks, { step, language: title === undefined ? language : 'title', text }];
  }, []);
}

describe('RESTORE.md followed by hand with PostgreSQL alone', () => {
  const oldServer = usePostgres();
  const newServer = usePostgres();
  let folder: string;
  let evidence: Evidence;
  let blocks: Block[];

  beforeAll(async () => {
    const pg = oldServer();
    for (const [database, ...statements] of OLD) await pg.sql(database, ...statements);
    folder = path.join(pg.folder, 'a set');
    await fs.mkdir(path.join(folder, 'databases'), { recursive: true });
    const passFile = await writePassFile(pg.folder, pg.address);
    const env = clientEnvironment(passFile === undefined ? {} : { passFile: passFile.path });
    const taken = [];
    for (const { database, format } of DATABASES) {
      const target = path.join(folder, `databases/${database}_backup`);
      await pg.exec(dumpCommand(pg.client, pg.address, { database, target, format }), { env });
      const client = await pg.connect(database);
      taken.push(await takeEvidence(client, { name: database, checksums: true }));
      await client.close();
    }
    await passFile?.remove();
    const client = await pg.connect();
    evidence = { schemaVersion: 1, ...(await readServerEvidence(client)), databases: taken };
    await client.close();
    const page = restoreDocument(await fs.readFile(TEMPLATE, 'utf8'), {
      set: 'SET',
      site: 'demo',
      path: folder,
      createdAt: '2026-11-24T02:00:00Z',
      tool: 'sense-runbook',
      release: 'May 2025',
      serverVersion: pg.server.version,
      clientVersion: pg.client.version,
      database: pg.address,
      windows: false,
      installFolder: 'C:\\Program Files\\Qlik\\Sense',
      programDataFolder: 'C:\\ProgramData\\Qlik\\Sense',
      nodes: [{ name: 'central', host: 'old.example', role: 'central' }],
      dumps: taken.map(({ database, owner, encoding, collate, ctype }) => ({
        ...{ name: database, database, owner, encoding, collate, ctype },
        format: DATABASES.find((one) => one.database === database)?.format ?? '',
        file: `databases/${database}_backup`,
      })),
      evidence,
      certificates: [],
      folders: [],
      config: [],
      warnings: [],
    });
    blocks = blocksOf(page);
  });

  /** Types what stands in a step: commands in the folder of the set, statements into the psql that step 5.2 starts. */
  async function follow(pg: TestPostgres, step: string): Promise<void> {
    const old = oldServer().address;
    const here = `-h ${pg.address.host} -p ${String(pg.address.port)}`;
    const typed = (text: string) => text.replaceAll(`-h ${old.host} -p ${String(old.port)}`, here);
    const env = {
      PATH: `${pg.client.folder}${path.delimiter}${process.env['PATH'] ?? ''}`,
      PGPASSWORD: pg.address.password ?? '',
    };
    const psql = typed(blocks.find(({ text }) => text.startsWith('psql '))?.text ?? '');
    const wanted = blocks.filter((block) => block.step.startsWith(step) && block.language !== 'title');
    expect(wanted).not.toEqual([]);
    for (const { language, text } of wanted) {
      if (language === 'sql')
        await pg.exec(['sh', '-c', `${psql} -v ON_ERROR_STOP=1`], {
          ...{ env, cwd: folder },
          input: `${text.replace(/<password of [^>]*>/g, 'new word').replace(/<host of [^>]*>/g, 'new.example')}\n`,
        });
      else if (!text.startsWith('psql '))
        for (const line of text.split('\n')) await pg.exec(['sh', '-c', typed(line)], { env, cwd: folder });
    }
  }

  it('gives a new server every row, owner, right and setting of the old one, and keeps what was there', async () => {
    const pg = newServer();
    for (const { database } of DATABASES)
      await pg.sql('postgres', `CREATE DATABASE "${database}" TEMPLATE template0`);
    await pg.sql('QSR', 'CREATE TABLE "Apps" (mine int)');
    for (const step of ['5.2', '5.3', '5.4', '5.5', '5.6']) await follow(pg, step);

    for (const recorded of evidence.databases) {
      const client = await pg.connect(recorded.database);
      const found = await takeEvidence(client, { name: recorded.name, checksums: true });
      await client.close();
      expect(compareEvidence(recorded, found)).toEqual([]);
    }
    const client = await pg.connect();
    const server = await readServerEvidence(client);
    await client.close();
    const without = (roles: Evidence['roles']) => roles.filter(({ name }) => name !== pg.address.user);
    expect(without(server.roles)).toEqual(without(evidence.roles));

    const asRole = ['-h', pg.address.host, '-p', String(pg.address.port), '-U', OWNER, '-d', 'QSR'];
    const { stdout } = await pg.exec(
      [
        pg.client.psql,
        ...asRole,
        ...['-At', '-c', 'select count(*) from public."Apps"', '-c', 'create table public.later ()'],
      ],
      { env: { PGPASSWORD: 'new word' } },
    );
    expect(stdout).toBe('300\nCREATE TABLE\n');

    await follow(pg, '9.1');
    const renamed = await pg.connect('QSR');
    expect(
      await renamed.query('select "DatabaseHost" from "ServiceClusterSettingsSharedPersistenceProperties"'),
    ).toEqual([{ DatabaseHost: 'new.example' }]);
    await renamed.close();

    await follow(pg, '5.7');
    const back = await pg.connect('QSR');
    expect(await back.query('select count(mine) from "Apps"')).toEqual([{ count: '0' }]);
    await back.close();
  });
});
