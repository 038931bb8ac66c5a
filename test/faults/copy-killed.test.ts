import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLab, type Cut, type Lab, type LabSite } from '../helpers/lab.ts';
import { NO_RESTIC } from '../helpers/restic.ts';
import { killPlaces, placeWords } from '../helpers/kill-places.ts';
import { childrenLeft } from '../helpers/soundness.ts';
import { backUp, completeSets } from '../helpers/expect-tool.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';

/** In the sample: while the first set is sent, to a repository that was looked for and made just before. */
const SAMPLE: readonly Cut[] = [{ at: 'child copy-offsite central restic', occurrence: 3, afterMs: 60 }];
const KILL_AT_FILE = new URL('../helpers/kill-at-file.mjs', import.meta.url).href;
/** How long restic has been at work when the run is killed. */
const INSIDE_MS = 60;

describe.skipIf(NO_RESTIC !== undefined)(`an offsite copy, when the tool is killed`, () => {
  let lab: Lab;
  let site: LabSite;

  beforeAll(async () => {
    lab = await openLab();
    site = lab.site({ small: true });
    const password = join(site.folder, 'password');
    writeFileSync(password, 'a good password\n', { mode: 0o600 });
    site.edit((content) => {
      const restic = { repository: join(site.folder, 'offsite'), password: { file: password } };
      content['vault'] = {
        folder: site.vault,
        copies: [{ name: 'offsite', restic }],
        retention: { last: 2 },
      };
    });
  });

  afterAll(async () => {
    await lab.close();
  });

  /** Copies that the repository has, oldest first; also proves that restic can still read it. */
  async function copied(): Promise<string[]> {
    const listed = await site.run(['backups', '--copy', 'offsite', '--json']);
    expect(listed.code, listed.stdout + listed.stderr).toBe(0);
    return (JSON.parse(listed.stdout) as { sets: { id: string }[] }).sets.map(({ id }) => id);
  }

  /** Programs of restic that still work in a folder of the site. */
  function resticLeft(): string[] {
    return readdirSync('/proc').filter((pid) => {
      try {
        const program = /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
        return program === 'restic' && readlinkSync(`/proc/${pid}/cwd`).startsWith(site.folder);
      } catch {
        return false;
      }
    });
  }

  async function everyPlace(): Promise<Cut[]> {
    // The first one makes the repository; every later one does the same things.
    await backUp(site);
    await backUp(site);
    const cuts = killPlaces(site, INSIDE_MS, ({ step }) => step === 'copy-offsite');
    expect(cuts.length).toBeGreaterThan(5);
    return cuts;
  }

  it(
    'while a set is sent has all of the set here, nothing that goes on, and gets it with the next backup',
    { timeout: 50 * 60_000 },
    async () => {
      const cuts = NO_SAMPLE ? await everyPlace() : SAMPLE;
      const services = site.states();
      for (const cut of cuts) {
        const at = placeWords(cut);
        const before = completeSets(site);
        const killed = await site.run(['backup', '--yes'], { cut });
        expect(killed.signal, `${at}\n${killed.stdout}${killed.stderr}`).toBe('SIGKILL');
        const [made = ''] = completeSets(site).filter((id) => !before.includes(id));
        expect(made, `the set here after ${at}`).not.toBe('');
        const recovered = await site.run(['recover']);
        expect(recovered.code, `recover after ${at}\n${recovered.stdout}${recovered.stderr}`).toBe(0);
        expect(childrenLeft(site), `children after ${at}`).toEqual([]);
        expect(resticLeft(), `restic after ${at}`).toEqual([]);
        expect(existsSync(join(site.vault, 'demo', 'vault.lock')), `lock after ${at}`).toBe(false);
        expect(site.states(), `services after ${at}`).toEqual(services);
        const verified = await site.run(['backups', 'verify', made]);
        expect(verified.code, `the set here after ${at}\n${verified.stdout}${verified.stderr}`).toBe(0);
        const next = await backUp(site);
        expect(next.run.stdout, `the next backup after ${at}`).not.toMatch(/^warning: .*offsite/m);
        expect(await copied(), `copies after ${at}`).toEqual(expect.arrayContaining([made, next.id]));
      }
    },
  );

  it.runIf(NO_SAMPLE)(
    'while a fetched set is read leaves the vault as it was, and the next look removes what was fetched',
    async () => {
      const { id } = await backUp(site);
      const fetched = (): string[] =>
        readdirSync(site.vault, { recursive: true, encoding: 'utf8' }).filter((path) =>
          path.includes('fetched/'),
        );
      const words = ['backups', 'verify', id, '--copy', 'offsite'];
      const env = {
        NODE_OPTIONS: `--import ${KILL_AT_FILE}`,
        TEST_KILL_CALL: 'readFile',
        TEST_KILL_FILE: 'manifest.json',
      };
      const killed = await site.run(words, { env });
      expect(killed.signal, killed.stdout + killed.stderr).toBe('SIGKILL');
      expect(fetched()).not.toEqual([]);
      expect((await site.run(['recover'])).code).toBe(0);
      expect(resticLeft()).toEqual([]);
      const next = await site.run(words);
      expect(next.code, next.stdout + next.stderr).toBe(0);
      expect(fetched()).toEqual([]);
      expect((await site.run(['backups', 'verify', id])).code).toBe(0);
    },
  );
});
