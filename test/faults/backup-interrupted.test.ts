import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepsOf, type Plan } from '../../src/contract/plan.ts';
import { newestPlan, openLab, startAnew, type Cut, type Lab, type LabSite } from '../helpers/lab.ts';
import { backupPlaces, placeWords, type Place } from '../helpers/kill-places.ts';
import { writeOldSet } from '../helpers/old-sets.ts';
import { makeOpenFolder } from '../helpers/postgres.ts';
import { everyStep } from '../helpers/step-places.ts';
import { childrenLeft, completeSets, expectNextBackup, setsOf } from '../helpers/soundness.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';
import { shareOfTurn } from '../helpers/turns.ts';

/** In the sample: while services of the central node are stopped. */
const SAMPLE = 'operation begin stop-central central service stop QlikSenseServiceDispatcher';

/** Lines of the journal that begin so: one in each step that changes something, and where the backup waits. */
const PLACES = [
  'began',
  'operation begin open-set central file make-folder',
  'operation begin copy-share-live',
  'operation begin wait-reloads',
  'operation begin stop-schedulers',
  'operation begin stop-rims rim service stop QlikSenseServiceDispatcher',
  SAMPLE,
  'operation begin dump-qsr',
  'operation begin dump-globals',
  'operation begin copy-share central',
  'operation begin copy-config',
  'operation begin copy-logs',
  'operation begin start-central central service start QlikSenseSchedulerService',
  'operation begin start-rims rim service start QlikSenseSchedulerService',
  'operation begin export-certificates',
  'operation begin write-evidence',
  'result check-set',
  'operation begin commit-set',
  'operation begin start-central-after-all',
  'operation begin release-vault',
];

/** Of them, those of one phase each. */
const PHASES = PLACES.filter(
  (place) => !/dump-globals|copy-(?:share central|config|logs)|open-set/.test(place),
);

/** Steps that do what another one does, or nothing on this site; old sets are removed in a test of its own below. */
const LEFT_OUT = [
  ...['dump-sense-services', 'dump-qsmq', 'dump-licenses', 'dump-others'],
  ...['copy-extra', 'export-odbc', 'prune-vault', 'start-rims-after-all'],
];

function chosen(all: readonly string[]): readonly string[] {
  return NO_SAMPLE ? shareOfTurn(all) : [SAMPLE];
}

let lab: Lab;
let site: LabSite;
let before: Record<string, string>;
let places: Place[];
let plan: Plan;

beforeAll(async () => {
  lab = await openLab();
  site = lab.site({ small: true });
  before = site.states();
  places = await backupPlaces(site, Infinity);
  plan = newestPlan(site);
});

afterAll(async () => {
  await lab.close();
});

/** The first place whose journal line begins so: what follows may differ from machine to machine. */
function placeOf(beginning: string): Place {
  const found = places.find(({ at }) => at.startsWith(beginning));
  if (found !== undefined) return found;
  throw new Error(`no line begins with "${beginning}" in\n${places.map(({ at }) => at).join('\n')}`);
}

describe('a backup that was killed', () => {
  it.runIf(NO_SAMPLE)('is recovered by the next unattended backup by itself', async () => {
    startAnew(site);
    const killed = await site.run(['backup', '--yes'], { cut: placeOf('operation begin dump-qsr') });
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
    await site.run(['backup', '--yes'], { cut: placeOf('result stop-central') });
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
  /** `againMs`: Ctrl+C comes a second time so much later. */
  async function expectInterrupted(beginning: string, againMs?: number): Promise<void> {
    startAnew(site);
    const place = placeOf(beginning);
    const cut: Cut = { ...place, signal: 'SIGINT', ...(againMs === undefined ? {} : { againMs }) };
    const run = await site.run(['backup', '--yes'], { cut });
    // What is done always goes on to its end, and nothing was left out then.
    const isAlways = stepsOf(plan.always).some(({ id }) => id === place.step);
    expect(run.code, run.stdout + run.stderr).toBe(isAlways ? 0 : 130);
    expect(site.states()).toEqual(before);
    expect(childrenLeft(site)).toEqual([]);
    const isValid = places.indexOf(place) > places.findIndex(({ at }) => at.startsWith('result commit-set'));
    expect(completeSets(site)).toHaveLength(isValid ? 1 : 0);
    await expectNextBackup(site, before, placeWords(cut));
  }

  it('is interrupted in each step that changes something', () => {
    const changing = everyStep(plan).filter(
      ({ effect, skipped }) => effect !== 'read' && skipped === undefined,
    );
    const ids = changing.map(({ id }) => id);
    const interrupted = [...PLACES.map((beginning) => placeOf(beginning).step), ...LEFT_OUT];
    expect(ids.length).toBeGreaterThan(20);
    expect(ids.filter((id) => !interrupted.includes(id))).toEqual([]);
    expect(LEFT_OUT.filter((id) => !ids.includes(id))).toEqual([]);
  });

  it.each(chosen(PLACES))(
    'ends with 130 before its end, its services running and no set valid too early: %s',
    (beginning) => expectInterrupted(beginning),
  );

  it.each(chosen(PHASES))('does so, too, when Ctrl+C comes twice: %s', (beginning) =>
    expectInterrupted(beginning, 10),
  );
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
