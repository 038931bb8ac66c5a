import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect } from 'vitest';
import type { DemoSite } from '../../src/demo/start-machine.ts';
import type { DemoPaths } from '../../src/demo/site-paths.ts';
import type { Lab, LabSite } from './lab.ts';
import { automaticIn, startTypesIn } from './running-services.ts';

/** What a restore changes of a site, told without the tool. */
export interface SiteDigest {
  /** Rows of the table that tells the times apart, for each database. */
  readonly databases: Readonly<Record<string, string>>;
  readonly share: Hashes;
  /** Certificates and keys in the stores of the central node. */
  readonly certificates: Hashes;
  /** Configuration files, which the nodes of a lab share. */
  readonly config: Hashes;
}

/** SHA-256 by path. */
export type Hashes = Readonly<Record<string, string>>;

/** Whose databases are marked or asked. */
type Server = { readonly demo: Pick<DemoSite, 'cluster'> };

const DATABASES = ['Licenses', 'QSMQ', 'QSR', 'SenseServices'] as const;

/** Puts a row into every database that tells `moment`. */
export async function markDatabases(lab: Server, moment: string): Promise<void> {
  for (const name of DATABASES) {
    await query(lab, name, 'CREATE TABLE IF NOT EXISTS public."Moment" ("Text" text)');
    await query(lab, name, `INSERT INTO public."Moment" VALUES ($1)`, [moment]);
  }
}

/** Changes, adds and removes files of the share, as a day does. */
export function workOnShare(site: LabSite, moment: string): void {
  const [first = '', second = ''] = filesBelow(site.share);
  writeFileSync(join(site.share, first), `changed: ${moment}`);
  writeFileSync(join(site.share, `added ${moment}.txt`), moment);
  writeFileSync(join(site.share, second), '');
}

/** What the site is like now. */
export async function digestOf(lab: Lab, site: LabSite): Promise<SiteDigest> {
  return {
    databases: await momentsOf(lab),
    share: hashesBelow(site.share),
    certificates: certificatesOf(site.node('central')),
    config: hashesBelow(lab.demo.paths.installFolder),
  };
}

/** What marks each of the databases; empty: nothing. */
export async function momentsOf(lab: Server): Promise<Record<string, string>> {
  const moments: Record<string, string> = {};
  for (const name of DATABASES) {
    const text = `SELECT to_regclass('public."Moment"') IS NOT NULL AS there`;
    const [table] = await query<{ there: boolean }>(lab, name, text);
    const marked = table?.there === true;
    const rows = marked ? await query(lab, name, 'SELECT "Text" FROM public."Moment" ORDER BY 1') : [];
    moments[name] = rows.map(({ Text }) => Text).join(', ');
  }
  return moments;
}

/** Changes configuration files, as a person does. */
export function changeConfig({ installFolder }: Pick<DemoPaths, 'installFolder'>): void {
  const config = '<?xml version="1.0"?>\n<configuration><!-- by hand --></configuration>\n';
  writeFileSync(join(installFolder, 'Repository', 'Repository.exe.config'), config);
  writeFileSync(join(installFolder, 'ServiceDispatcher', 'services.conf'), 'setting = 2\n');
}

/** Hashes of the files below a folder. */
export function hashesBelow(folder: string): Hashes {
  const hash = (file: string): string => sha256(readFileSync(join(folder, file)));
  return Object.fromEntries(filesBelow(folder).map((file) => [file, hash(file)]));
}

/** What is in the certificate stores of a simulated node: an import may write the same in other lines. */
export function certificatesOf(node: string): Hashes {
  const folder = join(node, 'certificates');
  const content = (file: string): Buffer => {
    const pem = readFileSync(join(folder, file));
    if (file.endsWith('.pem')) return new X509Certificate(pem).raw;
    return createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' });
  };
  return Object.fromEntries(filesBelow(folder).map((file) => [file, sha256(content(file))]));
}

function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Services that run, or that Windows would start after a power cut, without the database's own. */
export function upOf(site: LabSite): string[] {
  const running = Object.entries(site.states())
    .filter(([, state]) => state === 'running')
    .map(([name]) => name);
  const automatic = (['central', 'rim'] as const).flatMap((node) =>
    automaticIn(site.node(node)).map((name) => `${node}/${name} would start with Windows`),
  );
  return [...running, ...automatic].filter((name) => !name.includes('RepositoryDatabase'));
}

/** When Windows starts each service, `central/QlikSenseEngineService` to `automatic, delayed`. */
export function startTypesOf(site: LabSite): Record<string, string> {
  return Object.fromEntries(
    (['central', 'rim'] as const).flatMap((node) =>
      Object.entries(startTypesIn(site.node(node))).map(([name, type]) => [`${node}/${name}`, type]),
    ),
  );
}

/** What a restore keeps or leaves beside the site: databases under other names, folders of files moved aside. */
export async function leftBeside(lab: Server, { share }: Pick<LabSite, 'share'>): Promise<string[]> {
  const names = await query<{ datname: string }>(
    lab,
    'postgres',
    "SELECT datname FROM pg_database WHERE datname LIKE '%\\_restore\\_%' OR datname LIKE '%\\_before\\_%' ORDER BY 1",
  );
  const folders = readdirSync(share).filter((name) => name.startsWith('.sense-runbook-before-'));
  return [...names.map(({ datname }) => datname), ...folders];
}

/** Whether connections to the four databases are allowed. */
export async function expectOpen(lab: Lab, words: string): Promise<void> {
  const rows = await query<{ datname: string }>(
    lab,
    'postgres',
    'SELECT datname FROM pg_database WHERE datname = ANY($1) AND datallowconn ORDER BY 1',
    [[...DATABASES]],
  );
  expect(
    rows.map(({ datname }) => datname),
    `databases that are open after ${words}`,
  ).toEqual([...DATABASES]);
}

/** Relative paths of the files below a folder, sorted, without what a restore keeps. */
export function filesBelow(folder: string, prefix = ''): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .filter((name) => !name.startsWith('.sense-runbook-before-'))
    .flatMap((name) => {
      const path = prefix === '' ? name : `${prefix}/${name}`;
      return statSync(join(folder, name)).isDirectory() ? filesBelow(join(folder, name), path) : [path];
    });
}

/** The rows of a query in one database of the laboratory. */
export async function query<Row extends object = { Text: string }>(
  lab: Server,
  database: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ ...lab.demo.cluster.address, database });
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}
