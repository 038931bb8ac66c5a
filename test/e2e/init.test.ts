import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../src/postgres/connect.ts';
import { passLine } from '../../src/postgres/pass-file.ts';
import { openLab, runTool, type Lab, type ToolResult } from '../helpers/lab.ts';
import { temporaryFolder } from '../helpers/temporary.ts';

let lab: Lab;

beforeAll(async () => {
  lab = await openLab();
  await sql('postgres', 'alter database "SenseServices" rename to "senseservices"');
  await sql('postgres', 'alter database "QSR" owner to postgres');
  await sql('postgres', 'create database "Sales"');
  await sql(
    'QSR',
    `update "ServerNodeConfigurations" set "Name" = 'Node 2', "FailoverCandidate" = true
                     where not "IsCentral"`,
  );
  await sql('QSR', `update "ServerNodeConfigurations" set "HostName" = $1 where "IsCentral"`, hostname());
  await sql(
    'QSR',
    `update "ServiceClusterSettingsSharedPersistenceProperties"
        set "RootFolder" = $1, "AppFolder" = $2, "StaticContentRootFolder" = $3, "ArchivedLogsRootFolder" = $4,
            "Connector32RootFolder" = $5, "Connector64RootFolder" = $5, "FailoverTimeout" = 25`,
    String.raw`\\files\Qlik`,
    String.raw`\\FILES\qlik\Apps`,
    String.raw`E:\Static`,
    String.raw`\\archive\Qlik`,
    String.raw`E:\Custom`,
  );
}, 120_000);
afterAll(() => lab.close());

async function sql(database: string, text: string, ...values: string[]): Promise<void> {
  const client = await connect(lab.demo.cluster.address, database);
  try {
    await client.query(text, values);
  } finally {
    await client.close();
  }
}

/** Runs `init` in a folder of its own and gives the file it wrote. */
async function init(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ ran: ToolResult; text: string; site: Record<string, unknown> }> {
  const cwd = temporaryFolder();
  const { port } = lab.demo.cluster.address;
  const ran = await runTool(['init', '--yes', '--name', 'acme', '--database-port', String(port), ...args], {
    cwd,
    env: { PGPASSFILE: join(cwd, 'none'), PGPASSWORD: '', ...env },
  });
  const text = readFileSync(join(cwd, 'site.yaml'), 'utf8');
  return { ran, text, site: parse(text) as Record<string, unknown> };
}

describe('init with a repository database', () => {
  const FROM_DATABASE = {
    nodes: [
      { name: 'central', host: hostname(), role: 'central', transport: 'local' },
      { name: 'node-2', host: 'qs2.demo.example', role: 'rim', 'failover-candidate': true },
    ],
    share: {
      root: String.raw`\\files\Qlik`,
      'static-content': String.raw`E:\Static`,
      'archived-logs': String.raw`\\archive\Qlik`,
    },
    extra: [{ name: 'connectors', folder: String.raw`E:\Custom` }],
  };
  const names = ['QSR', 'senseservices', 'QSMQ', 'Licenses'];

  it('writes nodes, share and databases as the database has them', async () => {
    const file = lab.demo.paths.databasePassword;
    const { port } = lab.demo.cluster.address;
    const { ran, text, site } = await init(['--database-password', `file:${file}`]);
    expect(ran).toMatchObject({ code: 0 });
    expect(site).toEqual({
      name: 'acme',
      ...FROM_DATABASE,
      database: { host: 'localhost', port, user: 'postgres', password: { file }, names },
      certificates: { password: { secret: 'certificates' } },
    });
    expect(text).toMatch(
      /^ {2}# Found: PostgreSQL [\d.]+\n {2}# Found: QSR \(owner postgres\)\n {2}# Found: senseservices, QSMQ, Licenses \(owner qliksenserepository\)$/m,
    );
    expect(text).toContain('# A failover candidate takes over after 25 min without the central node.\n');
    expect(text).toContain(
      '    # Not known yet: fill in and remove the # in front.\n    # transport: winrm\n',
    );
    for (const line of [
      `the databases senseservices, QSMQ, Licenses (owner qliksenserepository)`,
      'further databases there: Sales; name those of the site in database.names',
      `the node central (${hostname()}), central`,
      'the node Node 2 (qs2.demo.example), rim, failover candidate',
      'A failover candidate takes over after 25 min without the central node.',
      String.raw`the file share \\files\Qlik`,
      'the license: Simulated, no real product, of Simulated license, Demo, a subscription, until 2099-12-31',
      'access assigned to users: 20 professional, 200 analyzer',
    ])
      expect(ran.stderr).toContain(`found: ${line}\n`);
    expect(ran.stderr).toContain('to fill in: transport: how the other servers under nodes are reached');
    expect(ran.stderr).toContain('to fill in: vault: ');
    expect(ran.stderr).not.toContain('to fill in: share');
    const password = readFileSync(file, 'utf8').trim();
    expect(ran.stdout + ran.stderr + text).not.toContain(password);
  });

  it('takes the password of pgpass, and leaves it there', async () => {
    const pgpass = join(temporaryFolder(), 'pgpass');
    const address = { ...lab.demo.cluster.address, host: 'localhost' };
    writeFileSync(pgpass, `${passLine(address, address.password ?? '')}\n`, { mode: 0o600 });
    const { site } = await init([], { PGPASSFILE: pgpass });
    expect(site).toMatchObject({ ...FROM_DATABASE, database: { names } });
    expect(site['database']).not.toHaveProperty('password');
  });

  it('goes on without a password, and says what it therefore does not know', async () => {
    const { ran, site } = await init([]);
    expect(ran).toMatchObject({ code: 0 });
    expect(site).toMatchObject({ database: { password: { secret: 'database' } } });
    expect(site).not.toHaveProperty('share');
    expect(site).not.toHaveProperty('nodes');
    expect(ran.stderr).toContain('found: not what the repository database would tell: The database server');
    expect(ran.stderr).toContain('to fill in: share: the root of the file share');
  });
});

it('init writes nothing when the password that was named is refused', async () => {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'pw'), 'not the password\n', { mode: 0o600 });
  const port = String(lab.demo.cluster.address.port);
  const line = ['init', '--yes', '--database-port', port, '--database-password', 'file:pw'];
  const { code, stderr } = await runTool(line, { cwd });
  expect(code).toBe(3);
  expect(stderr).toContain('refused the password of user "postgres"');
  expect(() => readFileSync(join(cwd, 'site.yaml'))).toThrow('ENOENT');
});
