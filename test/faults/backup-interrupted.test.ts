import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLab, startAnew, type Cut, type Lab, type LabSite } from '../helpers/lab.ts';
import { backupPlaces } from '../helpers/kill-places.ts';
import { writeOldSet } from '../helpers/old-sets.ts';
import { makeOpenFolder } from '../helpers/postgres.ts';
import { childrenLeft, setsOf } from '../helpers/soundness.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';

/** The second place, while services are stopped; or all of them. */
function chosen<T>(places: readonly T[]): readonly T[] {
  return NO_SAMPLE ? places : places.slice(1, 2);
}

let lab: Lab;
let site: LabSite;
let before: Record<string, string>;
let places: Cut[];

beforeAll(async () => {
  lab = await openLab();
  site = lab.site({ small: true });
  before = site.states();
  places = await backupPlaces(site, Infinity);
});

afterAll(async () => {
  await lab.close();
});

/** The journal line that begins so: what follows may differ from machine to machine. */
function placeOf(beginning: string): string {
  const found = places.find(({ at }) => at.startsWith(beginning))?.at;
  expect(
    found,
    `no line begins with "${beginning}" in\n${places.map(({ at }) => at).join('\n')}`,
  ).toBeDefined();
  return found ?? '';
}

describe('a backup that was killed', () => {
  it.runIf(NO_SAMPLE)('is recovered by the next unattended backup by itself', async () => {
    startAnew(site);
    const killed = await site.run(['backup', '--yes'], { cut: { at: placeOf('operation begin dump-qsr') } });
    expect(killed.signal).toBe('SIGKILL');
    const stopped = Object.values(site.states()).filter((state) => state === 'stopped');
    expect(stopped.length).toBeGreaterThan(5);
    const next = await site.run(['backup', '--yes']);
    expect(next.code, next.stdout + next.stderr).toBe(0);
    expect(site.states()).toEqual(before);
    expect((await setsOf(site)).map(({ state }) => state)).toEqual(['complete']);
  });

  it('is named by the next command of any kind, and can be resumed after recover', async () => {
    startAnew(site);
    await site.run(['backup', '--yes'], { cut: { at: placeOf('result stop-central') } });
    const backups = await site.run(['backups']);
    expect(backups.stderr).toMatch(/run \d{8}T\d{6}Z-\w+.*recover/s);
    expect((await site.run(['resume', '--yes'])).code).toBe(6);
    // A disk that fails keeps no services down; the run counts as killed until that can be written down.
    const failing = await site.run(['recover'], { cut: { at: 'began recover', signal: 'EIO' } });
    expect(failing.code, failing.stdout + failing.stderr).toBe(1);
    expect(failing.stderr).toContain('still counts as killed');
    expect(site.states()).toEqual(before);
    expect((await site.run(['recover'])).code).toBe(0);
    const resumed = await site.run(['resume', '--yes']);
    expect(resumed.code, resumed.stdout + resumed.stderr).toBe(0);
    expect(site.states()).toEqual(before);
    expect((await setsOf(site)).filter(({ state }) => state === 'complete')).toHaveLength(1);
  });
});

describe('a backup that is interrupted', () => {
  it.each(
    chosen([
      'began',
      'operation begin stop-central central service stop QlikSenseEngineService',
      'operation begin copy-share-live',
      'result wait-reloads',
      'operation begin stop-rims rim service stop QlikSenseEngineService',
      'operation begin dump-qsr',
      'operation begin start-central central service start QlikSenseServiceDispatcher',
      'operation begin start-rims rim service start QlikSenseServiceDispatcher',
      'operation begin export-certificates',
      'result check-set',
    ]),
  )('ends with 130 and its services running: %s', async (beginning) => {
    startAnew(site);
    const run = await site.run(['backup', '--yes'], { cut: { at: placeOf(beginning), signal: 'SIGINT' } });
    expect(run.code, run.stdout + run.stderr).toBe(130);
    expect(site.states()).toEqual(before);
    expect(childrenLeft(site)).toEqual([]);
    expect((await setsOf(site)).filter(({ state }) => state === 'complete')).toEqual([]);
    const next = await site.run(['backup', '--yes']);
    expect(next.code, next.stdout + next.stderr).toBe(0);
  });

  it.each(
    chosen([
      'operation begin copy-share-live',
      'operation begin stop-central central service stop QlikSenseEngineService',
      'began',
      'operation begin dump-qsr',
      'operation begin export-certificates',
      'result check-set',
      'operation begin start-rims rim service start QlikSenseServiceDispatcher',
    ]),
  )('starts its services also when Ctrl+C comes twice: %s', async (beginning) => {
    startAnew(site);
    const cut: Cut = { at: placeOf(beginning), signal: 'SIGINT', againMs: 10 };
    const run = await site.run(['backup', '--yes'], { cut });
    expect(run.code, run.stdout + run.stderr).toBe(130);
    expect(site.states()).toEqual(before);
    expect(childrenLeft(site)).toEqual([]);
  });
});

describe.skipIf(!NO_SAMPLE)('a backup that is interrupted when its set is complete', () => {
  let scratch: string;
  let late: LabSite;

  beforeAll(async () => {
    late = lab.site({ small: true });
    scratch = await makeOpenFolder('sense-runbook-scratch-');
    late.edit((content) => {
      content['drill'] = { folder: scratch };
      content['vault'] = { folder: late.vault, workers: 1, retention: { last: 1 } };
    });
  });

  afterAll(async () => {
    await rm(scratch, { recursive: true, force: true });
  });

  it.each<[what: string, at: string, occurrence: number, againMs?: number]>([
    ['it is made sure that the site is ready', 'operation begin wait-ready central http', 1],
    ['dumps are restored', 'operation begin drill-set central command', 3],
    ['dumps are restored, twice', 'operation begin drill-set central command', 3, 10],
    ['the scratch database is made', 'operation begin drill-set central command', 1],
    ['a verdict was written', 'result drill-set central', 1],
    ['an old set is removed', 'operation begin prune-vault central file remove', 1],
    ['an old set is removed, twice', 'operation begin prune-vault central file remove', 1, 10],
  ])(
    'ends with 130, keeps the set and leaves nothing else: while %s',
    async (_what, at, occurrence, againMs) => {
      startAnew(late);
      const old = [9, 8].map((daysAgo) => writeOldSet(join(late.vault, 'demo'), daysAgo).id);
      const services = late.states();
      const cut: Cut = { at, occurrence, signal: 'SIGINT', ...(againMs === undefined ? {} : { againMs }) };
      const run = await late.run(['backup', '--yes', '--drill', 'always'], { cut });
      expect(run.code, run.stdout + run.stderr).toBe(130);
      expect(late.states()).toEqual(services);
      expect(childrenLeft(late)).toEqual([]);
      expect(readdirSync(scratch)).toEqual([]);
      const verified = await late.run(['backups', 'verify']);
      expect(verified.code, verified.stdout + verified.stderr).toBe(0);
      const next = await late.run(['backup', '--yes']);
      expect(next.code, next.stdout + next.stderr).toBe(0);
      const sets = await setsOf(late);
      expect(sets.map(({ state }) => state)).toEqual(sets.map(() => 'complete'));
      expect(sets.filter(({ id }) => old.includes(id))).toEqual([]);
    },
  );
});
