import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killPlaces, placeWords } from '../helpers/kill-places.ts';
import { newestJournal, openLab, type Cut, type Lab, type LabSite } from '../helpers/lab.ts';
import { childrenLeft } from '../helpers/soundness.ts';
import {
  installedOn,
  installerCalls,
  installOn,
  media,
  nodesOf,
  openSiteWith,
  order,
  restartNode,
} from '../helpers/upgrade-lab.ts';
import { thinned } from '../helpers/cut-short.ts';
import { EVERY_PLACE, NO_SAMPLE } from '../helpers/fault-extent.ts';

/** In the sample: while setup is at work on the rim node. */
const SAMPLE: readonly Cut[] = [
  { at: 'child setup-rim rim Qlik_Sense_setup.exe', occurrence: 1, afterMs: 60 },
];
/** How long setup has been at work when the run is killed; it takes three times that. */
const INSIDE_MS = 60;
/** They only look, and a killed backup has them, too. */
const LOOKING = new Set<unknown>(['wait-reloads', 'name-missed']);
const APPROVED = ['--approve', 'change', '--approve', 'destroy=demo'];

describe('an upgrade that is killed', () => {
  let lab: Lab;
  let site: LabSite;
  let setup: string;
  let services: Record<string, string>;

  beforeAll(async () => {
    lab = await openLab();
    site = await openSiteWith(lab, 'February 2024');
    setup = media(site.folder, 'Qlik_Sense_setup.exe', 'Qlik Sense May 2025');
    services = site.states();
    await tool(['backup', '--yes', '--drill', 'always'], 'the safety backup');
  });

  afterAll(async () => {
    await lab.close();
  });

  async function tool(args: readonly string[], at: string, code = 0): Promise<string> {
    const ran = await site.run(args);
    expect(ran.code, `${at}: ${args.join(' ')}\n${ran.stdout}${ran.stderr}`).toBe(code);
    return ran.stderr;
  }

  const upgrade = [...['run', 'upgrade', '--set', 'to=May 2025', '--set', 'acceptEula=true'], ...APPROVED];
  const withSetup = (): string[] => [...upgrade, '--set', `setup=${setup}`];

  /** Both nodes have the old release again, and a setup that takes its time. */
  async function installOld(): Promise<void> {
    await installOn(nodesOf(site));
    for (const node of nodesOf(site)) order(node, { stepMs: INSIDE_MS });
  }

  async function everyPlace(): Promise<Cut[]> {
    await installOld();
    await tool(withSetup(), 'an upgrade that is left alone');
    const looked = newestJournal(site).findLastIndex(({ type }) => type === 'check');
    const places = killPlaces(site, INSIDE_MS, ({ step }, index) => index > looked && !LOOKING.has(step));
    return EVERY_PLACE ? places : thinned(places, new Set(places.map(({ step }) => step)));
  }

  function runningOnRim(): string[] {
    return Object.entries(site.states()).flatMap(([name, state]) =>
      name.startsWith('rim/') && state !== 'stopped' ? [name] : [],
    );
  }

  it(
    'starts nothing half upgraded, never cuts setup off, and is led on by resume to one release on all nodes',
    { timeout: 40 * 60_000 },
    async () => {
      for (const cut of NO_SAMPLE ? await everyPlace() : SAMPLE) {
        const at = placeWords(cut);
        await installOld();
        const calls = nodesOf(site).map((node) => installerCalls(node).length);
        const killed = await site.run(withSetup(), { cut });
        expect(killed.signal, `${at}\n${killed.stdout}${killed.stderr}`).toBe('SIGKILL');
        await tool(['recover'], at);
        expect(childrenLeft(site), `children after ${at}`).toEqual([]);
        const [central, rim] = nodesOf(site).map(installedOn);
        if (central === 'May 2025' && rim !== 'May 2025')
          expect(runningOnRim(), `an old rim node beside a new central node, after ${at}`).toEqual([]);
        const resumed = await site.run(['resume', ...APPROVED]);
        if (resumed.code === 4) {
          // Announced and perhaps not started: a person has to look.
          expect(at).toMatch(/^operation begin setup-\w+ \w+ command/);
          expect(resumed.stderr, at).toContain('cannot be told whether');
          const id = readdirSync(join(site.state, 'runs')).sort().at(-1) ?? '';
          await tool(['runs', 'abandon', id, '--approve', 'destroy=demo'], at);
          for (const node of nodesOf(site)) restartNode(node);
          continue;
        }
        expect(resumed.code, `resume after ${at}\n${resumed.stdout}${resumed.stderr}`).toBe(0);
        expect(nodesOf(site).map(installedOn), at).toEqual(['May 2025', 'May 2025']);
        expect(site.states(), at).toEqual(services);
        const made = nodesOf(site).map((node, index) => installerCalls(node).length - (calls[index] ?? 0));
        expect(made, `how often setup was run, after ${at}`).toEqual([1, 1]);
      }
    },
  );
});
