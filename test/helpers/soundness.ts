import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { expect } from 'vitest';
import { newestJournal, type Lab, type LabSite } from './lab.ts';

/** One line of `backups --json`. */
export interface SetLine {
  readonly id: string;
  readonly state: string;
  readonly path: string;
}

/** The sets that the tool shows. */
export async function setsOf(site: LabSite): Promise<SetLine[]> {
  const { stdout } = await site.run(['backups', '--json']);
  return (JSON.parse(stdout) as { sets: SetLine[] }).sets;
}

/** The runs that the tool shows. */
async function runsOf(site: LabSite): Promise<{ id: string; holdsSite: boolean }[]> {
  const { stdout } = await site.run(['runs', '--json']);
  return (JSON.parse(stdout) as { runs: { id: string; holdsSite: boolean }[] }).runs;
}

/** The lock of the vault, and what is written beside it while it is taken or broken. */
function locksOf(site: LabSite): string[] {
  const folder = join(site.vault, 'demo');
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('vault.lock')) : [];
}

/** Names of database sessions that the tool left. */
async function sessionsLeft(lab: Lab): Promise<string[]> {
  const { address } = lab.demo.cluster;
  const client = new pg.Client({ ...address, database: 'postgres' });
  await client.connect();
  try {
    const text = "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'sense-runbook%'";
    return (await client.query<{ application_name: string }>(text)).rows.map((row) => row.application_name);
  } finally {
    await client.end();
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie that init has not collected yet is no orphan.
    return !readFileSync(`/proc/${String(pid)}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

/** Children of the newest run that still live. */
export function childrenLeft(site: Pick<LabSite, 'state'>): number[] {
  return newestJournal(site)
    .filter((record) => record['type'] === 'child')
    .map((record) => record['pid'] as number)
    .filter(alive);
}

/** Sets that have a manifest, read without the tool: quick, and no opinion of the tool's. */
export function completeSets(site: LabSite): string[] {
  const folder = join(site.vault, 'demo');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'manifest.json')))
    .sort();
}

/** That no run holds the site or the vault, and that what the tool offers as complete is just what is complete on disk. */
export async function expectSiteFree(site: LabSite, at: string): Promise<void> {
  const [runs, offered] = await Promise.all([runsOf(site), setsOf(site)]);
  const holding = runs.filter(({ holdsSite }) => holdsSite).map(({ id }) => id);
  expect(holding, `runs that hold the site after ${at}`).toEqual([]);
  expect(existsSync(join(site.state, 'claim.json')), `claim of the site after ${at}`).toBe(false);
  expect(locksOf(site), `locks of the vault after ${at}`).toEqual([]);
  const complete = offered.filter(({ state }) => state === 'complete').map(({ id }) => id);
  expect(complete.sort(), `sets offered as complete after ${at}`).toEqual(completeSets(site));
}

/** All that must hold at once after a run was killed, whatever it was doing. `before`: the services as they were. */
export async function expectRecovered(
  lab: Lab,
  site: LabSite,
  before: Record<string, string>,
  at: string,
): Promise<void> {
  const complete = completeSets(site);
  const recovered = await site.run(['recover']);
  expect(recovered.code, `recover after ${at}\n${recovered.stdout}${recovered.stderr}`).toBe(0);
  expect(site.states(), `services after ${at}`).toEqual(before);
  expect(childrenLeft(site), `children after ${at}`).toEqual([]);
  expect(await sessionsLeft(lab), `sessions after ${at}`).toEqual([]);
  expect(completeSets(site), `sets after recover, ${at}`).toEqual(complete);
  await expectSiteFree(site, at);
}

/** What must hold of the next backup after a run that was killed and recovered. */
export async function expectNextBackup(
  site: LabSite,
  before: Record<string, string>,
  at: string,
): Promise<void> {
  const complete = completeSets(site);
  const next = await site.run(['backup', '--yes']);
  expect(next.code, `the next backup after ${at}\n${next.stdout}${next.stderr}`).toBe(0);
  expect(site.states(), `services after the next backup, ${at}`).toEqual(before);
  const after = await setsOf(site);
  expect(
    after.map(({ state }) => state),
    `sets offered after ${at}`,
  ).toEqual([...complete, 'the next one'].map(() => 'complete'));
}

/** Reads the newest set again. */
export async function expectVerified(site: LabSite, at: string): Promise<void> {
  const verified = await site.run(['backups', 'verify', 'latest']);
  expect(verified.code, `verify after ${at}\n${verified.stdout}${verified.stderr}`).toBe(0);
}
