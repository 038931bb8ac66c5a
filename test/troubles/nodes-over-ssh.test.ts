import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { findClusterUser } from '../../src/postgres/cluster-user.ts';
import { openLab, type Lab, type LabSite, type ToolResult } from '../helpers/lab.ts';
import { findTestPrograms, makeOpenFolder } from '../helpers/postgres.ts';
import { NO_SSHD, type SshUser } from '../helpers/sshd.ts';
import { quietRunbook } from './quiet-runbook.ts';
import { addSshNodes, ordersInTime, RIMS, type SshNodes } from './ssh-site.ts';

/** Who the servers run as: this user, and as root the one that PostgreSQL runs as, who has a shell. */
const other = NO_SSHD === undefined ? await findClusterUser() : undefined;
const users: (SshUser | undefined)[] = other === undefined ? [undefined] : [undefined, other];
const missing = NO_SSHD ?? (process.platform === 'linux' ? whyNot(other) : 'sshd of Linux is needed');
if (missing !== undefined) console.warn(`skipped: nodes over SSH: ${missing}`);

function whyNot(user: SshUser | undefined): string | undefined {
  if (user === undefined) return undefined;
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`${user.name}:`));
  const shell = entry?.split(':').at(6) ?? '';
  const how = { uid: user.uid, gid: user.gid, stdio: 'ignore' as const, cwd: '/' };
  if (spawnSync(shell, ['-c', 'exit 0'], how).status !== 0) return `${user.name} has no shell to log in with`;
  return spawnSync(process.execPath, ['--version'], how).status === 0
    ? undefined
    : `${user.name} cannot run ${process.execPath}`;
}

describe.skipIf(missing !== undefined)('a site whose rim nodes are reached over SSH', () => {
  let lab: Lab;
  let site: LabSite;
  let nodes: SshNodes;
  let folder: string;

  beforeAll(async () => {
    lab = await openLab();
    await query(
      `INSERT INTO "ServerNodeConfigurations" SELECT gen_random_uuid(), 'rim2', 'qs3.demo.example', false, false,
         "NodePurpose", "EngineEnabled", "ProxyEnabled", "SchedulerEnabled", "PrintingEnabled"
       FROM "ServerNodeConfigurations" WHERE NOT "IsCentral"`,
    );
  });

  afterAll(() => lab.close());

  async function open(): Promise<void> {
    folder = await makeOpenFolder('sense-runbook-ssh-');
    site = lab.site({ small: true });
    nodes = await addSshNodes(site, folder, users);
  }

  async function close(): Promise<void> {
    nodes.stop();
    await rm(folder, { recursive: true, force: true });
  }

  async function query(text: string): Promise<void> {
    const client = new pg.Client({ ...lab.demo.cluster.address, database: 'QSR' });
    await client.connect();
    await client.query(text).finally(() => client.end());
  }

  /** Stops the site and starts it again; `between` is run while it is down. */
  async function run(between: readonly string[] = ['true']): Promise<ToolResult & { all: string }> {
    const file = join(folder, 'quiet.yaml');
    writeFileSync(file, stringify(quietRunbook(between)));
    const env = { PGPASSWORD: lab.demo.cluster.address.password ?? '' };
    const result = await site.run(['run', file, '--yes'], { env });
    return { ...result, all: result.stdout + result.stderr };
  }

  function downOnCentral(): string[] {
    return Object.entries(site.states()).flatMap(([name, state]) =>
      name.startsWith('central/') && state !== 'running' ? [name] : [],
    );
  }

  describe('in a night in which another node becomes the central one', () => {
    const isCentral = (host: string): string =>
      `UPDATE "ServerNodeConfigurations" SET "IsCentral" = "HostName" = '${host}'`;
    let night: Awaited<ReturnType<typeof run>>;
    /** Those of that night alone. */
    let loginsOf: Map<string, ReturnType<SshNodes['logins']>>;

    beforeAll(async () => {
      await open();
      const { client } = await findTestPrograms();
      const { host, port, user } = lab.demo.cluster.address;
      const reach = ['-h', host, '-p', String(port), '-U', user, '-d', 'QSR'];
      night = await run([client.psql, ...reach, '-c', isCentral('qs2.demo.example')]);
      loginsOf = new Map(RIMS.map(({ name }) => [name, nodes.logins(name)]));
    });

    afterAll(async () => {
      await query(isCentral('qs1.demo.example'));
      await close();
    });

    it('is stopped rims first and started central first, each node in the order of the manual', async () => {
      expect(night.code, night.all).toBe(0);
      const orders = await ordersInTime(site, nodes);
      const first = (pattern: RegExp): number => orders.findIndex((order) => pattern.test(order));
      const last = (pattern: RegExp): number => orders.findLastIndex((order) => pattern.test(order));
      // Schedulers everywhere, then the rims, then the central node, then it again, then the rims.
      expect(last(/^stop \w+ QlikSenseScheduler/)).toBeLessThan(first(/^stop rim\d QlikSense(?!Scheduler)/));
      expect(last(/^stop rim/)).toBeLessThan(first(/^stop central QlikSense(?!Scheduler)/));
      expect(last(/^stop/)).toBeLessThan(first(/^start/));
      expect(last(/^start central/)).toBeLessThan(first(/^start rim/));
      for (const { name } of RIMS)
        expect(orders.filter((order) => order.includes(name))).toEqual([
          `stop ${name} QlikSenseSchedulerService`,
          `stop ${name} QlikSenseEngineService`,
          `stop ${name} QlikSenseRepositoryService`,
          `stop ${name} QlikSenseServiceDispatcher`,
          `start ${name} QlikSenseServiceDispatcher`,
          `start ${name} QlikSenseRepositoryService`,
          expect.stringMatching(/^start rim\d QlikSense(Engine|Scheduler)Service$/),
          expect.stringMatching(/^start rim\d QlikSense(Engine|Scheduler)Service$/),
        ]);
      expect([downOnCentral(), ...RIMS.map(({ name }) => nodes.down(name))]).toEqual([[], [], []]);
    });

    it('is asked by few logins, each as the user of its node', () => {
      for (const { name } of RIMS) {
        const logins = loginsOf.get(name) ?? [];
        expect(new Set(logins.map(({ user }) => user))).toEqual(new Set([nodes.server(name).user]));
        // About 15; more where logins are so slow that what was seen is too old. One by one it would be over a hundred.
        expect(logins.filter(({ what }) => what === 'look').length).toBeLessThan(40);
      }
    });

    it('is told of it, and refused the next night until the site file says so', async () => {
      expect(night.all).toContain('The central node was qs1.demo.example and is now qs2.demo.example');
      const orders = await ordersInTime(site, nodes);
      const next = await run();
      expect(next.code, next.all).toBe(3);
      expect(next.all).toMatch(/central node is qs2\.demo\.example .*site\.yaml says qs1\.demo\.example/s);
      expect(await ordersInTime(site, nodes)).toEqual(orders);
    });
  });

  describe('of which one goes away', () => {
    beforeEach(open);
    afterEach(close);

    it('has all others started when that happens while it is down, and ends with 7 and its name', async () => {
      const { code, all } = await run(['kill', String(nodes.server('rim2').pid)]);
      expect(code, all).toBe(7);
      expect(all).toMatch(/rim2 \(qs3\.demo\.example\) is not up/);
      expect(all).toContain('qs3.demo.example does not answer over SSH');
      expect([downOnCentral(), nodes.down('rim1')]).toEqual([[], []]);
      expect(nodes.down('rim2')).toContain('QlikSenseRepositoryService');
    });

    it('is seen to reach the database by a connection of its own, and what that does not show is said', async () => {
      const at = String(lab.demo.cluster.address.port);
      const host = lab.demo.cluster.address.host;
      const login = (more: object): object => ({
        ...{ name: 'logins', title: 'Logins' },
        sections: [
          {
            ...{ id: 'look', title: 'Look' },
            steps: [
              {
                id: 'login',
                title: 'Login',
                uses: 'restore.login',
                on: 'rims',
                with: { ...more, ask: false },
              },
              { id: 'ask', title: 'Ask', uses: 'restore.login', on: 'rims', with: { ...more, ask: true } },
            ],
          },
        ],
      });
      const file = join(folder, 'logins.yaml');
      writeFileSync(file, stringify(login({ 'database-host': host })));
      const env = { PGPASSWORD: lab.demo.cluster.address.password ?? '' };
      const { code, stdout, stderr } = await site.run(['run', file, '--yes'], { env });
      const all = `${stdout}${stderr}`.replaceAll(/\s+/g, ' ');
      expect(code, all).toBe(0);
      for (const { name } of RIMS) {
        expect(all).toContain(
          `${name}: the database takes connections from there, so listen_addresses and firewall let it in; that pg_hba.conf does was not shown: there is no psql.exe`,
        );
        expect(all).toContain(`Not done yet: See that the database lets ${name} in. On ${name} type`);
        expect(nodes.logins(name).map(({ what }) => what)).toContain(`connect ${host}:${at}`);
      }
      // Of a site file that says localhost, which is another machine there: the central node, whose name leads nowhere here.
      site.edit((content) => Object.assign(content['database'] as object, { host: 'localhost' }));
      writeFileSync(file, stringify(login({})));
      const lost = await site.run(['run', file, '--yes'], { env });
      expect(lost.code, lost.stderr).not.toBe(0);
      expect(nodes.logins('rim1').at(-1)?.what).toBe(`connect qs1.demo.example:${at}`);
    });

    it('is not touched when that happened before', async () => {
      nodes.server('rim1').stop();
      const { code, all } = await run();
      expect(code, all).toBe(3);
      expect(all).toContain('qs2.demo.example does not answer');
      expect(await ordersInTime(site, nodes)).toEqual([]);
    });
  });
});
