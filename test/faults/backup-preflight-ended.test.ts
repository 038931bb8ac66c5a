import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';
import { openLab, type Lab, type LabSite, type ToolResult } from '../helpers/lab.ts';
import { expectNextBackup, expectRecovered, expectSiteFree } from '../helpers/soundness.ts';

const KILL_AT_FILE = new URL('../helpers/kill-at-file.mjs', import.meta.url).href;
/** The file by which the preflight tries whether the vault can be written to. */
const PROBE = /\.sense-runbook-probe-[0-9a-f]+/;

/** The journal begins after the preflight: it is ended at this file instead, which is written and removed in the middle of it. */
describe.runIf(NO_SAMPLE)('a backup that is ended in its preflight', () => {
  let lab: Lab;
  let site: LabSite;
  let before: Record<string, string>;

  beforeAll(async () => {
    lab = await openLab();
  });

  afterAll(async () => {
    await lab.close();
  });

  // A probe that stays may lie beside the vault, so that a new vault is not enough.
  beforeEach(() => {
    site = lab.site({ small: true });
    before = site.states();
  });

  async function endedAt(call: string, env: Readonly<Record<string, string>> = {}): Promise<ToolResult> {
    return site.run(['backup', '--yes'], {
      env: {
        NODE_OPTIONS: `--import ${KILL_AT_FILE}`,
        TEST_KILL_CALL: call,
        TEST_KILL_FILE: PROBE.source,
        ...env,
      },
    });
  }

  /** Probes in the folders that the vault has been looked for in. */
  function probes(): string[] {
    return [join(site.vault, 'demo'), site.vault, dirname(site.vault)].flatMap((folder) =>
      existsSync(folder)
        ? readdirSync(folder).flatMap((name) => (PROBE.test(name) ? [join(folder, name)] : []))
        : [],
    );
  }

  it.each(['before the first backup', 'in a vault with sets'])(
    'by a kill has done nothing to the site, and what it left in the vault does not stay: %s',
    async (when) => {
      if (when !== 'before the first backup') await expectNextBackup(site, before, 'nothing');
      const killed = await endedAt('rm');
      expect(killed.signal, killed.stdout + killed.stderr).toBe('SIGKILL');
      expect(probes()).toHaveLength(1);
      await expectRecovered(lab, site, before, 'a kill in the preflight');
      // It may be one of a run that looks at this moment; later it is none.
      await expectNextBackup(site, before, 'a kill in the preflight');
      const old = new Date(Date.now() - 2 * 3_600_000);
      for (const probe of probes()) utimesSync(probe, old, old);
      await expectNextBackup(site, before, 'a kill in the preflight two hours ago');
      expect(probes()).toEqual([]);
    },
  );

  it.each([
    ['once', {}],
    ['twice', { TEST_KILL_AGAIN_MS: '10' }],
  ])('by Ctrl+C, %s, ends with 130 and has done nothing to the site', async (times, again) => {
    const run = await endedAt('writeFile', { TEST_KILL_SIGNAL: 'SIGINT', ...again });
    expect(run.code, run.stdout + run.stderr).toBe(130);
    expect(site.states()).toEqual(before);
    // The second one ends the process at once, as a kill does.
    if (times === 'once') expect(probes()).toEqual([]);
    await expectSiteFree(site, 'Ctrl+C in the preflight');
    await expectNextBackup(site, before, 'Ctrl+C in the preflight');
  });
});
