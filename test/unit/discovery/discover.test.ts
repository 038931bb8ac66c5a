import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PreflightError, UsageError } from '../../../src/contract/errors.ts';
import type { JsonObject } from '../../../src/contract/json.ts';
import { PowerShellError, type PowerShell } from '../../../src/platform/windows/powershell.ts';
import { hasVisualCpp2019, readDiscovery } from '../../../src/discovery/windows.ts';
import { discoverSite } from '../../../src/discovery/discover.ts';
import { portIsOpen } from '../../../src/discovery/port.ts';
import { proposeSite as propose, type ProposalCollaborators } from '../../../src/discovery/propose.ts';
import { createFakeExec } from '../../helpers/fake-exec.ts';
import { noPowerShell } from '../../helpers/no-powershell.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

/** A machine with nothing but what a test puts there. A platform without usual folders keeps this machine's out. */
function machine(given: Partial<ProposalCollaborators> = {}): ProposalCollaborators {
  return {
    exec: createFakeExec([]).exec,
    powershell: noPowerShell,
    platform: 'freebsd',
    hostName: 'qlik01',
    env: {},
    isListening: () => Promise.resolve(false),
    isFolder: () => Promise.resolve(false),
    connect: () => Promise.reject(new PreflightError('it asks for a password')),
    readSecret: () => Promise.reject(new Error('not expected')),
    ...given,
  };
}

/** A proposal where nobody said anything of a database. */
const proposeSite = (name: string | undefined, around: ProposalCollaborators) =>
  propose({ name, database: {} }, around);

const NOTHING: JsonObject = {
  installed: [],
  services: [],
  runner: { account: 'ACME\\qlik', sid: 'S-1-5-21-1-2-3-1001', elevated: false },
  netRelease: null,
  reboot: [],
  volumes: [],
  odbc: [],
};

const SERVER: JsonObject = {
  installed: [
    { name: 'Qlik Sense May 2025', version: '14.231.3', location: null },
    { name: 'Qlik Sense May 2025 Patch 3', version: '14.231.9', location: null },
  ],
  services: [
    {
      name: 'QlikSenseRepositoryService',
      path: '"E:\\Qlik\\Sense\\Repository\\Repository.exe"',
      account: 'ACME\\qlik',
      sid: 'S-1-5-21-1-2-3-1001',
      administrator: false,
    },
    {
      name: 'postgresql-x64-14',
      path: '"C:\\Program Files\\PostgreSQL\\14\\bin\\pg_ctl.exe" runservice -N "postgresql-x64-14"',
      account: 'NT AUTHORITY\\NetworkService',
      sid: 'S-1-5-20',
      administrator: false,
    },
  ],
  netRelease: 528_449,
  reboot: ['Windows Update'],
  volumes: [{ name: 'C:\\', free: 20e9, size: 100e9 }],
  odbc: [{ name: 'Sales', driver: 'SQL Server', bits: '64' }],
};

/** Windows PowerShell that answers the script of the discovery. */
function answering(changes: JsonObject): PowerShell {
  return {
    run: (script) =>
      script === 'discover'
        ? Promise.resolve({ ...NOTHING, ...changes })
        : noPowerShell.run(script, {}, { timeoutMs: 1 }),
  };
}

describe('looking at a machine', () => {
  it('finds nothing where there is nothing', async () => {
    expect(await discoverSite(machine())).toEqual({ hostName: 'qlik01', clientPrograms: [] });
  });

  it('finds client programs on PATH with their version', async () => {
    const bin = temporaryFolder();
    for (const name of ['pg_dump', 'pg_dumpall', 'pg_restore', 'psql']) {
      writeFileSync(join(bin, name), '');
      chmodSync(join(bin, name), 0o755);
    }
    const { exec } = createFakeExec([
      { command: `${join(bin, 'pg_dump')} --version`, stdout: 'pg_dump (PostgreSQL) 14.17\n' },
    ]);
    const findings = await discoverSite(machine({ exec, env: { PATH: bin } }));
    expect(findings.clientPrograms).toEqual([{ folder: bin, version: '14.17' }]);
  });

  it('asks for the port of the repository database', async () => {
    const asked: number[] = [];
    const findings = await discoverSite(
      machine({
        isListening: (port) => {
          asked.push(port);
          return Promise.resolve(true);
        },
      }),
    );
    expect(asked).toEqual([4432]);
    expect(findings.databasePort).toBe(4432);
  });

  it('looks for the folders of Qlik Sense on Windows only', async () => {
    const isFolder = () => Promise.resolve(true);
    expect(await discoverSite(machine({ isFolder }))).not.toHaveProperty('installFolder');
    const env = { ProgramData: 'D:\\ProgramData' };
    const powershell = answering({});
    expect(await discoverSite(machine({ platform: 'win32', isFolder, env, powershell }))).toMatchObject({
      installFolder: 'C:\\Program Files\\Qlik\\Sense',
      programDataFolder: 'D:\\ProgramData\\Qlik\\Sense',
    });
  });

  it('asks Windows what is installed, and says when it may not', async () => {
    const found = await discoverSite(machine({ platform: 'win32', powershell: answering(SERVER) }));
    expect(found).toMatchObject({ release: 'May 2025 Patch 3', installFolder: 'E:\\Qlik\\Sense' });
    const refused = { run: () => Promise.reject(new PowerShellError('forbidden', 'ExecutionPolicy')) };
    const proposal = await proposeSite('prod', machine({ platform: 'win32', powershell: refused }));
    expect(proposal.found).toContain('not what PowerShell would tell: forbidden');
    expect(proposal.text).toMatch(/^#\s+release: May 2025$/m);
  });

  it('tells a port that is served from one that is not', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(await portIsOpen(port)).toBe(true);
    await new Promise((resolve) => server.close(resolve));
    expect(await portIsOpen(port)).toBe(false);
  });
});

describe('what Windows tells', () => {
  const read = (changes: JsonObject) => readDiscovery({ ...NOTHING, ...changes });
  const installed = (...names: string[]) => ({
    installed: names.map((name) => ({ name, version: null, location: null })),
  });

  it('becomes findings', () => {
    expect(read(SERVER)).toMatchObject({
      release: 'May 2025 Patch 3',
      databases: [
        {
          service: 'postgresql-x64-14',
          kind: 'own',
          version: '14',
          bin: 'C:\\Program Files\\PostgreSQL\\14\\bin',
        },
      ],
      accounts: [{ account: 'ACME\\qlik', administrator: false }],
    });
  });

  it.each([
    ['v14.29.30133.00', '14.29.30133.00', true],
    ['v14.16.27033.00', '14.16.27033.00', false],
    ['v14.0.24215.01', '14.0.24215.01', false],
    ['', null, false],
    [null, undefined, undefined],
  ])('has Visual C++ %j: 2019 or later is there: %s %s', (told, version, there) => {
    const asked = { windows: null, powerShell: null, executionPolicy: null, avx: null, proxySettings: null };
    const { upgrade } = read({ upgrade: { ...asked, visualCpp: told } });
    expect(upgrade).toEqual(version === undefined ? {} : { visualCpp: version });
    expect(hasVisualCpp2019(upgrade)).toBe(there);
  });

  it('has a Qlik Logging Service or none only where services of Qlik Sense are', () => {
    const named = (...names: string[]) => ({
      services: names.map((name) => ({ name, path: null, account: null, sid: null, administrator: null })),
    });
    expect(read(named('postgresql-x64-14')).upgrade).toEqual({});
    expect(read(named('QlikSenseRepositoryService')).upgrade).toEqual({ loggingService: false });
    expect(read(named('QlikSenseRepositoryService', 'QlikLoggingService')).upgrade).toEqual({
      loggingService: true,
    });
  });

  it('is told by init in words', async () => {
    const { found, text } = await proposeSite(
      'prod',
      machine({ platform: 'win32', powershell: answering(SERVER) }),
    );
    expect(found.join('\n')).toMatch(
      /Qlik Sense May 2025 Patch 3[^]*postgresql-x64-14, installed by itself[^]*ACME.qlik, no direct member[^]*4\.8\n[^]*pending: Windows Update[^]*Sales \(64 bit/,
    );
    expect(text).toContain('release: May 2025 Patch 3');
  });

  it.each([
    [
      ['Qlik Sense May 2025', 'Qlik Sense May 2025 Patch 12', 'Qlik Sense May 2025 Patch 9'],
      'May 2025 Patch 12',
    ],
    [['Qlik Sense May 2025', 'Qlik Sense Client Tools'], 'May 2025'],
    [['Qlik Sense May 2025', 'Qlik Sense November 2024'], undefined],
    [['QlikView May 2024'], undefined],
    [[], undefined],
  ])('names the release of %j only when it is certain', (names, release) => {
    expect(read(installed(...names)).release).toBe(release);
  });

  it('knows the bundled database, also without quotes, and what could not be found out', () => {
    const path =
      'C:\\Program Files\\Qlik\\Sense\\Repository\\PostgreSQL\\9.6\\bin\\pg_ctl.exe runservice -D x';
    const service = (name: string, account: string) => ({
      name,
      path,
      account,
      sid: null,
      administrator: null,
    });
    const services = [
      service('QlikSenseRepositoryDatabase', 'LocalSystem'),
      service('QlikSenseProxyService', 'ACME\\qlik'),
      service('QlikSenseEngineService', 'acme\\QLIK'),
    ];
    const { databases, accounts } = read({ services });
    expect(databases).toMatchObject([{ kind: 'bundled', version: '9.6' }]);
    expect(accounts).toEqual([{ account: 'acme\\QLIK' }]);
  });

  it('knows the folder of the data, with and without quotes', () => {
    const dataOf = (path: string) =>
      read({
        services: [{ name: 'postgresql-x64-14', path, account: null, sid: null, administrator: null }],
      }).databases[0]?.data;
    expect(dataOf('"C:\\pg\\bin\\pg_ctl.exe" runservice -N "x" -D "E:\\My data\\14" -w')).toBe(
      'E:\\My data\\14',
    );
    expect(dataOf('C:\\pg\\bin\\pg_ctl.exe runservice -D E:\\data\\')).toBe('E:\\data');
    expect(dataOf('C:\\pg\\bin\\pg_ctl.exe runservice')).toBeUndefined();
  });

  it('takes who runs this for an administrator when its token says so, groups of groups included', () => {
    const runner = { account: 'ACME\\qlik', sid: 'S-1-5-21-1-2-3-1001', elevated: true };
    const accountsOf = (elevated: boolean) => read({ ...SERVER, runner: { ...runner, elevated } }).accounts;
    expect(accountsOf(true)).toMatchObject([{ administrator: true }]);
    expect(accountsOf(false)).toMatchObject([{ administrator: false }]);
  });
});

describe('a proposal for a site file', () => {
  it('says what it rests on and what is to be filled in', async () => {
    const proposal = await proposeSite(undefined, machine({ isListening: () => Promise.resolve(true) }));
    expect(proposal.found).toEqual([
      'this machine is qlik01',
      'something that listens on the database port 4432',
      'not what the repository database would tell: it asks for a password',
    ]);
    expect(proposal.missing).toEqual([
      'nodes: the servers of the site',
      'share: the root of the file share',
      'vault: where backup sets are kept',
    ]);
    expect(proposal.text).toContain('\nname: qlik01\n');
  });

  it('takes the name it is given', async () => {
    expect((await proposeSite('prod', machine())).text).toContain('\nname: prod\n');
  });

  it.each(['Prod', '../x', ''])('refuses the name %j', async (name) => {
    await expect(proposeSite(name, machine())).rejects.toThrow(UsageError);
  });
});
