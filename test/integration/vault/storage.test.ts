import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { ExpectedError } from '../../../src/contract/errors.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { backUp, labVault, never, plant } from './vault-lab.ts';

let folder: string;
let vault: Vault;

beforeEach(async () => {
  folder = temporaryFolder();
  vault = await labVault(folder);
});

describe('check', () => {
  const statuses = async (checked: Vault): Promise<Record<string, string>> =>
    Object.fromEntries((await checked.check()).map(({ id, status }) => [id, status]));

  it('is content with a new vault and leaves nothing in it', async () => {
    expect(await statuses(vault)).toEqual({
      'vault-writable': 'ok',
      'vault-clock': 'ok',
      'vault-space': 'ok',
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each(['.', 'vault', 'vault/site'])(
    'removes what checks that were killed long ago left in %s',
    async (place) => {
      mkdirSync(join(folder, 'vault', 'site'), { recursive: true, mode: 0o700 });
      const [old, young, other] = ['probe-0ld', 'probe-y0ung', 'other'].map((name) =>
        join(folder, place, `.sense-runbook-${name}`),
      ) as [string, string, string];
      for (const file of [old, young, other]) writeFileSync(file, 'probe');
      const long = new Date(Date.now() - 61 * 60_000);
      for (const file of [old, other]) utimesSync(file, long, long);
      expect(await statuses(vault)).toMatchObject({ 'vault-writable': 'ok' });
      expect([old, young, other].map((file) => existsSync(file))).toEqual([false, true, true]);
    },
  );

  it('fails where the disk is not there', async () => {
    const away = await labVault(join(folder, 'not', 'mounted'));
    expect(await away.check()).toMatchObject([{ id: 'vault-writable', status: 'failed' }]);
  });

  it('fails where a file stands in the place of the vault', async () => {
    writeFileSync(join(folder, 'vault'), '');
    expect(await vault.check()).toMatchObject([{ id: 'vault-writable', status: 'failed' }]);
    await expect(vault.begin({ run: 'run-1', now: new Date() })).rejects.toBeInstanceOf(ExpectedError);
  });

  it('warns of a set from the future', async () => {
    await backUp(folder, vault, 'run-1', new Date('2026-11-24T03:00:00Z'));
    const clock = createManualClock('2026-11-24T02:00:00.000Z');
    expect(await statuses(await labVault(folder, { clock }))).toMatchObject({ 'vault-clock': 'warning' });
  });

  it('fails without the free space asked for', async () => {
    const greedy = await labVault(folder, { minimumFreeBytes: Number.MAX_SAFE_INTEGER });
    expect(await statuses(greedy)).toMatchObject({ 'vault-space': 'failed' });
  });

  it('warns of a lock of another host, which would keep every run out, and not of one of its own', async () => {
    const other = await labVault(folder, { host: 'gone' });
    await other.lock('run-1');
    expect((await vault.check()).find(({ id }) => id === 'vault-lock')).toMatchObject({
      status: 'warning',
      message: expect.stringMatching(/run-1 on host gone/) as string,
      hint: expect.stringContaining('vault.lock by hand') as string,
    });
    await other.unlock('run-1');
    await vault.lock('run-2');
    expect(await statuses(vault)).not.toHaveProperty('vault-lock');
    await vault.unlock('run-2');
  });

  it('judges the rights that the platform tells, and warns where it cannot', async () => {
    await backUp(folder, vault);
    const rights = { othersCanRead: true, othersCanWrite: false, readers: ['Everyone'], close: 'icacls' };
    const told = await labVault(folder, { rights: async () => rights });
    expect(await told.check()).toContainEqual({
      id: 'vault-rights',
      status: 'warning',
      message: `Others can read the vault ${vault.root}: Everyone.`,
      hint: 'Type: icacls',
    });
    const silent = await labVault(folder, {
      rights: () => Promise.reject(new ExpectedError('PowerShell is forbidden')),
    });
    expect(await statuses(silent)).toMatchObject({ 'vault-rights': 'warning' });
  });

  it('has the platform make the folder of the site before anything is in it', async () => {
    const made: string[] = [];
    const closed = await labVault(folder, {
      makePrivate: async (path) => {
        made.push(path);
        expect(existsSync(path)).toBe(false);
      },
    });
    await closed.lock('run-1');
    await closed.unlock('run-1');
    expect(made).toEqual([closed.root]);
  });

  it.skipIf(process.platform === 'win32')(
    'fails when others can write, warns when they can read',
    async () => {
      await backUp(folder, vault);
      expect(await statuses(vault)).toMatchObject({ 'vault-rights': 'ok' });
      execFileSync('chmod', ['755', vault.root]);
      expect(await statuses(vault)).toMatchObject({ 'vault-rights': 'warning' });
      execFileSync('chmod', ['777', vault.root]);
      expect(await statuses(vault)).toMatchObject({ 'vault-rights': 'failed' });
    },
  );
});

describe('a disk that is full or read-only', () => {
  const mountPoint = (): string => join(folder, 'small');

  function mount(options: string): boolean {
    mkdirSync(mountPoint(), { recursive: true });
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', mountPoint()], { stdio: 'ignore' });
      return true;
    } catch {
      // Only root may, and not in every container: the test is skipped then.
      return false;
    }
  }

  function unmount(): void {
    execFileSync('umount', ['-l', mountPoint()]);
  }

  it('is named with the path and the free bytes, and no temporary file stays', async ({ skip }) => {
    if (!mount('size=2m')) skip();
    try {
      const small = await labVault(mountPoint());
      plant(join(folder, 'from'), { big: Buffer.alloc(5_000_000) });
      const set = await small.begin({ run: 'run-1', now: new Date() });
      const error = (await set
        .copyTree({ from: join(folder, 'from'), to: 'share', onTrouble: 'warn', signal: never })
        .catch((thrown: unknown) => thrown)) as ExpectedError;
      expect(error).toBeInstanceOf(ExpectedError);
      expect(error.message).toMatch(/vault is full: .*share.big .*free/);
      expect(error.hint).toContain('room');
      expect(readdirSync(set.path).filter((name) => name.startsWith('.partial-'))).toEqual([]);
    } finally {
      unmount();
    }
  });

  it('fails the check when it is read-only', async ({ skip }) => {
    if (!mount('size=1m,ro')) skip();
    try {
      const locked = await labVault(mountPoint());
      expect(await locked.check()).toMatchObject([{ id: 'vault-writable', status: 'failed' }]);
      await expect(locked.begin({ run: 'run-1', now: new Date() })).rejects.toThrow(/cannot be written/);
    } finally {
      unmount();
    }
  });
});
