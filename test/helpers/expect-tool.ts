import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import pg from 'pg';
import { expect } from 'vitest';
import { quoted } from '../../src/foundation/quoted.ts';
import type { Lab, LabSite, ToolOptions, ToolResult } from './lab.ts';

/** What a command that was refused must have said. */
export interface Refusal {
  readonly code: number;
  /** The message names the thing. */
  readonly says: readonly (string | RegExp)[];
  /** The hint says what to do. */
  readonly hint: string | RegExp;
  /** Look at the same with `--json` too. */
  readonly json?: boolean;
  readonly options?: ToolOptions;
}

/** Everything of a site on disk except which questions its services were asked: path to what is there. */
export function everythingOf(site: LabSite): Record<string, string> {
  const found: Record<string, string> = {};
  const folders = [site.folder];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) folders.push(path);
      if (entry.name !== 'calls.jsonl') found[relative(site.folder, path)] = contentOf(path);
    }
  }
  return found;
}

function contentOf(path: string): string {
  const status = lstatSync(path);
  const kind = `mode ${(status.mode & 0o7777).toString(8)}`;
  if (!status.isFile()) return kind;
  return `${kind} sha256 ${createHash('sha256').update(readFileSync(path)).digest('hex')}`;
}

/** What the services of a site were told to do since it was made; questions are left out. */
export function ordersOf(site: LabSite): string[] {
  return (['central', 'rim'] as const).flatMap((name) => {
    const file = join(site.node(name), 'calls.jsonl');
    if (!existsSync(file)) return [];
    return readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { verb: string; service?: string })
      .filter(({ verb }) => verb !== 'list' && verb !== 'query' && verb !== 'dependents')
      .map(({ verb, service }) => `${name} ${verb} ${service ?? ''}`);
  });
}

/** No words of a program that broke: those are for its makers. */
export function expectNoStack({ stderr }: Pick<ToolResult, 'stderr'>): void {
  expect(stderr).not.toMatch(/^\s+at .+[:(]\d+:\d+\)?$/m);
  expect(stderr).not.toContain('inside sense-runbook itself');
}

/**
 * Runs a command that must be refused: the code, the message and the hint, and nothing anywhere in the site's folders
 * is other than before.
 */
export async function expectRefused(
  site: LabSite,
  args: readonly string[],
  { code, says, hint, json = false, options }: Refusal,
): Promise<void> {
  const before = everythingOf(site);
  const orders = ordersOf(site);
  const words = args.join(' ');
  const text = await site.run(args, options);
  const shown = `${words}\n${text.stdout}${text.stderr}`;
  expect(text.code, shown).toBe(code);
  expectNoStack(text);
  for (const part of says) expect(text.stderr).toMatch(part);
  expect(hintsOf(text, site), shown).toMatch(hint);
  if (json) expectErrorDocument(await site.run(['--json', ...args], options), { code, says, hint });
  expect(everythingOf(site), `the site after ${words}`).toEqual(before);
  expect(ordersOf(site), `orders after ${words}`).toEqual(orders);
}

/** What a person is told to do, each command without the site file that all of them name. */
function hintsOf({ stderr }: Pick<ToolResult, 'stderr'>, { siteFile }: Pick<LabSite, 'siteFile'>): string {
  const hints = stderr.split('\n').filter((line) => line.startsWith('hint: '));
  return hints.join('\n').replaceAll(`sense-runbook --site ${quoted(siteFile)} `, 'sense-runbook ');
}

/** With `--json` stderr is one document with one error in it. */
export function expectErrorDocument(result: ToolResult, { code, says, hint }: Refusal): void {
  expect(result.code, result.stdout + result.stderr).toBe(code);
  expectNoStack(result);
  const document = JSON.parse(result.stderr) as { error: Record<string, unknown> };
  expect(Object.keys(document)).toEqual(['error']);
  expect(document.error).toMatchObject({ code, name: expect.stringMatching(/^\w+Error$/) as string });
  for (const part of says) expect(document.error['message']).toMatch(part);
  expect(document.error['hint']).toMatch(hint);
}

/** Runs a command that fails in its middle: code, words, services as they were, no complete set more than before. */
export async function expectFailed(
  site: LabSite,
  args: readonly string[],
  { code, says, hint, options }: Refusal,
): Promise<ToolResult> {
  const services = site.states();
  const complete = completeSets(site);
  const run = await site.run(args, options);
  const shown = run.stdout + run.stderr;
  expect(run.code, shown).toBe(code);
  expectNoStack(run);
  for (const part of says) expect(run.stderr, shown).toMatch(part);
  expect(hintsOf(run, site), shown).toMatch(hint);
  expect(site.states()).toEqual(services);
  expect(completeSets(site)).toEqual(complete);
  return run;
}

/** Identifiers of the complete sets, oldest first, from the vault itself: starting the tool for it takes longer. */
export function completeSets(site: LabSite): string[] {
  const folder = join(site.vault, 'demo');
  if (!existsSync(folder) || !lstatSync(folder).isDirectory()) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'manifest.json')))
    .sort();
}

/** Makes a backup that must become complete, and gives its set. */
export async function backUp(
  site: LabSite,
  ...flags: string[]
): Promise<{ id: string; path: string; run: ToolResult }> {
  const services = site.states();
  const before = completeSets(site);
  const run = await site.run(['backup', '--yes', ...flags]);
  expect(run.code, run.stdout + run.stderr).toBe(0);
  expectNoStack(run);
  expect(site.states()).toEqual(services);
  const made = completeSets(site).filter((id) => !before.includes(id));
  expect(made).toHaveLength(1);
  const id = made[0] ?? '';
  return { id, path: join(site.vault, 'demo', id), run };
}

/**
 * Every role, database and relation, and of every table the number of rows and the newest transaction that wrote one:
 * equal before and after means that nothing was written.
 */
export async function databaseState(lab: Lab): Promise<Record<string, unknown>> {
  const state: Record<string, unknown> = {};
  const ask = async (database: string, text: string): Promise<Record<string, unknown>[]> => {
    const client = new pg.Client({ ...lab.demo.cluster.address, database });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  };
  state['roles'] = await ask('postgres', 'SELECT * FROM pg_authid ORDER BY oid');
  const databases = await ask('postgres', 'SELECT oid, datname, datacl::text FROM pg_database ORDER BY oid');
  state['databases'] = databases;
  for (const { datname } of databases) {
    if (datname === 'template0') continue;
    const name = String(datname);
    state[`${name} relations`] = await ask(
      name,
      `SELECT oid, relname, relfilenode FROM pg_class WHERE oid >= 16384 ORDER BY oid`,
    );
    const tables = await ask(
      name,
      `SELECT oid::regclass::text AS name FROM pg_class WHERE oid >= 16384 AND relkind = 'r'`,
    );
    for (const { name: table } of tables)
      state[`${name} ${String(table)}`] = await ask(
        name,
        `SELECT count(*), max(xmin::text::bigint), max(ctid) FROM ${String(table)}`,
      );
  }
  return state;
}

/** A run of another host has the vault while `work` runs commands; `busy` expects that one is refused and says so. */
export async function heldByAnotherHost(
  site: LabSite,
  work: (busy: (words: readonly string[]) => Promise<void>) => Promise<void>,
): Promise<void> {
  const lock = join(site.vault, 'demo', 'vault.lock');
  const heartbeat = '2026-11-24T02:00:00.000Z';
  const holder = JSON.stringify({ host: 'other-host', run: 'its-run', pid: 5, startedAt: 'then', heartbeat });
  writeFileSync(lock, holder);
  await work(async (words) => {
    const { stdout } = await expectFailed(site, words, {
      code: 6,
      says: [/its-run on host other-host .*last sign of life 2026-11-24T02:00/],
      hint: /Wait .*delete .*vault\.lock by hand/,
    });
    expect(stdout, words.join(' ')).toContain('no service was stopped by this run');
  });
  expect(readFileSync(lock, 'utf8')).toBe(holder);
  rmSync(lock);
}
