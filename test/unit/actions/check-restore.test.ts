import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCheckRestore } from '../../../src/actions/check-restore.ts';
import { createHumanChecklist } from '../../../src/actions/human-checklist.ts';
import { createRestoreCheck } from '../../../src/actions/restore-check.ts';
import { createServicesNeverStarted } from '../../../src/actions/services-never-started.ts';
import { PreflightError } from '../../../src/contract/errors.ts';
import type { CertificateInfo } from '../../../src/contract/node.ts';
import type { Manifest, SetSummary } from '../../../src/vault/vault.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { databaseFacts, fakeDatabase, fakeScratch, fakeSite, parts, serverFacts } from './fakes.ts';
import { checksOf, failed, fakeNode, QLIK, runAction } from './harness.ts';

const SET: SetSummary = {
  id: 'SET',
  path: '',
  state: 'complete',
  createdAt: '',
  bytes: 5_000_000,
  provenAt: '2026-11-22T02:00:00.000Z',
};
const manifest = {
  createdAt: '2026-11-23T02:00:00.000Z',
  manifestSha256: 'abc',
  bytes: 5_000_000,
  site: {
    name: 'demo',
    release: 'May 2025',
    nodes: [{ name: 'central', host: 'qs1.example', role: 'central' }],
    share: [{ folder: 'share', original: '/share' }],
  },
  trees: [{ folder: 'share', files: 10, bytes: 4_000_000 }],
  postgres: { server: '14.17', clients: '14.17' },
  databases: ['QSR', 'Licenses'].map((name) => ({
    name,
    database: name,
    file: `databases/${name}_backup.tar`,
    format: 'tar',
    bytes: 1000,
    owner: 'o',
    encoding: 'UTF8',
    collate: 'C',
    ctype: 'C',
  })),
};

interface Changes {
  readonly manifest?: object;
  readonly set?: Partial<SetSummary>;
  readonly free?: number;
  readonly database?: Parameters<typeof fakeDatabase>[0];
  readonly share?: string;
  readonly site?: Parameters<typeof fakeSite>[0];
  readonly node?: Parameters<typeof fakeNode>[0];
}

function restore(changes: Changes = {}, input: object = {}) {
  const c = parts();
  c.vault.sets = [{ ...SET, ...changes.set }];
  const collaborators = {
    ...c,
    site: fakeSite({ share: { root: changes.share ?? '/share', exclude: [] }, ...changes.site }),
    vault: {
      ...c.vault,
      read: async () => ({ ...manifest, ...changes.manifest }) as unknown as Manifest,
    },
    database: fakeDatabase(changes.database),
    scratch: fakeScratch(),
    clock: createManualClock(),
    freeBytes: async () => changes.free ?? 1e12,
  };
  return checksOf(
    createCheckRestore(collaborators),
    { node: fakeNode(changes.node) },
    {
      set: 'latest',
      ...input,
    },
  );
}

describe('check.restore', () => {
  it('gives the set and its versions, and lines that name set, age, host and proof for the approval', async () => {
    const { checks, outputs, plan } = await restore();
    expect(failed(checks)).toEqual([]);
    expect(outputs).toMatchObject({
      set: 'SET',
      major: 14,
      dumpMajor: 14,
      oldHost: 'qs1.example',
      bare: false,
    });
    const lines = plan.approval?.join('\n') ?? '';
    for (const word of ['SET', '5.0 MB', 'proven restorable', 'qs1.example', 'May 2025'])
      expect(lines).toContain(word);
  });

  it('refuses a set that is not there, or was found damaged', async () => {
    expect(failed((await restore({}, { set: 'OTHER' })).checks)[0]?.message).toContain('OTHER');
    const found = failed((await restore({ set: { failedAt: '2026-11-23T03:00:00.000Z' } })).checks);
    expect(found[0]?.message).toContain('was found damaged');
  });

  it('refuses a set of another site, host, release or PostgreSQL, and names each', async () => {
    const { checks } = await restore({
      manifest: {
        site: {
          ...manifest.site,
          name: 'other',
          release: 'May 2024',
          nodes: [{ name: 'c', host: 'x', role: 'central' }],
        },
        postgres: { server: '15.1', clients: '15.1' },
      },
    });
    expect(failed(checks).map(({ id }) => id)).toEqual([
      'restore-site',
      'restore-host',
      'restore-release',
      'restore-postgres',
    ]);
  });

  it('refuses a machine without Qlik Sense before it asks a database that cannot be there', async () => {
    const services = Object.fromEntries(QLIK.map((name) => [name, {}]));
    const node = fakeNode({ services });
    for (const name of QLIK) node.statuses.delete(name);
    const bare = await restore({ database: { facts: new PreflightError('no server') }, node: {} });
    expect(failed(bare.checks)[0]?.message).toBe('no server');
    const c = parts();
    c.vault.sets = [SET];
    const { checks, outputs } = await checksOf(
      createCheckRestore({
        ...c,
        vault: { ...c.vault, read: async () => manifest as unknown as Manifest },
        database: fakeDatabase({ facts: new PreflightError('no server') }),
        scratch: fakeScratch(),
        clock: createManualClock(),
        freeBytes: async () => 1e12,
      }),
      { node },
      { set: 'latest' },
    );
    expect(failed(checks).map(({ id }) => id)).toEqual(['restore-installed']);
    expect(outputs).toMatchObject({ bare: true });
  });

  it('refuses a share that holds the vault, or lies in it, by whatever name', async () => {
    const folder = temporaryFolder();
    await fs.mkdir(path.join(folder, 'share', 'vault'), { recursive: true });
    await fs.symlink(folder, path.join(folder, 'link'), 'junction');
    const refused = async (root: string, ...vault: string[]) => {
      const site = {
        share: { root, exclude: [] },
        vault: { kind: 'folder', folder: path.join(folder, ...vault) },
      };
      return failed((await restore({ site } as Changes)).checks);
    };
    const share = path.join(folder, 'share');
    expect(await refused(share, 'vault')).toEqual([]);
    for (const vault of [['share', 'vault'], ['share', 'new'], ['link', 'share', 'vault'], ['share'], []])
      expect(await refused(share, ...vault), vault.join('/')).toMatchObject([
        {
          id: 'restore-apart',
          message: expect.stringContaining('backup sets lie') as string,
          hint: expect.stringContaining('vault.folder in site.yaml') as string,
        },
      ]);
  });

  it('lets the share lie anywhere when it is not restored', async () => {
    const site = {
      share: { root: '/share', exclude: [] },
      vault: { kind: 'folder', folder: '/share/vault' },
    };
    const changes = { site } as Changes;
    expect(failed((await restore(changes, { only: 'databases' })).checks)).toEqual([]);
    expect(failed((await restore(changes, { only: 'share' })).checks)).toHaveLength(1);
  });

  it('refuses programs that do not fit', async () => {
    const { checks } = await restore({ database: { programs: new PreflightError('no pg_restore') } });
    expect(failed(checks)).toMatchObject([{ id: 'restore-programs', message: 'no pg_restore' }]);
  });

  it('wants room for old and new side by side', async () => {
    const folder = temporaryFolder();
    const facts = serverFacts({ dataFolder: folder });
    const empty = await restore({ free: 100, share: path.join(folder, 'none'), database: { facts } });
    expect(failed(empty.checks).map(({ id }) => id)).toEqual([
      'restore-space-database',
      'restore-space-share',
    ]);
    await fs.writeFile(path.join(folder, 'file'), '');
    const filled = await restore({ free: 10_000, share: folder, database: { facts } });
    expect(failed(filled.checks)).toEqual([]);
    expect(filled.checks.find(({ id }) => id === 'restore-space-share')?.status).toBe('warning');
  });

  it('warns of a part, and of a set that is not of one moment', async () => {
    const { checks } = await restore({ manifest: { mutuallyConsistent: false } }, { only: 'share' });
    const warned = checks.filter(({ status }) => status === 'warning').map(({ id }) => id);
    expect(warned).toEqual(['restore-one-moment', 'restore-partial']);
    expect(checks.some(({ id }) => id === 'restore-postgres')).toBe(false);
  });
});

describe('restore.check', () => {
  const check = async (databases: ReturnType<typeof databaseFacts>[], list: Partial<CertificateInfo>[]) => {
    const folder = temporaryFolder();
    await fs.mkdir(path.join(folder, 'SET', 'certificates'), { recursive: true });
    const entry = {
      role: 'client',
      file: 'certificates/client.pfx',
      store: 'CurrentUser/My',
      subject: 'CN=QlikClient',
      issuer: 'CN=qs1-CA',
      thumbprint: 'AA',
      notBefore: '',
      notAfter: '',
    };
    await fs.writeFile(path.join(folder, 'SET', 'certificates', 'index.json'), JSON.stringify([entry]));
    const c = parts();
    const vault = { ...c.vault, root: folder, read: async () => manifest as unknown as Manifest };
    const node = fakeNode();
    node.list = list as CertificateInfo[];
    return runAction(
      createRestoreCheck({
        ...c,
        vault,
        scratch: fakeScratch(),
        database: {
          ...fakeDatabase(),
          connect: async () => ({
            query: async () =>
              databases.map(({ name, allowConnections }) => ({ name, allowConnections })) as never,
            close: async () => undefined,
          }),
        },
      }),
      { set: 'SET' },
      { node },
    ).then(
      () => 'whole',
      (error: unknown) => String(error),
    );
  };
  const present = [{ store: 'CurrentUser/My', thumbprint: 'aa' } as const];

  it('passes a site whose databases and certificates are those of the set', async () => {
    expect(await check([databaseFacts('QSR'), databaseFacts('licenses')], present)).toBe('whole');
  });

  it('names a database that is missing or closed, and a certificate that is not in its store', async () => {
    const found = await check([databaseFacts('QSR', { allowConnections: false })], []);
    expect(found).toContain('QSR allows no connections');
    expect(found).toContain('the database Licenses is missing');
    expect(found).toContain('CN=QlikClient is not in CurrentUser/My');
  });
});

describe('services.never-started', () => {
  const look = async (services: Readonly<Record<string, object>>, remove: readonly string[] = []) => {
    const folder = temporaryFolder();
    await fs.mkdir(path.join(folder, 'SET', 'certificates'), { recursive: true });
    await fs.writeFile(path.join(folder, 'SET', 'certificates', 'index.json'), '[]');
    const c = parts();
    const node = fakeNode({ services });
    for (const name of remove) node.statuses.delete(name);
    return runAction(
      createServicesNeverStarted({ ...c, vault: { ...c.vault, root: folder }, scratch: fakeScratch() }),
      { set: 'SET' },
      { node },
    ).then(
      () => 'never',
      (error: unknown) => String(error),
    );
  };
  const stopped = (exitCode?: number) =>
    Object.fromEntries(
      QLIK.slice(1).map((name) => [
        name,
        { state: 'stopped', ...(exitCode === undefined ? {} : { exitCode }) },
      ]),
    );

  it('holds when all but the database are stopped and Windows says that they never ran', async () => {
    expect(await look(stopped(1077))).toBe('never');
  });

  it('does not hold when one runs, has run, or none is there', async () => {
    expect(await look({ ...stopped(1077), QlikSenseProxyService: {} })).toContain('is running');
    expect(
      await look({ ...stopped(1077), QlikSenseProxyService: { state: 'stopped', exitCode: 0 } }),
    ).toContain('QlikSenseProxyService has run already');
    expect(await look({}, QLIK.slice(1))).toContain('it is not installed');
  });
});

describe('human.checklist', () => {
  const run = (canAsk: boolean, answers: boolean[]) =>
    runAction(
      createHumanChecklist({
        person: { canAsk, confirm: async () => answers.shift() ?? false },
      }),
      { items: ['Open the hub.', 'Reload the monitoring apps.'] },
    );

  it('keeps what is open as a warning, and holds up nothing', async () => {
    const { outputs, warnings } = await run(true, [true, false]);
    expect(outputs).toEqual({ done: ['Open the hub.'], open: ['Reload the monitoring apps.'] });
    expect(warnings).toEqual(['Not done yet: Reload the monitoring apps.']);
  });

  it('takes everything for open where nobody can be asked', async () => {
    expect((await run(false, [])).outputs).toMatchObject({ done: [] });
  });
});
