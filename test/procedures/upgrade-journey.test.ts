import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JourneyRecord } from '../../src/upgrade/journey/record.ts';
import { openLab, type Lab, type LabSite, type ToolOptions, type ToolResult } from '../helpers/lab.ts';
import {
  installedOn,
  installerCalls,
  media,
  nodesOf,
  openSiteWith,
  order,
  restartNode,
} from '../helpers/upgrade-lab.ts';
import { completeSets, everythingOf, expectNoStack } from '../helpers/expect-tool.ts';

const FACTS = [
  ...['--postgres-kind', 'standalone', '--first-installed', 'September 2019', '--service-account', 'user'],
  ...['--no-ssl', '--persistence', 'shared', '--no-centralized-logging'],
];

let lab: Lab;
let site: LabSite;
/** Folder of the installers, laid out by release. */
let shelf: string;
let plan: string;
let states: Record<string, string>;

beforeAll(async () => {
  lab = await openLab();
  site = await openSiteWith(lab, 'November 2019');
  shelf = join(site.folder, 'media');
  for (const release of ['November 2020', 'May 2025']) medium(release, 'Qlik_Sense_setup.exe');
  medium('May 2025 Patch 3', 'Qlik_Sense_update.exe');
  plan = join(site.folder, 'upgrade plan.json');
  const words = ['upgrade', 'plan', '--from', 'November 2019', '--patch', 'none', '--to', 'May 2025 Patch 3'];
  const ran = await site.run([...words, ...FACTS, '--out', plan]);
  expect(ran.code, ran.stderr).toBe(0);
  states = site.states();
}, 180_000);

afterAll(() => lab.close(), 60_000);

function medium(release: string, program: string): void {
  mkdirSync(join(shelf, release), { recursive: true });
  media(join(shelf, release), program, `Qlik Sense ${release}`);
}

function record(): JourneyRecord {
  return JSON.parse(readFileSync(join(site.state, 'upgrade.json'), 'utf8')) as JourneyRecord;
}

/** What nobody has to say twice. */
const ANSWERS = ['--confirmed', '1', '--confirmed', '2', '--confirmed', '3'];

function carryOut(words: readonly string[] = [], options?: ToolOptions): Promise<ToolResult> {
  return site.run(['upgrade', 'run', plan, '--approve', 'destroy=demo', ...words], options);
}

function shown({ stdout, stderr }: ToolResult): string {
  return stdout + stderr;
}

describe('upgrade run', { shuffle: false }, () => {
  it('tells everything that is missing for any hop before it changes anything', async () => {
    const aside = join(site.folder, 'aside');
    cpSync(shelf, aside, { recursive: true });
    rmSync(join(shelf, 'May 2025 Patch 3'), { recursive: true });
    const sums = join(shelf, 'May 2025', 'SHA256SUMS');
    writeFileSync(sums, `${'0'.repeat(64)}  Qlik_Sense_setup.exe\n`);
    const before = everythingOf(site);
    const ran = await carryOut(['--media', shelf, '--accept-eula', ...ANSWERS]);
    expect(ran.code, shown(ran)).toBe(3);
    expectNoStack(ran);
    expect(ran.stderr).toMatch(/hop 2: .*Qlik_Sense_setup\.exe is not what SHA256SUMS beside it says/);
    expect(ran.stderr).toMatch(/hop 3: .*Qlik_Sense_update\.exe is not there/);
    const dry = await site.run(['upgrade', 'run', plan, '--media', shelf, '--dry-run']);
    expect(dry.code).toBe(3);
    expect(dry.stdout.replace(/\s+/g, ' ')).toMatch(/MISSING \S.*update\.exe is not there/);
    expect(everythingOf(site)).toEqual(before);
    rmSync(shelf, { recursive: true });
    cpSync(aside, shelf, { recursive: true });
  }, 60_000);

  it('wants the licence accepted, and what a hop demands confirmed, where nobody can be asked', async () => {
    const before = everythingOf(site);
    const licence = await carryOut(['--media', shelf]);
    expect(licence.code, shown(licence)).toBe(4);
    expect(licence.stderr).toContain('--accept-eula');
    expect(everythingOf(site)).toEqual(before);
    const demands = await carryOut(['--media', shelf, '--accept-eula']);
    expect(demands.code, shown(demands)).toBe(4);
    expect(demands.stderr).toContain('--confirmed 1');
    expect(completeSets(site)).toEqual([]);
    const up = await site.run(['upgrade', 'abandon', '--yes']);
    expect([up.code, record().state]).toEqual([0, 'given-up']);
  }, 60_000);

  it('is rehearsed on a simulated copy, and leaves the site as it is', async () => {
    const before = everythingOf(site);
    const ran = await carryOut(['--media', shelf, '--simulate']);
    expect(ran.code, shown(ran)).toBe(0);
    expectNoStack(ran);
    expect(ran.stdout).toContain('Hop 3 of 3 is done: May 2025 Patch 3.');
    expect(everythingOf(site)).toEqual(before);
  }, 300_000);

  it('stops where a machine has to be restarted, and keeps other plans away until then', async () => {
    order(site.node('central'), { exit: 3010, reboot: true, times: 1 });
    const ran = await carryOut(['--media', shelf, '--accept-eula', ...ANSWERS]);
    expect(ran.code, shown(ran)).toBe(75);
    expectNoStack(ran);
    expect(ran.stderr).toContain(` upgrade run "${plan}"`);
    expect(record()).toMatchObject({
      state: 'unfinished',
      licence: {
        how: 'flag',
        what: [
          'Qlik_Sense_setup.exe: November 2019 -> November 2020',
          'Qlik_Sense_setup.exe: November 2020 -> May 2025',
        ],
      },
      hops: [{ state: 'running', confirmed: { how: 'flag' } }, { state: 'waiting' }, { state: 'waiting' }],
    });
    const other = join(site.folder, 'other.json');
    writeFileSync(other, `${readFileSync(plan, 'utf8')}\n`);
    const refused = await site.run(['upgrade', 'run', other, '--media', shelf, '--accept-eula', '--yes']);
    expect(refused.code, shown(refused)).toBe(6);
    expect(refused.stderr).toContain('another upgrade is unfinished: November 2019 -> May 2025 Patch 3');
  }, 120_000);

  it('resumes the hop after the restart, and is killed in the next one', async () => {
    restartNode(site.node('central'));
    const cut = { at: 'intent config-central central', occurrence: 2 };
    const ran = await carryOut(ANSWERS, { cut });
    expect(ran.signal, shown(ran)).toBe('SIGKILL');
    expect(ran.stdout).toMatch(/Hop 1: its run \S+ is unfinished and is resumed now/);
    expect(record().hops.map(({ state }) => state)).toEqual(['done', 'running', 'waiting']);
    expect(nodesOf(site).map(installedOn)).toEqual(['May 2025', 'November 2020']);
  }, 180_000);

  it('goes on after the kill, and says the way back where a rim node fails', async () => {
    order(site.node('rim'), { exit: -14, times: 1 });
    const ran = await carryOut(ANSWERS);
    expect(ran.code, shown(ran)).toBe(1);
    expectNoStack(ran);
    expect(ran.stderr).toMatch(/Hop 2 of 3 failed in run \S+\. To go on/);
    const said = ran.stderr.replace(/\s+/g, ' ');
    expect(said).toContain('The way back: ');
    expect(said).toContain(`The safety backup of this hop: ${record().hops[1]?.backup?.set ?? 'none'}`);
    const status = await site.run(['status']);
    expect(status.stdout).toContain('1 of 3 hops done');
  }, 120_000);

  it('goes on from there, until the whole site is on one release', async () => {
    const ran = await carryOut(ANSWERS);
    expect(ran.code, shown(ran)).toBe(0);
    expect(nodesOf(site).map(installedOn)).toEqual(['May 2025 Patch 3', 'May 2025 Patch 3']);
    expect(site.states()).toEqual(states);
    const { state, hops } = record();
    expect(state).toBe('done');
    const sets = completeSets(site);
    expect(hops.map((hop) => [hop.state, hop.backup?.set])).toEqual(sets.map((set) => ['done', set]));
    expect(sets).toHaveLength(3);
    if (process.platform !== 'win32')
      expect(statSync(join(site.state, 'upgrade.json')).mode & 0o777).toBe(0o600);
    expect(existsSync(join(site.state, 'claim.json'))).toBe(false);
    const calls = installerCalls(site.node('rim')).length;
    const again = await carryOut();
    expect([again.code, installerCalls(site.node('rim')).length]).toEqual([0, calls]);
    expect(again.stdout).toContain('carried out already');
  }, 180_000);
});
