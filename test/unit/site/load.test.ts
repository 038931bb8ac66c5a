import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/contract/errors.ts';
import { loadSite, parseSite } from '../../../src/site/load.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { SMALL } from './small-site.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/sites');

describe('a complete site file', () => {
  it('becomes a site with keys in camelCase, times in milliseconds and sizes in bytes', async () => {
    const { site } = await loadSite(join(FIXTURES, 'full.yaml'), { platform: 'win32' });

    expect(site).toEqual({
      name: 'production',
      qlik: {
        release: 'February 2024 Patch 3',
        installFolder: 'D:\\Qlik\\Sense',
        programDataFolder: 'D:\\ProgramData\\Qlik\\Sense',
      },
      nodes: [
        {
          name: 'central',
          host: 'QLIK01.example.org',
          role: 'central',
          failoverCandidate: false,
          transport: 'local',
        },
        {
          name: 'rim1',
          host: 'QLIK02.example.org',
          role: 'rim',
          failoverCandidate: true,
          transport: 'winrm',
          services: ['QlikSenseRepositoryService', 'QlikSenseEngineService'],
        },
        { name: 'rim2', host: '192.0.2.7', role: 'rim', failoverCandidate: false, transport: 'ssh' },
      ],
      database: {
        host: 'qlik01.EXAMPLE.org',
        port: 5432,
        user: 'dba',
        password: { file: 'D:\\secrets\\db.txt' },
        ssl: true,
        names: ['QSR', 'SenseServices'],
        bin: 'C:\\Program Files\\PostgreSQL\\14\\bin',
        clients: 'allow-newer',
        node: 'central',
      },
      share: {
        root: '\\\\fs01\\QlikShare',
        apps: 'E:\\Apps',
        archivedLogs: 'F:\\ArchivedLogs',
        exclude: ['Temp', 'Apps/cache'],
      },
      certificates: {
        password: { command: ['get-secret', 'pfx'] },
        stores: ['LocalMachine/My'],
        include: ['0123456789ABCDEF0123456789ABCDEF01234567'],
      },
      logs: { folders: ['D:\\Logs'] },
      config: {
        files: ['D:\\Qlik\\Sense\\Proxy\\Proxy.exe.config', 'D:\\Qlik\\*\\own.json'],
        expected: ['D:\\Qlik\\Sense\\Proxy\\Proxy.exe.config', 'D:\\Qlik\\*\\own.json'],
      },
      extra: [
        { name: 'qvd', folder: 'G:\\QVD', node: 'rim1' },
        { name: 'connectors', folder: '\\\\fs02\\connectors' },
      ],
      vault: { kind: 'folder', folder: '\\\\backup\\qlik', workers: 4, minimumFree: 1_500_000_000_000 },
      drill: { bin: 'D:\\PostgreSQL\\14\\bin', folder: 'E:\\Scratch' },
      hooks: [
        {
          runbook: 'backup',
          when: 'before',
          steps: [{ id: 'tell', uses: 'command.run' }],
          path: ['hooks', 0, 'before'],
        },
        {
          runbook: 'backup',
          step: 'stop-services',
          when: 'on-failure',
          steps: [{ id: 'shout', uses: 'command.run' }],
          path: ['hooks', 1, 'on-failure'],
        },
      ],
      timeouts: {
        serviceStop: 90_000,
        serviceStart: 300_000,
        ready: 5_400_000,
        drain: 300_000,
        dump: 43_200_000,
        command: 600_000,
        connect: 30_000,
      },
      state: 'D:\\sense-runbook',
    });
  });

  it('warns of a share folder that lies in the root and passes it over', async () => {
    const file = join(FIXTURES, 'full.yaml');
    const { warnings } = await loadSite(file, { platform: 'win32' });
    expect(warnings).toEqual([
      `${file}:34:19 share.static-content: lies in share.root anyway and is not needed`,
    ]);
  });

  it('gives expressions everything but the hooks, and secrets only as references', async () => {
    const { values, site } = await loadSite(join(FIXTURES, 'full.yaml'), { platform: 'win32' });
    expect(values).not.toHaveProperty('hooks');
    expect(values, 'what runbooks ask for is there in any case').toHaveProperty(
      'vault.copies',
      site.vault.copies ?? null,
    );
    expect(values).toHaveProperty('database.password', { file: 'D:\\secrets\\db.txt' });
    expect(Object.keys(values).sort()).toEqual(
      Object.keys(site)
        .filter((key) => key !== 'hooks')
        .sort(),
    );
  });

  it('tells where a hook stands, for messages about its steps', async () => {
    const file = join(FIXTURES, 'full.yaml');
    const { locate } = await loadSite(file, { platform: 'win32' });
    expect(locate(['hooks', 1, 'on-failure', 0, 'uses'])).toBe(`${file}:66:15`);
  });
});

describe('the smallest site file', () => {
  it('gets the defaults of the vendor', async () => {
    const { site, warnings } = await loadSite(join(FIXTURES, 'smallest.yaml'), { platform: 'linux' });
    expect(warnings).toEqual([]);
    expect(site.qlik).toEqual({
      installFolder: 'C:\\Program Files\\Qlik\\Sense',
      programDataFolder: 'C:\\ProgramData\\Qlik\\Sense',
    });
    expect(site.database).toEqual({
      host: 'localhost',
      port: 4432,
      user: 'postgres',
      names: ['QSR', 'SenseServices', 'QSMQ', 'Licenses'],
      clients: 'same',
      node: 'only',
    });
    expect(site.logs.folders).toEqual(['C:\\ProgramData\\Qlik\\Sense\\Log']);
    expect(site.config.files).toContain('C:\\Program Files\\Qlik\\Sense\\Repository\\Repository.exe.config');
    expect(site.config.files).toContain(
      'C:\\ProgramData\\Qlik\\Sense\\Repository\\PostgreSQL\\*\\pg_hba.conf',
    );
    expect(site.config.expected).toEqual([]);
  });

  it('lays the defaults under folders of another system with its separator', () => {
    const text = `${SMALL}qlik: { install-folder: /opt/qlik, program-data-folder: /var/qlik }\n`;
    const { site } = parseSite(text, 'site.yaml', { platform: 'linux' });
    expect(site.logs.folders).toEqual(['/var/qlik/Log']);
    expect(site.config.files).toContain('/opt/qlik/ServiceDispatcher/services.conf');
    expect(site.config.files.filter((file) => file.includes('\\'))).toEqual([]);
  });

  it('keeps the default files when others are named besides', () => {
    const { site } = parseSite(`${SMALL}config: { also: [/etc/own.conf] }\n`, 'site.yaml');
    expect(site.config.expected).toEqual(['/etc/own.conf']);
    expect(site.config.files.length).toBeGreaterThan(20);
    expect(site.config.files.at(-1)).toBe('/etc/own.conf');
  });

  it('has no database node when the host is no node', () => {
    const { site } = parseSite(SMALL.replace('localhost', 'pg.example.org'), 'site.yaml');
    expect(site.database).not.toHaveProperty('node');
  });

  it('warns when the vault is written the way of another system', () => {
    const { warnings } = parseSite(SMALL, 'site.yaml', { platform: 'win32' });
    expect(warnings).toEqual(['site.yaml:7:18 vault.folder: is no Windows path, but this is Windows']);
  });
});

describe('the file itself', () => {
  it('is named when it is missing, with the way to write one', async () => {
    const file = join(temporaryFolder(), 'site.yaml');
    const error = await loadSite(file).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toBe(`There is no site file. Looked at: ${file}.`);
    expect((error as UsageError).hint).toContain('sense-runbook init');
  });

  it('is refused when it is a folder', async () => {
    const folder = join(temporaryFolder(), 'site.yaml');
    mkdirSync(folder);
    await expect(loadSite(folder)).rejects.toThrow(`The site file ${folder} cannot be read`);
  });

  it('may begin with a byte order mark and have Windows line ends', async () => {
    const file = join(temporaryFolder(), 'site.yaml');
    writeFileSync(file, `\uFEFF${SMALL.replaceAll('\n', '\r\n')}`);
    expect((await loadSite(file)).site.name).toBe('small');
  });

  it.each(['utf16le', 'latin1'] as const)('is refused when it is %s text', async (encoding) => {
    const file = join(temporaryFolder(), 'site.yaml');
    writeFileSync(file, Buffer.from(`# Größe\n${SMALL}`, encoding));
    await expect(loadSite(file)).rejects.toThrow(`${file}:1:1: the file is not UTF-8 text`);
  });
});
