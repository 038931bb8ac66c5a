import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { backedUpSite } from './backed-up-site.ts';
import type { Lab, LabSite } from './lab.ts';
import { digestOf, expectOpen, leftBeside, startTypesOf, upOf } from './restore-site.ts';
import { APPROVED, type RestoredSite } from './restored-site.ts';

/** How the site and its restore differ from the usual ones. */
export interface SameHostOptions {
  /** After `restore SET`. */
  readonly flags?: readonly string[];
  /** Changes the site before it is backed up. */
  readonly prepare?: (site: LabSite, lab: Lab) => void | Promise<void>;
}

/** What the tests of a restore to the same host name have, besides what any restore has. */
export interface RestoredSameHost extends RestoredSite {
  readonly lab: Lab;
  readonly site: LabSite;
}

/** A site that worked on after its backup: databases, share, certificates and configuration differ from those of the set. */
export async function openSameHost({ flags = [], prepare }: SameHostOptions = {}): Promise<RestoredSameHost> {
  const { lab, site, set, services, startTypes, ofSet, before } = await backedUpSite(prepare);
  // Unless told to, a restore only says how the configuration files differ.
  const whole = flags.includes('--config') ? ofSet : { ...ofSet, config: before.config };

  async function expectWhole(expected: object, words: string): Promise<void> {
    expect(await digestOf(lab, site), words).toEqual(expected);
    await expectOpen(lab, words);
    expect(site.states(), `services after ${words}`).toEqual(services);
    expect(startTypesOf(site), `start types after ${words}`).toEqual(startTypes);
    expect(existsSync(join(site.vault, 'demo', 'vault.lock')), `lock after ${words}`).toBe(false);
  }

  return {
    lab,
    site,
    restore: ['restore', set, ...flags, ...APPROVED],
    async expectBefore(words) {
      await expectWhole(before, words);
      expect(await leftBeside(lab, site), `left after ${words}`).toEqual([]);
    },
    expectRestored: (words) => expectWhole(whole, words),
    async expectQuiet(words) {
      const now = await digestOf(lab, site);
      const isWhole = isDeepStrictEqual(now, before) || isDeepStrictEqual(now, whole);
      if (!isWhole) expect(upOf(site), `services of a half restored site after ${words}`).toEqual([]);
    },
    close: () => lab.close(),
  };
}
