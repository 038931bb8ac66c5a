import { execFileSync } from 'node:child_process';
import { linkSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { comparePaths } from '../../src/foundation/path-order.ts';
import type { Vault } from '../../src/vault/vault.ts';
import { openSiteWithoutDatabase, startAnew, type Cut, type LabSite } from '../helpers/lab.ts';
import { writeOldSet } from '../helpers/old-sets.ts';
import { killPlaces, placeWords } from '../helpers/kill-places.ts';
import { childrenLeft } from '../helpers/soundness.ts';
import { labVault, never } from '../integration/vault/vault-lab.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';

const KILL_IN_REMOVAL = new URL('../helpers/kill-in-removal.mjs', import.meta.url);
/** How long a thing has been going on when the run is killed inside it. */
const INSIDE_MS = 20;
/** Files of a set. */
const FILES = 60;
/** Sets by their age, and how many of the oldest the retention lets go. */
const DAYS_AGO = [9, 8, 2, 0.5];
const DOOMED = 2;

/** One way to prune: by the rules, or one set by name. */
interface Way {
  readonly words: readonly string[];
  readonly doomed: readonly string[];
}

describe('a prune that is killed', () => {
  let site: LabSite & { close(): Promise<void> };
  let vault: Vault;
  let ids: string[];

  beforeAll(async () => {
    site = await openSiteWithoutDatabase();
    site.edit((content) => {
      content['vault'] = { folder: site.vault, retention: { last: 1, daily: 2 } };
    });
    vault = await labVault(site.folder, { root: pristine(), site: 'demo' });
    ids = writeSets(vault.root);
    // From here on the sets in the place where the tool works.
    vault = await labVault(site.folder, { root: site.vault, site: 'demo' });
  });

  afterAll(async () => {
    await site.close();
  });

  const pristine = (): string => join(site.folder, 'pristine');

  /** Sets with the same files, each of them one file on disk, as nights make them. */
  function writeSets(root: string): string[] {
    const paths = ['RESTORE.md', ...Array.from({ length: FILES }, (_one, n) => `share/${n % 6}/${n}`)];
    const files = Object.fromEntries(paths.sort(comparePaths).map((path) => [path, `content of ${path}`]));
    const sets = DAYS_AGO.map((daysAgo) => writeOldSet(root, daysAgo, files).path);
    for (const [index, set] of sets.entries())
      for (const path of index === 0 ? [] : paths) {
        rmSync(join(set, path));
        linkSync(join(sets[0] ?? '', path), join(set, path));
      }
    return sets.map((set) => basename(set));
  }

  function beginAnew(): void {
    startAnew(site);
    execFileSync('cp', ['-a', pristine(), site.vault]);
  }

  /** Names in the site's folder of the vault: sets, and whatever a kill left. */
  const names = (): string[] => readdirSync(vault.root).sort();

  async function everyPlace({ words }: Way): Promise<Cut[]> {
    beginAnew();
    const run = await site.run(words);
    expect(run.code, run.stdout + run.stderr).toBe(0);
    return killPlaces(site, INSIDE_MS);
  }

  async function expectSound({ doomed, words }: Way, at: string): Promise<void> {
    const kept = ids.filter((id) => !doomed.includes(id));
    const recovered = await site.run(['recover']);
    expect(recovered.code, `recover after ${at}\n${recovered.stdout}${recovered.stderr}`).toBe(0);
    const left = names();
    expect(
      left.filter((name) => !ids.includes(name)),
      `leftovers after ${at}`,
    ).toEqual([]);
    expect(left, `kept after ${at}`).toEqual(expect.arrayContaining(kept));
    expect(childrenLeft(site), `children after ${at}`).toEqual([]);
    for (const id of left) {
      const { damage } = await vault.verify(id, { signal: never });
      expect(damage, `set ${id} after ${at}`).toEqual([]);
    }
    const shared = statSync(join(vault.root, kept.at(-1) ?? '', 'share/0/0'));
    expect(shared.nlink, `links after ${at}`).toBe(left.length);
    // A set that went is no longer there to be named.
    const again = left.some((id) => doomed.includes(id)) || doomed.length > 1 ? words : byRules().words;
    const next = await site.run(again);
    expect(next.code, `the next prune after ${at}\n${next.stdout}${next.stderr}`).toBe(0);
    if (again === words) expect(names(), `sets after the next prune, ${at}`).toEqual(kept);
  }

  const byRules = (): Way => ({ words: ['backups', 'prune', '--yes'], doomed: ids.slice(0, DOOMED) });

  /** One in the middle: the sets before and behind it share its files. */
  const byName = (): Way => ({
    words: ['backups', 'prune', ids[1] ?? '', '--approve', 'change', '--approve', 'destroy=demo'],
    doomed: ids.slice(1, 2),
  });

  /** Kills while that many-th removal of the run is half done. */
  const inRemoval = (number: number): { env: Record<string, string> } => ({
    env: { NODE_OPTIONS: `--import ${KILL_IN_REMOVAL.href}`, TEST_KILL_IN_REMOVAL: String(number) },
  });

  it('while a set is half removed is gone on with by recover, also when that is killed too', async () => {
    const removals: [Way, number][] = [
      [byRules(), 1],
      [byRules(), 2],
      [byName(), 1],
    ];
    for (const [way, number] of NO_SAMPLE ? removals : removals.slice(0, 1)) {
      const at = `${way.words.join(' ')}, removal ${String(number)}`;
      beginAnew();
      const killed = await site.run(way.words, inRemoval(number));
      expect(killed.signal, `${at}\n${killed.stdout}${killed.stderr}`).toBe('SIGKILL');
      expect(
        names().filter((name) => name.startsWith('.deleting-')),
        at,
      ).toHaveLength(1);
      if (number === 1) expect((await site.run(['recover'], inRemoval(1))).signal, at).toBe('SIGKILL');
      await expectSound(way, at);
    }
  });

  it('is put in order by the next prune too', async () => {
    beginAnew();
    const { words, doomed } = byRules();
    expect((await site.run(words, inRemoval(2))).signal).toBe('SIGKILL');
    const next = await site.run(words);
    expect(next.code, next.stdout + next.stderr).toBe(0);
    expect(names()).toEqual(ids.filter((id) => !doomed.includes(id)));
  });

  it.runIf(NO_SAMPLE).each([
    ['by the rules', byRules],
    ['of one set', byName],
  ])(
    'leaves whole sets only after recover, the lock free and the next one works: %s',
    { timeout: 50 * 60_000 },
    async (_what, way) => {
      for (const cut of await everyPlace(way())) {
        const at = placeWords(cut);
        beginAnew();
        const killed = await site.run(way().words, { cut });
        expect(killed.signal, `${at}\n${killed.stdout}${killed.stderr}`).toBe('SIGKILL');
        await expectSound(way(), at);
      }
    },
  );
});
