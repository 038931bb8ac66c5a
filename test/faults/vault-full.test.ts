import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLab, type Lab, type LabSite } from '../helpers/lab.ts';
import { backUp, expectFailed } from '../helpers/expect-tool.ts';
import { NO_SAMPLE } from '../helpers/fault-extent.ts';
import { mountMemory, NO_DISK } from '../helpers/own-disk.ts';

/** The sample is in test/troubles/bad-vault.test.ts: the disk fills up while the dumps are written. */

/** Steps before which the disk fills up, one of each phase of a backup. */
const PHASES: readonly string[] = [
  'copy-share-live',
  'dump-globals',
  'copy-share',
  'copy-config',
  'copy-logs',
  'export-certificates',
  'write-evidence',
  'commit-set',
];

if (NO_DISK !== undefined) console.warn(`skipped: a vault that is full to the last byte: ${NO_DISK}`);

describe.skipIf(!NO_SAMPLE || NO_DISK !== undefined)('a vault that is full to the last byte', () => {
  let lab: Lab;
  let site: LabSite;
  let filler: string;

  beforeAll(async () => {
    lab = await openLab();
    site = lab.site({ small: true });
    expect(mountMemory(site.vault, '100m')).toBe(true);
    filler = join(site.vault, 'filler');
    // So that the disk need not be large for the sets of all phases.
    site.edit((content) => {
      content['vault'] = { folder: site.vault, retention: { last: 1 } };
    });
  });

  afterAll(async () => {
    spawnSync('umount', ['-l', site.vault]);
    await lab.close();
  });

  /** Fills the disk before this step of a backup, and lets the share change, so that there is something to copy. */
  function fillBefore(step: string): void {
    const script = 'date +%s%N > "$1/Apps/changed while it ran"; dd if=/dev/zero of="$0" bs=4k; true';
    const fill = { argv: ['sh', '-c', script, filler, site.share], effect: 'change' };
    site.edit((content) => {
      content['hooks'] = [
        { runbook: 'backup', step, before: [{ id: 'fill', title: 'Fill', uses: 'command.run', with: fill }] },
      ];
    });
  }

  function makeRoom(): void {
    rmSync(filler);
    site.edit((content) => {
      delete content['hooks'];
    });
  }

  it(
    'fails the backup by name in every phase: services as they were, the sets before whole, the next one too',
    { timeout: 50 * 60_000 },
    async () => {
      await backUp(site);
      for (const step of PHASES) {
        fillBefore(step);
        const run = await expectFailed(site, ['backup', '--yes'], {
          code: 1,
          says: [/No space left on device|vault is full|the disk of .+ is full/],
          hint: /[Rr]oom|free space/,
        });
        expect(run.stdout, step).toContain('(incomplete)');
        const verified = await site.run(['backups', 'verify']);
        expect(verified.code, `${step}\n${verified.stdout}${verified.stderr}`).toBe(0);
        makeRoom();
        const { id } = await backUp(site);
        // What the failed run left of its set is gone too.
        expect(readdirSync(join(site.vault, 'demo')), step).toEqual([id]);
      }
    },
  );

  it('is a warning for what is written into the history of a set, and stops a drill by name', async () => {
    const { id } = await backUp(site);
    expect(spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k']).status).not.toBe(0);
    const verified = await site.run(['backups', 'verify', id]);
    expect(verified.code).toBe(0);
    expect(verified.stderr).toMatch(/^warning: The verdict could not be written .*no space left/m);
    await expectFailed(site, ['backups', 'drill'], { code: 1, says: [/vault is full/], hint: /room/ });
    makeRoom();
  });
});
