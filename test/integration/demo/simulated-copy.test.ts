import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InterruptedError } from '../../../src/contract/errors.ts';
import { buildSimulatedCopy } from '../../../src/demo/simulated-copy.ts';
import type { SimulatedCopy } from '../../../src/demo/simulated-copy.ts';
import { systemClock } from '../../../src/foundation/clock.ts';
import { createNode } from '../../../src/platform/create-node.ts';
import { createExec } from '../../../src/platform/process/exec.ts';
import { connect } from '../../../src/postgres/connect.ts';
import { readTopology } from '../../../src/postgres/topology.ts';
import { parseSite } from '../../../src/site/load.ts';
import { noPowerShell } from '../../helpers/no-powershell.ts';

const exec = createExec({ redact: (text) => text });

/** Everything of it that must not be found in the copy has the word REAL in it. */
const real = parseSite(
  String.raw`name: acme
qlik: { release: February 2024, install-folder: 'C:\REAL\Sense', program-data-folder: 'C:\REAL\Data' }
nodes:
  - { name: qs2, host: qs2.acme.example, role: rim, transport: winrm, failover-candidate: true }
  - { name: qs1, host: qs1.acme.example, role: central, transport: local }
  - { name: qs3, host: qs3, role: rim, transport: winrm, services: [QlikSenseRepositoryService, QlikSenseEngineService] }
database:
  { host: db.REAL, port: 5432, user: REAL, password: { env: REAL }, ssl: true, bin: 'C:\REAL', clients: allow-newer, names: [qsr, SenseServices, QSMQ, Licenses, 'Own "2"'] }
share: { root: '\\REAL\share', apps: 'E:\REAL', archived-logs: 'F:\REAL', exclude: [CustomData] }
certificates: { password: { secret: real }, stores: [LocalMachine/Root, LocalMachine/My, CurrentUser/My], include: ['${'AB'.repeat(20)}'] }
logs: { folders: ['D:\REAL\Log'] }
config: { also: ['D:\REAL\own.conf'] }
extra: [{ name: qvd, folder: 'D:\REAL\QVD', node: qs2 }]
vault: { folder: 'V:\REAL', workers: 3, minimum-free: 900 TB }
hooks:
  - { runbook: backup, before: [{ id: tell, uses: command.run, with: { argv: [x], effect: change } }] }
timeouts: { service-stop: 7m }
state: 'S:\REAL'
`,
  '/real/site.yaml',
);

let folder: string;
let temporary: string | undefined;
let copy: SimulatedCopy;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'simulated-copy-'));
  copy = await buildSimulatedCopy({ real, exec, signal: new AbortController().signal });
}, 120_000);

afterAll(async () => {
  await copy.remove();
  await rm(folder, { recursive: true, force: true });
  if (temporary === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = temporary;
}, 60_000);

describe('a simulated copy of a site', () => {
  it('has the name, the nodes, the database names, the hooks and the time limits of the real one', () => {
    const { site, file, locate } = copy.loaded;
    expect(site.name).toBe('acme');
    expect(
      site.nodes.map(({ name, host, role, failoverCandidate }) => [name, host, role, failoverCandidate]),
    ).toEqual([
      ['qs2', 'qs2.acme.example', 'rim', true],
      ['qs1', 'qs1.acme.example', 'central', false],
      ['qs3', 'qs3', 'rim', false],
    ]);
    expect(site.database.names).toEqual(real.site.database.names);
    expect(site.qlik.release).toBe('February 2024');
    expect(site.timeouts).toEqual(real.site.timeouts);
    expect(site.vault.workers).toBe(3);
    expect(site.share.exclude).toEqual(['CustomData']);
    expect(site.hooks).toEqual(real.site.hooks);
    expect([file, locate(['hooks', 0])]).toEqual([real.file, real.locate(['hooks', 0])]);
  });

  it('knows no place, host or secret of the real one', () => {
    const { site } = copy.loaded;
    expect(JSON.stringify([site, copy.loaded.values])).not.toContain('REAL');
    expect(site.database).toMatchObject({ host: '127.0.0.1', user: 'postgres' });
    expect(site.database).not.toHaveProperty('node');
    for (const place of [
      site.vault.folder,
      site.state,
      site.share.root,
      site.share.apps,
      ...site.nodes.map((node) => node.folder),
    ])
      expect(path.relative(copy.dir, place ?? ''), place).not.toMatch(/^\.\.|^$/);
  });

  it('has the files that the real one has: outside the share, extra folders, certificates', async () => {
    const { share, extra, certificates, nodes } = copy.loaded.site;
    expect(readdirSync(share.root).sort()).toEqual(['CustomData', 'StaticContent']);
    expect(readdirSync(share.apps ?? '').length).toBeGreaterThan(5);
    expect(readdirSync(share.archivedLogs ?? '').length).toBeGreaterThan(0);
    expect(extra.map(({ name, node }) => [name, node])).toEqual([['qvd', 'qs2']]);
    expect(readdirSync(extra[0]?.folder ?? '')).toHaveLength(1);
    const [, central] = nodes.map((node) =>
      createNode(node, { exec, clock: systemClock, powershell: noPowerShell, scripts: '' }),
    );
    const found = (await central?.certificates.list()) ?? [];
    expect(certificates.include).toHaveLength(1);
    expect(found.map(({ thumbprint }) => thumbprint)).toContain(certificates.include[0]);
    expect(found.map(({ subject }) => subject)).toContain('CN=qs1.acme.example');
  });

  it('has only the services that the site file lists for a node', () => {
    const services = (name: string) =>
      JSON.parse(readFileSync(path.join(copy.dir, 'nodes', name, 'services.json'), 'utf8')) as {
        services: Record<string, { dependsOn: string[] }>;
      };
    expect(Object.keys(services('qs3').services)).toEqual([
      'QlikSenseRepositoryService',
      'QlikSenseEngineService',
    ]);
    expect(services('qs3').services['QlikSenseEngineService']?.dependsOn).toEqual([
      'QlikSenseRepositoryService',
    ]);
    // The database is no node of this site.
    expect(Object.keys(services('qs1').services)).not.toContain('QlikSenseRepositoryDatabase');
  });

  it('has a database that describes these nodes and has those of other names too', async () => {
    const { database } = copy.loaded.site;
    const password = 'file' in (database.password ?? {}) ? (database.password as { file: string }).file : '';
    const address = { host: database.host, port: database.port, user: database.user };
    const open = (name: string) =>
      connect({ ...address, password: readFileSync(password, 'utf8').trim() }, name);
    const repository = await open('QSR');
    const topology = await readTopology(repository).finally(() => repository.close());
    expect(topology.central?.hostName).toBe('qs1.acme.example');
    expect(
      topology.nodes.map(({ hostName, failoverCandidate }) => [hostName, failoverCandidate]).sort(),
    ).toEqual([
      ['qs1.acme.example', true],
      ['qs2.acme.example', true],
      ['qs3', false],
    ]);
    const own = await open('Own "2"');
    expect(await own.query('SELECT 1 FROM "Sample"').finally(() => own.close())).toHaveLength(1000);
  });

  it('leaves nothing behind when it is interrupted', async () => {
    temporary = process.env['TMPDIR'];
    process.env['TMPDIR'] = folder;
    const signal = AbortSignal.abort(new InterruptedError('Ctrl+C'));
    await expect(buildSimulatedCopy({ real, exec, signal })).rejects.toThrow(InterruptedError);
    expect(readdirSync(folder)).toEqual([]);
    expect(existsSync(copy.dir)).toBe(true);
  });
});
