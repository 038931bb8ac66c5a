import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openLab, openSiteWithoutDatabase, type Lab } from '../helpers/lab.ts';
import { writeOldSet } from '../helpers/old-sets.ts';
import { mountMemory, NO_DISK } from '../helpers/own-disk.ts';
import { setsOf } from '../helpers/soundness.ts';
import { backUp, expectFailed, expectRefused, heldByAnotherHost } from '../helpers/expect-tool.ts';

if (NO_DISK !== undefined) console.warn(`skipped: a vault on a disk of its own: ${NO_DISK}`);

let lab: Lab;
const mounted: string[] = [];

beforeAll(async () => {
  lab = await openLab();
});

afterEach(() => {
  for (const folder of mounted.splice(0)) spawnSync('umount', ['-l', folder]);
});

afterAll(async () => {
  await lab.close();
});

function mountDisk(folder: string, size: string): void {
  expect(mountMemory(folder, size)).toBe(true);
  mounted.push(folder);
}

describe('a vault that cannot be used', () => {
  it('is named when a file has its place', async () => {
    const site = lab.site({ small: true });
    writeFileSync(site.vault, 'not a folder');
    await expectRefused(site, ['backup', '--yes'], {
      code: 3,
      says: [site.vault, /vault/],
      hint: /vault\.folder/,
      json: true,
    });
  });

  it('is named when the disk it lies on is not there', async () => {
    const site = lab.site({ small: true });
    const folder = join(site.folder, 'disk', 'backups', 'qlik');
    site.edit((content) => {
      content['vault'] = { folder };
    });
    await expectRefused(site, ['backup', '--yes'], {
      code: 3,
      says: [`${folder} does not exist`],
      hint: /connected/,
    });
  });

  it('is named when others can write to it', async () => {
    const site = lab.site({ small: true });
    mkdirSync(join(site.vault, 'demo'), { recursive: true });
    spawnSync('chmod', ['777', join(site.vault, 'demo')]);
    await expectRefused(site, ['backup', '--yes'], {
      code: 3,
      says: [/Others can write/],
      hint: /chmod 700/,
    });
  });
});

describe.skipIf(NO_DISK !== undefined)('a vault on a disk of its own', () => {
  it('is refused when the disk is read-only', async () => {
    const site = lab.site({ small: true });
    mountDisk(site.vault, '100m');
    spawnSync('mount', ['-o', 'remount,ro', site.vault]);
    await expectRefused(site, ['backup', '--yes'], {
      code: 3,
      says: [site.vault, /EROFS/],
      hint: /read-only/,
    });
  });

  it('is refused when the disk is too small for a set', async () => {
    const site = lab.site({ small: true });
    mountDisk(site.vault, '4m');
    await expectRefused(site, ['backup', '--yes'], {
      code: 3,
      says: [/4\.\d MB free in the vault, about .* needed/],
      hint: /Make room/,
    });
  });

  it('fails by name when the disk fills up in the middle, and the next backup works once there is room', async () => {
    const site = lab.site({ small: true });
    mountDisk(site.vault, '100m');
    const filler = join(site.vault, 'filler');
    site.edit((content) => {
      const fill = {
        argv: ['dd', 'if=/dev/zero', `of=${filler}`, 'bs=64k'],
        effect: 'change',
        'ok-codes': [0, 1],
      };
      content['hooks'] = [
        {
          runbook: 'backup',
          step: 'dump-qsr',
          before: [{ id: 'fill', title: 'Fill the disk', uses: 'command.run', with: fill }],
        },
      ];
    });
    await expectFailed(site, ['backup', '--yes'], {
      code: 1,
      // Any of the four dumps and copies side by side may be the first to meet it.
      says: [/No space left on device|vault is full|the disk of .+ is full/],
      hint: /[Rr]oom|free space/,
    });
    rmSync(filler);
    site.edit((content) => {
      delete content['hooks'];
    });
    await backUp(site);
    // What the failed run left is gone.
    expect((await setsOf(site)).map(({ state }) => state)).toEqual(['complete']);
  });
});

describe('a vault that is not to be written to', () => {
  const destroy = ['--approve', 'change', '--approve', 'destroy=demo'];
  let site: Awaited<ReturnType<typeof openSiteWithoutDatabase>>;

  beforeAll(async () => {
    site = await openSiteWithoutDatabase();
  });

  afterAll(async () => {
    await site.close();
  });

  it('by this host, since another one holds it, or by any: looking and exporting work, pruning is refused', async ({
    skip,
  }) => {
    if (NO_DISK === undefined) mountDisk(site.vault, '10m');
    site.edit((content) => {
      content['vault'] = { folder: site.vault, retention: { last: 1 } };
    });
    const root = join(site.vault, 'demo');
    const old = writeOldSet(root, 9).id;
    writeOldSet(root, 1);
    const archive = join(site.folder, 'set.tar');
    const look = async (): Promise<string> => {
      const verified = await site.run(['backups', 'verify']);
      expect(verified.code, verified.stdout + verified.stderr).toBe(0);
      const exported = await site.run(['backups', 'export', '--output', archive]);
      expect(exported.code, exported.stdout + exported.stderr).toBe(0);
      for (const file of [archive, `${archive}.sha256`]) rmSync(file);
      return verified.stderr;
    };

    await heldByAnotherHost(site, async (busy) => {
      await busy(['backups', 'prune', '--yes']);
      await busy(['backups', 'prune', old, ...destroy]);
      expect(await look()).not.toContain('warning');
    });

    skip(NO_DISK !== undefined, NO_DISK);
    spawnSync('mount', ['-o', 'remount,ro', site.vault]);
    const refusal = { code: 3, says: [site.vault, /EROFS/], hint: /read-only/ };
    await expectRefused(site, ['backups', 'prune', '--yes'], refusal);
    await expectRefused(site, ['backups', 'drill'], refusal);
    await expectRefused(site, ['backups', 'prune', old, ...destroy], refusal);
    expect(await look()).toMatch(/^warning: The verdict could not be written/m);
  });

  it.skipIf(NO_DISK !== undefined)(
    'by anything more, since it has no byte of room: prune makes room in it',
    async () => {
      mountDisk(site.vault, '2m');
      site.edit((content) => {
        content['vault'] = { folder: site.vault, retention: { last: 1 } };
      });
      const root = join(site.vault, 'demo');
      const kept = [9, 8, 1].map((daysAgo) => writeOldSet(root, daysAgo).id).at(-1);
      const filled = spawnSync('dd', ['if=/dev/zero', `of=${join(site.vault, 'filler')}`, 'bs=4k']);
      expect(filled.status).not.toBe(0);
      const run = await site.run(['backups', 'prune', '--yes']);
      expect(run.code, run.stdout + run.stderr).toBe(0);
      expect(run.stdout).toMatch(/warning: The vault .* is full/);
      expect(readdirSync(root)).toEqual([kept]);
    },
  );
});
