import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCheckRestore } from '../../../src/actions/check-restore.ts';
import { createHumanChecklist } from '../../../src/actions/human-checklist.ts';
import { createRestoreCheck } from '../../../src/actions/restore-check.ts';
import { ExpectedError, PreflightError } from '../../../src/contract/errors.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import type { CertificateInfo } from '../../../src/contract/node.ts';
import type { Manifest } from '../../../src/vault/vault.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { manifest, restore, SET, type Changes } from './check-restore-lab.ts';
import { databaseFacts, fakeDatabase, fakeScratch, parts, serverFacts } from './fakes.ts';
import { checksOf, failed, fakeNode, QLIK, runAction } from './harness.ts';

describe('check.restore', () => {
  it('gives the set and its versions, and lines that name set, age, host and proof for the approval', async () => {
    const { checks, outputs, plan } = await restore();
    expect(failed(checks)).toEqual([]);
    expect(outputs).toMatchObject({
      set: 'SET',
      major: 14,
      dumpMajor: 14,
      oldHost: 'qs1.example',
      certificateHost: 'qs1.example',
      bare: false,
    });
    const lines = plan.approval?.join('\n') ?? '';
    for (const word of ['SET', '5.0 MB', 'proven restorable', 'qs1.example', 'May 2025'])
      expect(lines).toContain(word);
  });

  it('tells in whose name the certificates are made, which a site keeps that was restored to another host before', async () => {
    const authority = {
      ...{ role: 'ca', file: 'certificates/ca.pfx', store: 'LocalMachine/Root', thumbprint: 'AA' },
      ...{ subject: 'CN=qs0.example-CA', issuer: 'CN=qs0.example-CA' },
      ...{ notBefore: '2020-01-01T00:00:00Z', notAfter: '2030-01-01T00:00:00Z' },
    };
    const { outputs } = await restore({ manifest: { ...manifest, certificates: [authority] } });
    expect(outputs).toMatchObject({ oldHost: 'qs1.example', certificateHost: 'qs0.example' });
  });

  it('says what a set has not, beside the proof of what it has', async () => {
    const set = { partProvenAt: '2026-11-22T02:00:00.000Z' };
    const { plan } = await restore({ set, manifest: { ...manifest, lacks: ['certificates', 'share'] } });
    expect(plan.approval?.[0]).toMatch(
      /proven restorable on .* \(it has no certificates and no file share\)$/,
    );
  });

  it('refuses a set that is not there, or was found damaged', async () => {
    expect(failed((await restore({}, { set: 'OTHER' })).checks)[0]?.message).toContain('OTHER');
    const found = failed((await restore({ set: { failedAt: '2026-11-23T03:00:00.000Z' } })).checks);
    expect(found[0]?.message).toContain('was found damaged');
    expect(found[0]?.hint).toMatch(/backups show SET` names what was wrong.*backups drill SET` clears it/);
  });

  it('refuses a set whose certificates the last drill could not open, and says that it found nothing else', async () => {
    const set = { failedAt: '2026-11-23T03:00:00.000Z', failedFor: 'certificate-password' } as const;
    const [found] = failed((await restore({ set })).checks);
    expect(found?.message).toMatch(/could not open its certificates: wrong password\. It found nothing else/);
    expect(found?.message).not.toContain('did not restore');
    expect(found?.hint).toContain('backups drill SET');
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

  it.each([
    ['May 2025 Patch 3', ['Qlik Sense May 2025 Patch 3 would be installed here, a newer one']],
    ['May 2024', ['Qlik Sense May 2024 would be installed here, an older one']],
    ['May 2025', []],
    ['', []],
  ])('lets setup install the release of the set alone on a bare machine: %s', async (installs, refused) => {
    const { checks } = await restore({}, { bare: true, installs });
    const found = failed(checks).filter(({ id }) => id === 'restore-release');
    expect(found.map(({ message }) => message)).toEqual(
      refused.map((part): unknown => expect.stringContaining(part)),
    );
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

describe('a restore of one database', () => {
  const failedIds = async (...given: Parameters<typeof restore>): Promise<string[]> =>
    failed((await restore(...given)).checks).map(({ id }) => id);

  it('is a part, and is refused together with the rest of the set', async () => {
    expect(await failedIds({}, { database: 'QSR' })).toEqual(['restore-partial']);
    const { checks } = await restore({}, { database: 'qsr', only: 'databases' });
    expect(checks.find(({ id }) => id === 'restore-partial')?.message).toContain('Only the database qsr');
    expect(failed(checks)).toEqual([]);
  });

  it('wants room for that one alone, and must be in the set', async () => {
    const database = { facts: serverFacts({ dataFolder: temporaryFolder() }) };
    const tight = { database, free: 2500 };
    expect(await failedIds(tight, { database: 'QSR', only: 'databases' })).toEqual([]);
    expect(await failedIds(tight, { only: 'databases' })).toEqual(['restore-space-database']);
    const unknown = await restore({}, { database: 'other', only: 'databases' });
    expect(unknown.checks.map(({ message }) => message).join()).toContain('has no database other');
  });
});

describe('restore.check', () => {
  const check = async (
    found: ReturnType<typeof databaseFacts>[],
    list: readonly CertificateInfo[],
    more: readonly JsonObject[] = [],
  ) => {
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
    await fs.writeFile(
      path.join(folder, 'SET', 'certificates', 'index.json'),
      JSON.stringify([entry, ...more]),
    );
    const c = parts();
    const vault = { ...c.vault, root: folder, read: async () => manifest as unknown as Manifest };
    const node = fakeNode();
    node.list = [...list];
    return runAction(
      createRestoreCheck({
        ...c,
        vault,
        scratch: fakeScratch(),
        database: {
          ...fakeDatabase(),
          connect: async () => ({
            query: async () =>
              found.map(({ name, allowConnections }) => ({ name, allowConnections })) as never,
            close: async () => undefined,
          }),
        },
      }),
      { set: 'SET' },
      { node },
    ).then(
      ({ warnings }) => ['whole', ...warnings].join('; '),
      (error: unknown) => [String(error), error instanceof ExpectedError ? error.hint : ''].join(' '),
    );
  };
  const client = (changes: Partial<CertificateInfo> = {}): CertificateInfo => ({
    ...{ store: 'CurrentUser/My', thumbprint: 'aa', subject: 'CN=QlikClient', issuer: 'CN=qs1-CA' },
    ...{ notBefore: '', notAfter: '', hasPrivateKey: true, ...changes },
  });
  const present = [client()];
  const databases = [databaseFacts('QSR'), databaseFacts('licenses')];

  it('passes a site whose databases and certificates are those of the set', async () => {
    expect(await check([databaseFacts('QSR'), databaseFacts('licenses')], present)).toBe('whole');
  });

  it('names a database that is missing or closed, and a certificate that is not in its store', async () => {
    const found = await check([databaseFacts('QSR', { allowConnections: false })], []);
    expect(found).toContain('QSR allows no connections');
    expect(found).toContain('the database Licenses is missing');
    expect(found).toContain('(QlikClient) QlikClient is not in CurrentUser/My');
  });

  it('wants the private key too, and each certificate once: the Repository Service would act on it', async () => {
    expect(await check(databases, [client({ hasPrivateKey: false })])).toContain(
      'is in CurrentUser/My without its private key',
    );
    expect(await check(databases, [client(), client({ thumbprint: 'BB' })])).toContain(
      'there is another client certificate (QlikClient) in CurrentUser/My (BB)',
    );
  });

  it('only warns of what restore.certificates has left out: the own of the customer that could not be opened', async () => {
    const wanted: JsonObject = {
      ...{ role: 'included', file: 'certificates/own.pfx', store: 'LocalMachine/My' },
      ...{ subject: 'CN=qlik.acme.example', issuer: 'CN=Acme', thumbprint: 'CC' },
      ...{ notBefore: '', notAfter: '' },
    };
    const left = await check(databases, present, [{ ...wanted, use: 'proxy' }]);
    expect(left).toMatch(/^whole; .*qlik\.acme\.example is not in LocalMachine\/My/);
    expect(await check(databases, present, [wanted])).toMatch(/^VerificationError.*acme\.example is not in/);
  });

  it('promises no rollback: past the point of no return there is none', async () => {
    const found = await check([], present);
    expect(found).not.toContain('sense-runbook rollback');
    expect(found).toContain('sense-runbook runs show RUN');
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
