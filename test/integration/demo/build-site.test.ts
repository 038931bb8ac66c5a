import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InterruptedError, UsageError } from '../../../src/contract/errors.ts';
import { buildDemoSite } from '../../../src/demo/build-site.ts';
import type { DemoSite } from '../../../src/demo/start-machine.ts';
import { startDemoSite, stopDemoSite } from '../../../src/demo/stop-site.ts';
import { systemClock } from '../../../src/foundation/clock.ts';
import { createNode } from '../../../src/platform/create-node.ts';
import { createExec } from '../../../src/platform/process/exec.ts';
import { posixIdentities } from '../../../src/platform/process/identity.ts';
import { connect } from '../../../src/postgres/connect.ts';
import { readTopology } from '../../../src/postgres/topology.ts';
import type { SqlClient } from '../../../src/postgres/server.ts';
import { loadSite } from '../../../src/site/load.ts';
import { noPowerShell } from '../../helpers/no-powershell.ts';

const exec = createExec({ redact: (text) => text });
const signal = new AbortController().signal;
let root: string;
let dir: string;
let site: DemoSite;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'demo-site-'));
  await chmod(root, 0o711);
  dir = path.join(root, 'ein Ort für die Demo');
  site = await buildDemoSite({ dir, exec, signal });
}, 120_000);

afterAll(async () => {
  await site.remove();
  await rm(root, { recursive: true, force: true });
}, 60_000);

async function inDatabase<T>(name: string, work: (client: SqlClient) => Promise<T>): Promise<T> {
  const client = await connect(site.cluster.address, name);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

async function count(database: string, relation: string): Promise<number> {
  const [row] = await inDatabase(database, (client) =>
    client.query<{ count: string }>(`select count(*) from ${relation}`),
  );
  return Number(row?.count);
}

describe('the demo site', () => {
  it('has the four databases with the owner that the manual gives them, a few MB each', async () => {
    const rows = await inDatabase('postgres', (client) =>
      client.query<{ name: string; owner: string; mb: number }>(
        `select datname as name, pg_get_userbyid(datdba) as owner, (pg_database_size(oid) / 1048576)::int as mb
           from pg_database where not datistemplate and datname <> 'postgres' order by datname collate "C"`,
      ),
    );
    expect(rows.map(({ name, owner }) => ({ name, owner }))).toEqual(
      ['Licenses', 'QSMQ', 'QSR', 'SenseServices'].map((name) => ({ name, owner: 'qliksenserepository' })),
    );
    for (const { mb } of rows) expect(mb).toBeGreaterThan(8);
  });

  it('has rows, large objects and text beyond ASCII', async () => {
    expect(await count('QSR', '"AppObjects"')).toBe(12_000);
    expect(await count('QSR', 'pg_largeobject_metadata')).toBe(24);
    expect(await count('QSR', `"Streams" where "Name" = 'Vertrieb Süd'`)).toBe(1);
    expect(await count('QSMQ', '"Messages"')).toBe(12_000);
    expect(await count('SenseServices', '"app_distribution"."Deployments"')).toBe(9_000);
    expect(await count('Licenses', '"Assignments"')).toBe(12_000);
  });

  it('describes itself in its repository database', async () => {
    const topology = await inDatabase('QSR', readTopology);
    expect(topology.nodes).toHaveLength(2);
    expect(topology.central).toMatchObject({ name: 'central', hostName: 'qs1.demo.example' });
    expect(topology.failoverTimeoutMs).toBe(600_000);
    expect(topology.sharedPersistence).toMatchObject({ rootFolder: site.paths.share });
  });

  it('has a site file that loads without a warning, and whose paths exist', async () => {
    const { site: loaded, warnings } = await loadSite(site.paths.siteFile);
    expect(warnings).toEqual([]);
    for (const file of [loaded.share.root, ...loaded.logs.folders, ...loaded.config.expected])
      expect(existsSync(file), file).toBe(true);
  });

  it('has nodes with running services and the certificates of a site', async () => {
    const { site: loaded } = await loadSite(site.paths.siteFile);
    const [central, rim] = loaded.nodes.map((node) =>
      createNode(node, { exec, clock: systemClock, powershell: noPowerShell, scripts: '' }),
    );
    const services = await central?.services.list();
    expect(services?.map(({ state }) => state)).toEqual(services?.map(() => 'running'));
    expect(services?.map(({ name }) => name)).toContain('QlikSenseRepositoryDatabase');
    expect((await rim?.services.list())?.map(({ name }) => name)).not.toContain(
      'QlikSenseRepositoryDatabase',
    );
    const certificates = (await central?.certificates.list()) ?? [];
    expect(certificates.map(({ store, subject, qlikRole }) => [store, subject, qlikRole]).sort()).toEqual([
      ['CurrentUser/My', 'CN=QlikClient', 'Client'],
      ['LocalMachine/My', 'CN=QlikServiceCluster', undefined],
      ['LocalMachine/My', 'CN=qs1.demo.example', 'Server'],
      ['LocalMachine/Root', 'CN=qs1.demo.example-CA', 'Root'],
    ]);
    expect(certificates.every(({ hasPrivateKey }) => hasPrivateKey)).toBe(true);
  });

  it('has a share with the folders of a Qlik Sense site', async () => {
    expect((await readdir(site.paths.share)).sort()).toEqual([
      'Apps',
      'ArchivedLogs',
      'CustomData',
      'StaticContent',
    ]);
    const files = await readdir(site.paths.share, { recursive: true, withFileTypes: true });
    expect(files.filter((entry) => entry.isFile()).length).toBeGreaterThan(700);
  });

  it('tells in README.txt how services are made slow or fail', async () => {
    expect(await readFile(site.paths.readme, 'utf8')).toMatch(/services\.json[\s\S]*"fail"/);
  });

  it('is stopped and started again by its folder alone', async () => {
    expect(await stopDemoSite(dir, exec)).toBe(true);
    expect(await stopDemoSite(dir, exec)).toBe(false);
    await expect(connect(site.cluster.address, 'QSR')).rejects.toThrow();
    expect(await startDemoSite(dir, exec)).toBe(true);
    expect(await count('QSR', '"Apps"')).toBe(600);
  });

  it('is not built over other files', async () => {
    const used = path.join(root, 'used');
    await mkdir(used);
    await writeFile(path.join(used, 'mine'), 'x');
    await expect(buildDemoSite({ dir: used, exec, signal })).rejects.toThrow(UsageError);
    expect(await readdir(used)).toEqual(['mine']);
    await expect(stopDemoSite(used, exec)).rejects.toThrow(/no demo site/);
  });

  it.each([
    ['a new folder', false],
    ['an empty folder', true],
  ])('leaves nothing behind in %s when it is removed or interrupted', async (_what, existed) => {
    const other = path.join(root, existed ? 'empty' : 'new');
    if (existed) await mkdir(other);
    const built = await buildDemoSite({ dir: other, exec, signal });
    const { pid } = built.cluster;
    await built.remove();
    expect(existsSync(other)).toBe(existed);
    expect(pid).toBeGreaterThan(1);
    expect(await posixIdentities.identify(pid ?? 1)).toBeUndefined();
    const aborted = AbortSignal.abort(new InterruptedError('Ctrl+C'));
    await expect(buildDemoSite({ dir: other, exec, signal: aborted })).rejects.toThrow(InterruptedError);
    expect(existsSync(other)).toBe(existed);
    if (existed) expect(await readdir(other)).toEqual([]);
  });
});
