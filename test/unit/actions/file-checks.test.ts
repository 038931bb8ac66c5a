import fs from 'node:fs/promises';
import path from 'node:path';
import { ExpectedError } from '../../../src/contract/errors.ts';
import { describe, expect, it } from 'vitest';
import { createCheckCertificates } from '../../../src/actions/check-certificates.ts';
import { createCheckPrivate } from '../../../src/actions/check-private.ts';
import { createCheckShare } from '../../../src/actions/check-share.ts';
import { createCheckSpace } from '../../../src/actions/check-space.ts';
import { createCheckVault } from '../../../src/actions/check-vault.ts';
import { BusyError, UsageError } from '../../../src/contract/errors.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { certificatesOf, fakeDatabase, fakeSite } from './fakes.ts';
import { fakeVault } from './fake-vault.ts';
import { checksOf, contextFor, failed, fakeNode, statuses } from './harness.ts';

describe('check.certificates', () => {
  const clock = createManualClock('2026-11-24T02:00:00.000Z');
  const check = (
    list: ReturnType<typeof certificatesOf>,
    options: { secret?: string | Error; include?: string[]; host?: string } = {},
  ) => {
    const node = fakeNode();
    node.list = list;
    const site = fakeSite();
    const { secret = 'word', include = [], host } = options;
    return checksOf(
      createCheckCertificates({
        site: {
          ...site,
          certificates: { ...site.certificates, include, ...(host !== undefined && { host }) },
        },
        clock,
        secrets: {
          async read() {
            if (secret instanceof Error) throw secret;
            return secret;
          },
        },
      }),
      { node },
    );
  };

  it('is content with the four of the site, and lists every store', async () => {
    const { checks, left } = await check(certificatesOf('qs1.example'));
    expect(statuses(checks)).toEqual(['certificates ok', 'certificates-password ok']);
    expect(left).toEqual([]);
  });

  it('does not take certificates of another site for those of this one', async () => {
    const [, ...others] = certificatesOf('other.example');
    expect(failed((await check(others)).checks)).toHaveLength(4);
  });

  it('warns where all there are have the name of another host, unless site.yaml says that they are its own', async () => {
    const { checks } = await check(certificatesOf('other.example'));
    expect(statuses(checks)).toContain('certificates-host warning');
    expect(checks.map(({ hint }) => hint).join()).toContain(
      'host: other.example under certificates in site.yaml',
    );
    const said = await check(certificatesOf('other.example'), { host: 'other.example' });
    expect(statuses(said.checks)).toContain('certificates-host ok');
  });

  it('fails when one is missing, twice there, expired or without its key', async () => {
    const four = certificatesOf('qs1.example');
    const missing = await check(four.filter(({ thumbprint }) => thumbprint !== 'CLUSTER'));
    expect(statuses(failed(missing.checks))).toEqual(['certificates-present failed']);
    const twice = await check([...four, ...four.filter(({ thumbprint }) => thumbprint === 'SERVER')]);
    expect(statuses(failed(twice.checks))).toEqual(['certificates-duplicate failed']);
    const expired = await check(
      certificatesOf('qs1.example', { client: { notAfter: '2026-11-24T01:00:00Z' } }),
    );
    expect(failed(expired.checks)[0]?.message).toContain('expired on 2026-11-24');
    const keyless = await check(certificatesOf('qs1.example', { server: { hasPrivateKey: false } }));
    expect(failed(keyless.checks)[0]?.message).toContain('no private key');
  });

  it('warns within 30 days of the end, not before', async () => {
    const at = (notAfter: string) => check(certificatesOf('qs1.example', { ca: { notAfter } }));
    expect(statuses((await at('2026-12-20T00:00:00Z')).checks)).toContain('certificates-valid warning');
    expect(statuses((await at('2026-12-25T00:00:00Z')).checks)).not.toContain('certificates-valid warning');
  });

  it('fails when the password cannot be read, before anything is stopped', async () => {
    const { checks } = await check(certificatesOf('qs1.example'), { secret: new UsageError('not set') });
    expect(statuses(failed(checks))).toEqual(['certificates-password failed']);
    const empty = await check(certificatesOf('qs1.example'), { secret: '' });
    expect(failed(empty.checks)).toHaveLength(1);
  });

  it('fails when a certificate that the site file names is not there', async () => {
    const { checks } = await check(certificatesOf('qs1.example'), { include: ['ABC'] });
    expect(failed(checks)[0]?.message).toContain('ABC');
  });
});

describe('check.share', () => {
  it('fails on a folder that is not there, warns about an empty one', async () => {
    const root = temporaryFolder();
    const apps = path.join(root, 'missing');
    const { checks } = await checksOf(
      createCheckShare({
        site: fakeSite({ share: { root, apps, exclude: [] } }),
        database: fakeDatabase(),
      }),
    );
    expect(statuses(checks)).toEqual(['share-readable warning', 'share-readable failed']);
    await fs.writeFile(path.join(root, 'a'), '');
    const site = fakeSite({ share: { root, exclude: [] } });
    const again = await checksOf(createCheckShare({ site, database: fakeDatabase() }));
    expect(statuses(again.checks)).toEqual(['share-readable ok']);
  });

  it('leaves it to other checks to say that the database does not answer', async () => {
    const share = { root: temporaryFolder(), exclude: [] };
    const database = fakeDatabase({ topology: new BusyError('gone') });
    const { checks, left } = await checksOf(createCheckShare({ site: fakeSite({ share }), database }));
    expect(statuses(checks)).toEqual(['share-readable warning']);
    expect(left).toEqual([]);
  });
});

describe('check.vault', () => {
  it('hands on what the vault says, and does not write its probe file while planning', async () => {
    let asked = 0;
    const vault = fakeVault('/vault');
    vault.check = async () => {
      asked += 1;
      throw new BusyError('read-only');
    };
    const action = createCheckVault({ vault });
    await action.describe({ for: 'backup' }, contextFor(fakeNode()));
    expect(asked).toBe(0);
    expect((await checksOf(action)).checks[0]).toMatchObject({ status: 'failed' });
  });

  it('does not ask for room when sets are only removed', async () => {
    const asked: unknown[] = [];
    const vault = fakeVault('/vault');
    vault.check = async (options) => {
      asked.push(options);
      return [];
    };
    await checksOf(createCheckVault({ vault }), {}, { for: 'remove' });
    await checksOf(createCheckVault({ vault }));
    expect(asked).toEqual([{ toRemove: true }, { toRemove: false }]);
  });
});

describe('check.space', () => {
  const check = (free: Record<string, number>, options: { latest?: number; format?: string } = {}) => {
    const root = temporaryFolder();
    const vault = fakeVault(
      '/vault',
      options.latest === undefined
        ? []
        : [{ id: 'old', path: '', state: 'complete', createdAt: '', bytesNew: options.latest }],
    );
    vault.read = async (id) => ({
      ...{ schemaVersion: 1 as const, id, sequence: 1, createdAt: '' },
      trees: [{ folder: 'share', files: 1, bytes: 1 }],
    });
    const kept = path.join(root, '.sense-runbook-before-RUN');
    const write = async (): Promise<void> => {
      await fs.writeFile(path.join(root, 'app'), 'x'.repeat(6000));
      // Of no account: no backup copies it.
      await fs.mkdir(kept);
      await fs.writeFile(path.join(kept, 'old'), 'x'.repeat(6000));
    };
    return write().then(() =>
      checksOf(
        createCheckSpace({
          site: fakeSite({ share: { root, exclude: [] } }),
          vault,
          database: fakeDatabase(),
          temporaryFolder: '/tmp',
          freeBytes: async (folder) => free[folder] ?? 0,
        }),
        {},
        { format: options.format ?? 'tar' },
      ),
    );
  };

  it('wants room for databases and share the first time', async () => {
    expect(statuses((await check({ '/vault': 9_999, '/tmp': 1e9 })).checks)[0]).toBe('space-vault failed');
    expect(statuses((await check({ '/vault': 10_000, '/tmp': 1e9 })).checks)[0]).toBe('space-vault ok');
  });

  it('wants room for what the last set added later on', async () => {
    const room = { '/vault': 6_000, '/tmp': 1e9 };
    expect(statuses((await check(room, { latest: 5_000 })).checks)[0]).toBe('space-vault ok');
    expect(statuses((await check(room, { latest: 5_001 })).checks)[0]).toBe('space-vault failed');
  });

  it('wants room also for further folders and logs, the first time and when the last set has them not', async () => {
    const [root, extra, logs] = [temporaryFolder(), temporaryFolder(), temporaryFolder()];
    for (const folder of [root, extra, logs]) await fs.writeFile(path.join(folder, 'file'), 'x'.repeat(1000));
    await fs.mkdir(path.join(root, 'left', 'out'), { recursive: true });
    await fs.writeFile(path.join(root, 'left', 'out', 'large'), 'x'.repeat(9000));
    const site = fakeSite({
      share: { root, exclude: ['left/out'] },
      extra: [
        { name: 'qvd', folder: extra },
        { name: 'gone', folder: path.join(extra, 'gone') },
      ],
      logs: { folders: [logs, path.join(logs, 'gone')] },
    });
    const needed = async (folders?: readonly string[]): Promise<string | undefined> => {
      const sets = [{ id: 'old', path: '', state: 'complete' as const, createdAt: '', bytesNew: 4000 }];
      const vault = fakeVault('/vault', folders === undefined ? [] : sets);
      vault.read = async (id) => ({
        ...{ schemaVersion: 1 as const, id, sequence: 1, createdAt: '' },
        trees: (folders ?? []).map((folder) => ({ folder, files: 1, bytes: 1 })),
      });
      const parts = { site, vault, database: fakeDatabase(), temporaryFolder: '/tmp' };
      const { checks } = await checksOf(createCheckSpace({ ...parts, freeBytes: async () => 1e12 }));
      return /about (.*) needed/.exec(checks[0]?.message ?? '')?.[1];
    };
    // Four databases of 1,000 bytes each; one of the two log folders of the node is there.
    expect(await needed()).toBe('7.0 kB');
    const all = ['share', 'extra/qvd', 'extra/gone', 'logs/central/1-LOGS', 'logs/central/2-gone'];
    const named = all.map((folder) => folder.replace('LOGS', path.basename(logs)));
    expect(await needed(named)).toBe('4.8 kB');
    expect(await needed(named.filter((folder) => folder !== 'extra/qvd'))).toBe('5.8 kB');
  });

  it('looks at the temporary folder only for dumps in tar format', async () => {
    const room = { '/vault': 1e9, '/tmp': 999 };
    expect(statuses((await check(room)).checks)).toEqual(['space-vault ok', 'space-temporary failed']);
    expect(statuses((await check({ ...room, '/tmp': 1_000 })).checks)[1]).toBe('space-temporary warning');
    expect(statuses((await check(room, { format: 'custom' })).checks)).toEqual(['space-vault ok']);
  });
});

describe('check.private', () => {
  it.each([
    [undefined, 'ok'],
    [{ othersCanRead: false, othersCanWrite: false, close: 'close' }, 'ok'],
    [{ othersCanRead: true, othersCanWrite: false, close: 'close' }, 'warning'],
    [{ othersCanRead: true, othersCanWrite: true, close: 'close' }, 'failed'],
  ] as const)('judges rights of others %j as %s', async (rights, status) => {
    const { checks } = await checksOf(
      createCheckPrivate({ stateFolder: '/state', rights: async () => rights }),
    );
    expect(checks[0]?.status).toBe(status);
  });

  it('names who may write where the platform tells, and how to close the folder', async () => {
    const rights = {
      othersCanRead: true,
      othersCanWrite: true,
      readers: ['Everyone'],
      writers: ['BUILTIN\\Users'],
      close: 'icacls "C:\\state"',
    };
    const { checks } = await checksOf(
      createCheckPrivate({ stateFolder: 'C:\\state', rights: async () => rights }),
    );
    expect(checks[0]).toMatchObject({
      message: 'Others can write to C:\\state: BUILTIN\\Users.',
      hint: 'Close it to them: icacls "C:\\state"',
    });
  });

  it('warns where rights cannot be read, so that a site is not left without its backup for it', async () => {
    const rights = (): Promise<never> => Promise.reject(new ExpectedError('not on this platform'));
    const { checks } = await checksOf(createCheckPrivate({ stateFolder: '/state', rights }));
    expect(checks[0]).toMatchObject({ status: 'warning' });
    expect(checks[0]?.message).toContain('not on this platform');
  });
});
