import { describe, expect, it } from 'vitest';
import { createCheckWindows } from '../../../src/actions/check-windows.ts';
import { CommandError, InterruptedError } from '../../../src/contract/errors.ts';
import type { JsonObject, JsonValue } from '../../../src/contract/json.ts';
import type { Site } from '../../../src/site/schema.ts';
import { fakeSite } from './fakes.ts';
import { checksOf, contextFor, fakeNode, statuses, type FakeNode } from './harness.ts';

const QLIK = { account: 'ACME\\svc-qlik', sid: 'S-1-5-21-1-2-3-1001' };
const ANNA = { account: 'ACME\\anna', sid: 'S-1-5-21-1-2-3-1002' };

const service = (name: string, changes: JsonObject = {}): JsonObject => ({
  name,
  path: `"D:\\Sense\\${name}\\x.exe"`,
  administrator: true,
  ...QLIK,
  ...changes,
});

const postgres = (name: string): JsonObject =>
  service(name, {
    path: `"C:\\Program Files\\PostgreSQL\\14\\bin\\pg_ctl.exe" runservice -N "${name}" -D "E:\\pg\\14"`,
    account: 'NT AUTHORITY\\NETWORK SERVICE',
    sid: 'S-1-5-20',
    administrator: false,
  });

/** What a server in order tells. */
const SERVER: JsonObject = {
  installed: [{ name: 'Qlik Sense May 2025 Patch 3', version: null, location: null }],
  services: [service('QlikSenseRepositoryService'), postgres('postgresql-x64-14')],
  runner: { ...QLIK, elevated: true },
  netRelease: 533_320,
  reboot: [],
  volumes: [
    { name: 'C:\\', free: 60e9, size: 100e9 },
    { name: 'D:\\', free: 6e9, size: 50e9 },
    { name: 'E:\\', free: 20e9, size: 50e9 },
    { name: 'F:\\', free: 1, size: 50e9 },
  ],
  odbc: [],
};

const SITE = fakeSite({
  qlik: {
    release: 'May 2025',
    installFolder: 'D:\\Sense',
    programDataFolder: 'C:\\ProgramData\\Qlik\\Sense',
  },
});

interface Given {
  readonly told?: JsonObject;
  readonly answer?: () => Promise<JsonValue>;
  readonly node?: Partial<FakeNode>;
  readonly site?: Partial<Site>;
}

async function check({ told = {}, answer, node = {}, site = {} }: Given = {}) {
  const discover = answer ?? (() => Promise.resolve({ ...SERVER, ...told }));
  const asked: FakeNode = { ...fakeNode(), transport: 'local', discover, ...node };
  return checksOf(createCheckWindows({ site: { ...SITE, ...site } }), { node: asked });
}

/** The one result with this id. */
async function one(id: string, given: Given) {
  const found = (await check(given)).checks.filter((result) => result.id === id);
  expect(found).toHaveLength(1);
  return found[0];
}

describe('check.windows', () => {
  it('is content with a server in order', async () => {
    const { checks, left } = await check();
    expect(statuses(checks)).toEqual([
      'windows-account ok',
      'windows-runner ok',
      'windows-restart ok',
      'windows-release ok',
      'windows-net ok',
      'windows-space ok',
      'windows-space ok',
      'windows-space ok',
      'windows-database ok',
    ]);
    expect(checks.every(({ node }) => node === 'central')).toBe(true);
    expect(left).toEqual([]);
  });

  it('asks nothing while planning', async () => {
    const node: FakeNode = {
      ...fakeNode(),
      discover: () => Promise.reject(new Error('asked while planning')),
    };
    const { operations } = await createCheckWindows({ site: SITE }).describe({}, contextFor(node));
    expect(operations).toHaveLength(1);
  });

  it.each([
    ['simulated', 'qs1.example is not Windows.'],
    ['local', 'qs1.example is not Windows.'],
    ['sc', 'qs1.example was not asked what Windows knows: it is reached by sc.exe alone.'],
  ] as const)('asks nothing of a node %s without PowerShell', async (transport, message) => {
    const node: FakeNode = { ...fakeNode(), transport };
    const action = createCheckWindows({ site: SITE });
    const { checks } = await checksOf(action, { node });
    const plan = await action.describe({}, contextFor(node));
    expect(checks).toEqual([{ id: 'windows', status: 'ok', message, node: 'central' }]);
    expect(plan.operations).toEqual([]);
  });

  it('warns when PowerShell does not answer, and when its answer is none', async () => {
    const refuse = () =>
      Promise.reject(new CommandError('scripts are forbidden', { argv: [] }, { hint: 'Allow.' }));
    expect((await check({ answer: refuse })).checks).toMatchObject([
      {
        id: 'windows',
        status: 'warning',
        message: 'qs1.example does not say what Windows knows: scripts are forbidden',
        hint: 'Allow.',
      },
    ]);
    expect(statuses((await check({ told: { volumes: 'all' } })).checks)).toEqual(['windows warning']);
  });

  it('lets an interruption and a bug of ours through', async () => {
    const bug = () => Promise.reject(new TypeError('undefined is not a function'));
    await expect(check({ answer: bug })).rejects.toThrow(TypeError);
    const controller = new AbortController();
    const interrupted = () => {
      controller.abort(new InterruptedError('Ctrl+C'));
      return Promise.reject(new CommandError('ended', { argv: [] }));
    };
    const node: FakeNode = { ...fakeNode(), discover: interrupted };
    await expect(
      checksOf(createCheckWindows({ site: SITE }), { node, signal: controller.signal }),
    ).rejects.toThrow('Ctrl+C');
  });
});

describe('the account of the services', () => {
  it('is to be a local administrator, or set up otherwise', async () => {
    const told = { services: [service('QlikSenseRepositoryService', { administrator: false })] };
    const found = await one('windows-account', { told: { ...told, runner: { ...ANNA, elevated: true } } });
    expect(found).toMatchObject({
      status: 'warning',
      message: 'The services run as ACME\\svc-qlik, which is no direct member of the local administrators.',
    });
    expect(found?.hint).toContain('manual 2.11');
  });

  it('is one when it runs this with all rights, though it is a member by way of a group', async () => {
    const told = { services: [service('QlikSenseRepositoryService', { administrator: false })] };
    expect(await one('windows-account', { told })).toMatchObject({ status: 'ok' });
  });

  it('is no finding when it could not be found out', async () => {
    const services = [service('QlikSenseRepositoryService', { administrator: null })];
    const told = { services, runner: { ...QLIK, elevated: false } };
    expect(await one('windows-account', { told })).toMatchObject({
      status: 'ok',
      message: 'The services run as ACME\\svc-qlik; whether it is a local administrator was not found out.',
    });
  });

  it('is to be the same for all of them', async () => {
    const services = [service('QlikSenseRepositoryService'), service('QlikSenseProxyService', ANNA)];
    const { checks } = await check({ told: { services } });
    expect(checks[0]).toMatchObject({
      id: 'windows-account',
      status: 'warning',
      message: 'The services run as different accounts: ACME\\svc-qlik, ACME\\anna.',
    });
  });

  it('is missed where there are no services', async () => {
    expect(await one('windows-account', { told: { services: [] } })).toMatchObject({ status: 'warning' });
  });
});

describe('who runs this', () => {
  const told = { runner: { ...ANNA, elevated: true } };

  it('is to be the account of the services, whose store has the client certificate', async () => {
    expect(await one('windows-runner', { told })).toEqual({
      id: 'windows-runner',
      node: 'central',
      status: 'warning',
      message:
        'This runs as ACME\\anna, and the services as ACME\\svc-qlik: the client certificate lies in the store of that account.',
      hint: 'Run it as ACME\\svc-qlik. Every night: sense-runbook schedule install --at 02:00 --account ACME\\svc-qlik',
    });
  });

  it('is told to give --gmsa for a group managed service account', async () => {
    const services = [service('QlikSenseRepositoryService', { account: 'ACME\\svc-qlik$' })];
    const found = await one('windows-runner', { told: { ...told, services } });
    expect(found?.hint).toMatch(/--account ACME\\svc-qlik\$ --gmsa$/);
  });

  it.each([
    ['winrm', /Run it as ACME.svc-qlik: it is the same account/],
    ['ssh', /ssh\.user/],
  ] as const)('is another matter over %s', async (transport, hint) => {
    expect((await one('windows-runner', { told, node: { transport } }))?.hint).toMatch(hint);
  });

  it('cannot be SYSTEM', async () => {
    const services = [
      service('QlikSenseRepositoryService', { account: 'NT AUTHORITY\\SYSTEM', sid: 'S-1-5-18' }),
    ];
    expect((await one('windows-runner', { told: { services } }))?.hint).toContain('cannot run as SYSTEM');
  });

  it('is compared by name where Windows does not know the account', async () => {
    const services = [service('QlikSenseRepositoryService', { account: 'acme\\SVC-QLIK', sid: null })];
    expect(await one('windows-runner', { told: { services } })).toMatchObject({ status: 'ok' });
  });

  it('does not matter on a rim node', async () => {
    const { checks } = await check({ told, node: { role: 'rim' } });
    expect(statuses(checks)).not.toContain('windows-runner warning');
  });
});

describe('what Qlik Sense asks of a server', () => {
  const told = {
    windows: 'Microsoft Windows Server 2019 Standard',
    visualCpp: 'v14.29.30133.00',
    powerShell: '5.1.17763.1',
    executionPolicy: 'RemoteSigned',
    avx: true,
    proxySettings: false,
  };
  const requirements = async (changes: JsonObject, release = 'May 2025') => {
    const installed = [{ name: `Qlik Sense ${release}`, version: null, location: null }];
    const { checks } = await check({ told: { installed, upgrade: { ...told, ...changes } } });
    return checks
      .filter(({ id }) => id === 'windows-requirements')
      .map(({ status, message }) => `${status}: ${message}`);
  };

  it('is told in one line', async () => {
    expect(await requirements({})).toEqual([
      'ok: Microsoft Windows Server 2019 Standard; Visual C++ runtime 14.29.30133.00; PowerShell 5.1.17763.1; execution policy RemoteSigned; AVX.',
    ]);
  });

  it('is no finding where nothing could be read', async () => {
    const unread = Object.fromEntries(Object.keys(told).map((name) => [name, null]));
    expect(await requirements(unread)).toEqual([]);
  });

  it.each([
    [{ visualCpp: '' }, 'November 2020', []],
    [{ visualCpp: '' }, 'February 2021', ['warning: The Visual C++ 2019 runtime (x64) is not installed.']],
    [{ avx: false }, 'November 2024', []],
    [{ avx: false }, 'May 2025', ['warning: The processor has no AVX, or the virtual machine hides it.']],
    [{ powerShell: '3.0' }, 'May 2025', ['warning: PowerShell is 3.0.']],
  ])('warns of %j with %s: %j', async (changes, release, warnings) => {
    const [first, ...others] = await requirements(changes, release);
    expect(first).toMatch(/^ok: /);
    expect(others).toEqual(warnings);
  });

  it('says of a policy that wants signed scripts that setup has none', async () => {
    expect((await requirements({ executionPolicy: 'AllSigned' }))[0]).toContain(
      'AllSigned, to be lifted while setup runs (manual 1.3, p. 20)',
    );
  });
});

describe('what else Windows knows', () => {
  it('warns of a pending restart, with why', async () => {
    const found = await one('windows-restart', {
      told: { reboot: ['Windows Update', 'files to be renamed'] },
    });
    expect(found).toMatchObject({
      status: 'warning',
      message: 'A restart of Windows is pending (Windows Update, files to be renamed).',
    });
  });

  it.each([
    [528_040, 'May 2025', 'ok'],
    [461_814, 'May 2025', 'warning'],
    [461_814, 'February 2021', 'warning'],
    [461_814, 'November 2020', 'ok'],
    [null, 'May 2025', 'warning'],
    [null, undefined, 'warning'],
  ])('judges .NET release %s for %s as %s', async (netRelease, release, status) => {
    const { installFolder, programDataFolder } = SITE.qlik;
    const qlik = { installFolder, programDataFolder, ...(release === undefined ? {} : { release }) };
    const given = { told: { netRelease, installed: [] }, site: { qlik } };
    expect(await one('windows-net', given)).toMatchObject({ status });
  });

  it('warns when another release is installed than the site file says', async () => {
    const qlik = { ...SITE.qlik, release: 'February 2024' };
    expect(await one('windows-release', { site: { qlik } })).toMatchObject({
      status: 'warning',
      message: 'Qlik Sense May 2025 Patch 3 is installed, and the site file says February 2024.',
    });
  });

  it('warns of a full volume that holds Qlik Sense or PostgreSQL, and of no other', async () => {
    const volumes = [
      { name: 'C:\\', free: 60e9, size: 100e9 },
      { name: 'D:\\', free: 4.9e9, size: 50e9 },
      { name: 'E:\\', free: 1e9, size: 50e9 },
      { name: 'F:\\', free: 1, size: 50e9 },
    ];
    const { checks } = await check({ told: { volumes } });
    expect(
      checks.filter(({ id }) => id === 'windows-space').map((found) => [found.status, found.message]),
    ).toEqual([
      ['ok', '60.0 GB of 100.0 GB free on C:\\ (its data).'],
      ['warning', '4.9 GB of 50.0 GB free on D:\\ (Qlik Sense).'],
      ['warning', '1.0 GB of 50.0 GB free on E:\\ (PostgreSQL).'],
    ]);
  });

  it.each([
    ['QlikSenseRepositoryDatabase', /bundled with Qlik Sense/],
    ['postgresql-x64-14', /Qlik's PostgreSQL installer or PostgreSQL's own/],
    ['postgresql-qlik', /installed by itself/],
  ])('tells what kind of PostgreSQL %s is, and where its programs are', async (name, kind) => {
    const services = [service('QlikSenseRepositoryService'), postgres(name)];
    const found = await one('windows-database', { told: { services } });
    expect(found?.status).toBe('ok');
    expect(found?.message).toMatch(kind);
    expect(found?.message).toContain('its programs are in C:\\Program Files\\PostgreSQL\\14\\bin');
  });

  it('misses a PostgreSQL where the site file has the database, and else names the server it is on', async () => {
    const told = { services: [service('QlikSenseRepositoryService')] };
    const database = { ...SITE.database, node: 'central' };
    expect(await one('windows-database', { told, site: { database } })).toMatchObject({ status: 'warning' });
    expect(await one('windows-database', { told })).toMatchObject({
      status: 'ok',
      message: 'The database is a server of its own: db.example:4432.',
    });
    const rim = await check({ told, node: { role: 'rim' } });
    expect(rim.checks.map(({ id }) => id)).not.toContain('windows-database');
  });
});
