import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backedUpSite, type BackedUpSite } from '../helpers/backed-up-site.ts';
import { NO_DISK, onOwnDisk, type OwnDisk } from '../helpers/own-disk.ts';
import { digestOf, hashesBelow, leftBeside, upOf, type SiteDigest } from '../helpers/restore-site.ts';
import { APPROVED } from '../helpers/restored-site.ts';

if (NO_DISK !== undefined) console.warn(`skipped: a share on a real disk of its own: ${NO_DISK}`);

/** Large enough that a disk fills up between two of them. */
const LARGE = Array.from({ length: 6 }, (_, index) => `Apps/large ${String(index)}`);
const LARGE_BYTES = 2 * 1024 * 1024;
/** Room for one and a half of them. KB. */
const LEFT_KB = 3 * 1024;

describe.skipIf(NO_DISK !== undefined)('a share on a disk of its own', () => {
  let backedUp: BackedUpSite;
  let before: SiteDigest;
  let disk: OwnDisk;

  beforeAll(async () => {
    backedUp = await backedUpSite((site) => {
      disk = onOwnDisk(site.share, '64m');
      writeLarge(site.share);
    });
    writeLarge(backedUp.site.share);
    before = await digestOf(backedUp.lab, backedUp.site);
  });

  afterAll(async () => {
    disk.unmount();
    await backedUp.lab.close();
  });

  function writeLarge(share: string): void {
    for (const name of LARGE) writeFileSync(join(share, name), randomBytes(LARGE_BYTES));
  }

  async function expectBefore(words: string): Promise<void> {
    const { lab, site, services } = backedUp;
    expect(await digestOf(lab, site), words).toEqual(before);
    expect(await leftBeside(lab, site), words).toEqual([]);
    expect(site.states(), words).toEqual(services);
  }

  async function expectRestored(words: string): Promise<void> {
    const { lab, site, services, ofSet } = backedUp;
    expect(await digestOf(lab, site), words).toEqual({ ...ofSet, config: before.config });
    expect(site.states(), words).toEqual(services);
  }

  /** Device and inode of each large file: the same ones as before when it was moved, not copied. */
  function placesOf(folder: string): string[] {
    return LARGE.map((name) => {
      const { dev, ino } = statSync(join(folder, name));
      return `${String(dev)} ${String(ino)}`;
    });
  }

  describe('which fills up while its files are restored', () => {
    beforeAll(() => {
      backedUp.site.edit((content) => {
        const fill = { argv: disk.fillCommand(LEFT_KB), effect: 'change' };
        const step = { id: 'fill', title: 'Another program fills the disk', uses: 'command.run', with: fill };
        content['hooks'] = [{ runbook: 'restore-same-host', step: 'restore-share', before: [step] }];
      });
    });

    afterAll(() => {
      disk.makeRoom();
      backedUp.site.edit((content) => {
        delete content['hooks'];
      });
    });

    /** A restore that finds room beforehand and runs out of it between the large files. */
    async function failHalfWay(): Promise<void> {
      const { site, ofSet, tool } = backedUp;
      const { stdout, stderr } = await tool(['restore', ...APPROVED], 1);
      const said = stderr.replaceAll(/\s+/g, ' ');
      expect(said, stdout).toMatch(/The disk of .*share is full: .*large \d.* could not be written/);
      expect(said).toMatch(/Make room on that disk, then .* resume .* rollback .* puts back what was there/);
      expect(said).toMatch(/files? put into place in .*share, \d+ old files moved aside/);
      // Half of it: neither the old share nor that of the set.
      const now = hashesBelow(site.share);
      const placed = LARGE.filter((name) => now[name] === ofSet.share[name]);
      expect(placed.length).toBeGreaterThan(0);
      expect(placed.length).toBeLessThan(LARGE.length);
      expect(upOf(site), 'services of a half restored site').toEqual([]);
    }

    it('ends it by name, and a rollback needs no room to give the old site back whole', async () => {
      await failHalfWay();
      await backedUp.tool(['rollback', ...APPROVED]);
      await expectBefore('a rollback on the full disk');
      disk.makeRoom();
    });

    it('goes on where it was once there is room, and is put back as any other', async () => {
      await failHalfWay();
      disk.makeRoom();
      await backedUp.tool(['resume', ...APPROVED]);
      await expectRestored('resume');
      await backedUp.tool(['rollback', ...APPROVED]);
      await expectBefore('a rollback after resume');
    });
  });

  it('is warned of beforehand when that disk has no room: how much of it is needed is not known yet', async () => {
    const [program = '', ...args] = disk.fillCommand(LEFT_KB);
    expect(spawnSync(program, args).status).toBe(0);
    const { stdout } = await backedUp.tool(['plan', 'restore-same-host', '--strict'], 8);
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /[23]\.\d MB free for .*share; the set has 12\.\d MB for it/,
    );
    disk.makeRoom();
    await expectBefore('a plan');
  });

  it('keeps what it replaces on that disk, moved and not copied, and gets the same files back', async () => {
    const { site, tool } = backedUp;
    const device = statSync(site.share).dev;
    expect([site.vault, site.state].map((folder) => statSync(folder).dev === device)).toEqual([false, false]);
    const old = placesOf(site.share);
    await tool(['restore', ...APPROVED]);
    await expectRestored('a restore');
    const [kept = ''] = readdirSync(site.share).filter((name) => name.startsWith('.sense-runbook-before-'));
    expect(placesOf(join(site.share, kept, 'files'))).toEqual(old);
    await tool(['rollback', ...APPROVED]);
    await expectBefore('a rollback');
    expect(placesOf(site.share)).toEqual(old);
  });
});
