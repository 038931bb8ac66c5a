import { describe, expect, it } from 'vitest';
import type { WindowsFindings } from '../../../src/discovery/windows.ts';
import type { SiteNode } from '../../../src/site/schema.ts';
import { knownOfSite, type SiteSight } from '../../../src/upgrade/known-of-site.ts';

const NODE: SiteNode = {
  name: 'qs1',
  host: 'qs1',
  role: 'central',
  failoverCandidate: false,
  transport: 'local',
};
const RIM: SiteNode = { ...NODE, name: 'qs2', host: 'qs2', role: 'rim' };

function site(changes: Partial<SiteSight['site']> = {}): SiteSight['site'] {
  return {
    qlik: { installFolder: 'D:\\Qlik\\Sense', programDataFolder: 'C:\\ProgramData\\Qlik\\Sense' },
    nodes: [NODE, RIM],
    database: {
      host: 'localhost',
      port: 4432,
      user: 'postgres',
      names: ['QSR'],
      clients: 'same',
      node: 'qs1',
    },
    ...changes,
  };
}

const WINDOWS: WindowsFindings = {
  release: 'August 2022 Patch 5',
  databases: [{ service: 'QlikSenseRepositoryDatabase', kind: 'bundled', version: '9.6' }],
  accounts: [{ account: 'ACME\\qlik', sid: 'S-1-5-21-1-2-3-1001' }],
  runner: { account: 'ACME\\admin', sid: 'S-1-5-21-1-2-3-500' },
  netRelease: 528_040,
  reboot: [],
  volumes: [
    { name: 'C:\\', free: 1, size: 2 },
    { name: 'D:\\', free: 9_000_000_000, size: 20_000_000_000 },
  ],
  odbc: [],
  upgrade: {},
};

describe('knownOfSite', () => {
  it('tells what the site file has, and leaves out what nobody said', () => {
    expect(knownOfSite({ site: site() })).toEqual({ nodes: 2 });
  });

  it('takes Windows and the server over the site file', () => {
    const qlik = { ...site().qlik, release: 'February 2022' };
    const known = knownOfSite({
      site: site({ qlik }),
      windows: WINDOWS,
      server: { version: '9.6.24', databases: ['QSR', 'SenseServices'] },
    });
    expect(known).toEqual({
      release: 'August 2022 Patch 5',
      patch: 5,
      nodes: 2,
      serviceAccount: 'user',
      dotNet: '4.8',
      pendingReboot: false,
      freeBytes: 9_000_000_000,
      postgres: { version: '9.6.24', kind: 'bundled' },
      databases: ['QSR', 'SenseServices'],
    });
  });

  it('takes from Windows and the server what rules ask for', () => {
    const upgrade = {
      windows: 'Microsoft Windows Server 2019 Standard',
      visualCpp: '14.16.27033.00',
      powerShell: '5.1.17763.1',
      executionPolicy: 'AllSigned',
      avx: false,
      proxySettings: true,
      loggingService: false,
    };
    const known = knownOfSite({
      site: site({ database: { ...site().database, ssl: false } }),
      windows: { ...WINDOWS, upgrade },
      server: { version: '14.17', databases: [], ssl: true, passwordEncryption: 'scram-sha-256' },
    });
    expect(known).toMatchObject({
      windows: 'Microsoft Windows Server 2019 Standard',
      visualCpp: false,
      powerShell: '5.1.17763.1',
      executionPolicy: 'AllSigned',
      avx: false,
      proxySettings: true,
      centralizedLogging: false,
      ssl: true,
      passwordEncryption: 'scram-sha-256',
    });
  });

  it('does not take a Qlik Logging Service for logs that go to a database, nor guess what was changed by hand', () => {
    const known = knownOfSite({ site: site(), windows: { ...WINDOWS, upgrade: { loggingService: true } } });
    for (const field of ['centralizedLogging', 'changedConfig', 'capabilitiesChanged', 'proxySettings'])
      expect(known).not.toHaveProperty(field);
  });

  it('knows that no patch is installed where Windows lists none', () => {
    expect(knownOfSite({ site: site(), windows: { ...WINDOWS, release: 'May 2025' } }).patch).toBe('none');
    expect(
      knownOfSite({ site: site({ qlik: { ...site().qlik, release: 'May 2025' } }) }).patch,
    ).toBeUndefined();
  });

  it.each(['S-1-5-18', undefined])('sees Local System (SID %s)', (sid) => {
    const account = { account: 'LocalSystem', ...(sid === undefined ? {} : { sid }) };
    expect(knownOfSite({ site: site(), windows: { ...WINDOWS, accounts: [account] } }).serviceAccount).toBe(
      'local-system',
    );
  });

  it('does not take a database on another machine for bundled', () => {
    const database = { ...site().database, node: 'db1' };
    expect(knownOfSite({ site: site({ database }) }).postgres).toEqual({ kind: 'standalone', remote: true });
  });

  it("does not guess which of two servers is the site's", () => {
    const databases = [
      ...WINDOWS.databases,
      { service: 'postgresql-x64-14', kind: 'own' as const, version: '14' },
    ];
    expect(knownOfSite({ site: site(), windows: { ...WINDOWS, databases } }).postgres).toBeUndefined();
  });

  it('says that .NET is too old where Windows has a lower number', () => {
    expect(knownOfSite({ site: site(), windows: { ...WINDOWS, netRelease: 461_808 } }).dotNet).toBe('4.7');
  });
});
