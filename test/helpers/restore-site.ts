import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect } from 'vitest';
import type { Lab, LabSite } from './lab.ts';

/** What a restore changes of a site, told without the tool. */
export interface SiteDigest {
  /** Rows of the table that tells the times apart, for each database. */
  readonly databases: Readonly<Record<string, string>>;
  /** SHA-256 by path. */
  readonly share: Readonly<Record<string, string>>;
  /** File names in the stores of the central node. */
  readonly certificates: readonly string[];
}

const DATABASES = ['Licenses', 'QSMQ', 'QSR', 'SenseServices'] as const;

/** Puts a row into every database that tells `moment`. */
export async function markDatabases(lab: Lab, moment: string): Promise<void> {
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
  const databases: Record<string, string> = {};
  for (const name of DATABASES) {
    const rows = await query(lab, name, 'SELECT "Text" FROM public."Moment" ORDER BY 1');
    databases[name] = rows.map(({ Text }) => Text).join(', ');
  }
  const share = Object.fromEntries(
    filesBelow(site.share).map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(site.share, file)))
        .digest('hex'),
    ]),
  );
  return { databases, share, certificates: filesBelow(join(site.node('central'), 'certificates')) };
}

/** Services that run, without the database's own. */
export function upOf(site: LabSite): string[] {
  return Object.entries(site.states())
    .filter(([name, state]) => state === 'running' && !name.endsWith('RepositoryDatabase'))
    .map(([name]) => name);
}

/** What a restore keeps or leaves beside the site: databases under other names, folders of files moved aside. */
export async function leftBeside(lab: Lab, site: LabSite): Promise<string[]> {
  const names = await query<{ datname: string }>(
    lab,
    'postgres',
    "SELECT datname FROM pg_database WHERE datname LIKE '%\\_restore\\_%' OR datname LIKE '%\\_before\\_%' ORDER BY 1",
  );
  const folders = readdirSync(site.share).filter((name) => name.startsWith('.sense-runbook-before-'));
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
  lab: Lab,
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
