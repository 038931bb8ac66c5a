import { describe, expect, it } from 'vitest';
import { answersFromDatabase } from '../../../src/discovery/database-answers.ts';
import { proposeSite } from '../../../src/discovery/propose.ts';
import type { DatabaseFindings } from '../../../src/discovery/site-database.ts';
import { siteFileText } from '../../../src/discovery/site-text.ts';
import { findTransport } from '../../../src/discovery/transports.ts';
import type { SharedPersistence, TopologyNode } from '../../../src/postgres/topology.ts';
import { parseSite } from '../../../src/site/load.ts';
import { createFakeExec } from '../../helpers/fake-exec.ts';
import { noPowerShell } from '../../helpers/no-powershell.ts';

const CENTRAL: TopologyNode = {
  name: 'Central',
  hostName: 'QLIK01.acme.example',
  isCentral: true,
  failoverCandidate: true,
};

function found(
  nodes: readonly TopologyNode[] = [CENTRAL],
  sharedPersistence: SharedPersistence = {},
  failoverTimeoutMs?: number,
): DatabaseFindings {
  return {
    host: 'localhost',
    port: 4432,
    user: 'postgres',
    version: '14.17',
    databases: [
      { name: 'QSR', owner: 'postgres' },
      { name: 'senseservices', owner: 'qliksenserepository' },
    ],
    others: [],
    topology: { nodes, sharedPersistence, ...(failoverTimeoutMs === undefined ? {} : { failoverTimeoutMs }) },
  };
}

const nodesOf = (...nodes: TopologyNode[]) => answersFromDatabase(found(nodes), 'QLIK01').nodes;

describe('the license in a site file', () => {
  it('is a comment, on one line whatever it says, or says that it is not known', () => {
    const license = { organization: 'Acme\nvault:\u2028 evil', validTo: '2027-03-16' };
    const record = { license, assignments: { professional: 12 } };
    const text = siteFileText({
      nodes: [],
      ...answersFromDatabase({ ...found(), license: record }, 'x'),
    }).text;
    expect(text).toContain('\n# Found: the license: of Acme vault:  evil, until 2027-03-16\n');
    expect(text).toContain('\n# Found: access assigned to users: 12 professional\n');
    const silent = answersFromDatabase({ ...found(), license: { assignments: {} } }, 'x');
    expect(silent.licenseFound).toEqual(['no license: the database does not tell which it is']);
    const none = answersFromDatabase({ ...found(), license: { license: null, assignments: {} } }, 'x');
    expect(none.licenseFound).toEqual(['no license: the site has none yet']);
    expect(answersFromDatabase(found(), 'x').licenseFound).toBeUndefined();
  });
});

describe('nodes of the database in a site file', () => {
  it('are the central one first, this machine by its short name too, and candidates among the rims', () => {
    const rim = { name: 'Rim Süd 1', hostName: 'qlik02', isCentral: false, failoverCandidate: true };
    expect(nodesOf(rim, CENTRAL)).toEqual([
      {
        name: 'central',
        host: 'QLIK01.acme.example',
        role: 'central',
        failoverCandidate: false,
        transport: 'local',
      },
      { name: 'rim-s-d-1', host: 'qlik02', role: 'rim', failoverCandidate: true },
    ]);
  });

  it('have names that mean nothing else, once each', () => {
    const rim = (name: string | undefined, hostName: string): TopologyNode => ({
      ...(name === undefined ? {} : { name }),
      hostName,
      isCentral: false,
    });
    const names = nodesOf(
      { ...CENTRAL, name: 'Rim' },
      rim('Central', 'a'),
      rim('RIM!', 'b'),
      rim('経営', 'c'),
      rim(undefined, 'qlik07.acme.example'),
      rim('all', 'd'),
      rim(`${'long '.repeat(9)}`, 'e'),
    )?.map(({ name }) => name);
    expect(names).toEqual([
      'rim',
      'central-node',
      'rim-2',
      'rim-3',
      'qlik07-acme-example',
      'all-node',
      'long-long-long-long-long',
    ]);
  });

  it('are not taken when it is not clear who is central', () => {
    expect(nodesOf(CENTRAL, { ...CENTRAL, hostName: 'other' })).toBeUndefined();
    expect(nodesOf({ ...CENTRAL, isCentral: false })).toBeUndefined();
  });

  it('are reached by what answers there, and by WinRM from Windows alone', async () => {
    const open =
      (...ports: number[]) =>
      (port: number) =>
        Promise.resolve(ports.includes(port));
    expect(await findTransport('qlik02', 'win32', open(5985, 22))).toBe('winrm');
    expect(await findTransport('qlik02', 'win32', open(22))).toBe('ssh');
    expect(await findTransport('qlik02', 'linux', open(5985))).toBeUndefined();
  });
});

describe('the file share of the database in a site file', () => {
  const share = (paths: SharedPersistence) => answersFromDatabase(found([CENTRAL], paths), 'QLIK01');

  it('has only those folders beside its root that lie outside of it', () => {
    const root = String.raw`\\files\Qlik`;
    const answers = share({
      rootFolder: root,
      appFolder: String.raw`\\FILES\qlik/Apps`,
      staticContentFolder: String.raw`E:\Static`,
      archivedLogsFolder: String.raw`\\files\Qlik2\ArchivedLogs`,
      connector32Folder: String.raw`E:\Custom`,
      connector64Folder: String.raw`E:\Custom`,
    });
    expect(answers).toMatchObject({
      shareRoot: root,
      shareStaticContent: String.raw`E:\Static`,
      shareArchivedLogs: String.raw`\\files\Qlik2\ArchivedLogs`,
      extra: [{ name: 'connectors', folder: String.raw`E:\Custom` }],
    });
    expect(answers).not.toHaveProperty('shareApps');
  });

  it.each([[undefined], ['QlikShare'], ['']])('is not known when its root is %j', (rootFolder) => {
    const answers = share({ ...(rootFolder === undefined ? {} : { rootFolder }), appFolder: 'E:\\Apps' });
    expect(Object.keys(answers).filter((key) => key.startsWith('share') || key === 'extra')).toEqual([]);
  });
});

describe('a site file from what the database said', () => {
  it('is complete but for the vault, and is read as it was meant', () => {
    const database = found(
      [CENTRAL],
      { rootFolder: String.raw`\\files\Qlik`, appFolder: 'E:\\Apps', connector32Folder: 'E:\\Con: #1' },
      30 * 60_000,
    );
    const answers = answersFromDatabase(database, 'QLIK01');
    const { text, missing } = siteFileText({
      name: 'prod',
      nodes: [],
      certificatePassword: { secret: 'certificates' },
      vaultFolder: 'F:\\Backup',
      ...answers,
    });
    expect(missing).toEqual([]);
    expect(parseSite(text, 'site.yaml', { platform: 'win32' }).site).toMatchObject({
      nodes: [{ name: 'central', host: 'QLIK01.acme.example', role: 'central', transport: 'local' }],
      database: { host: 'localhost', port: 4432, names: ['QSR', 'senseservices'] },
      share: { root: String.raw`\\files\Qlik`, apps: 'E:\\Apps' },
      extra: [{ name: 'connectors', folder: 'E:\\Con: #1' }],
    });
    expect(text).toContain(
      '  # Found: PostgreSQL 14.17\n  # Found: QSR (owner postgres)\n  # Found: senseservices (owner qliksenserepository)\n',
    );
    expect(text).toContain('\n# A failover candidate takes over after 30 min without the central node.\n');
    expect(text).toContain('\n  # password: { secret: database }\n');
  });

  it('says which node it does not know the way to, and is refused until that is filled in', () => {
    const rim = { name: 'Rim', hostName: 'qlik02', isCentral: false };
    const { text, missing } = siteFileText({
      name: 'prod',
      nodes: [],
      shareRoot: 'E:\\Share',
      certificatePassword: { secret: 'certificates' },
      vaultFolder: 'F:\\Backup',
      ...answersFromDatabase(found([CENTRAL, rim]), 'QLIK01'),
    });
    expect(missing).toEqual(['transport']);
    expect(() => parseSite(text, 'site.yaml')).toThrow(
      /^site\.yaml:\d+:5 nodes\[1\]\.transport: is required$/,
    );
    const filled = text.replace('    # transport: winrm', '    transport: winrm');
    expect(parseSite(filled, 'site.yaml', { platform: 'win32' }).site.nodes[1]).toMatchObject({
      name: 'rim',
      transport: 'winrm',
    });
  });

  it('names the secret that the password of the database was read from', async () => {
    const asked: (string | undefined)[] = [];
    const proposal = await proposeSite(
      { name: undefined, database: { password: { secret: 'db' } } },
      {
        exec: createFakeExec([]).exec,
        powershell: noPowerShell,
        platform: 'freebsd',
        hostName: 'qlik01',
        env: {},
        isListening: () => Promise.resolve(true),
        isFolder: () => Promise.resolve(false),
        connect: () =>
          Promise.resolve({
            query: <Row extends object>() =>
              Promise.resolve([{ number: 140_017, version: '14.17', name: 'Sales', owner: 'x' }] as Row[]),
            close: () => Promise.resolve(),
          }),
        readSecret: (_reference, site) => {
          asked.push(site);
          return Promise.resolve('pw');
        },
      },
    );
    expect(asked).toEqual(['qlik01']);
    expect(proposal.text).toContain('  password: { secret: db }\n');
  });
});
