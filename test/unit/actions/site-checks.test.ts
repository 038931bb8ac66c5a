import { describe, expect, it } from 'vitest';
import { createCheckClients } from '../../../src/actions/check-clients.ts';
import { createCheckDatabaseSecurity } from '../../../src/actions/check-database-security.ts';
import { createCheckDatabase } from '../../../src/actions/check-database.ts';
import { createCheckNodes } from '../../../src/actions/check-nodes.ts';
import { createCheckServices } from '../../../src/actions/check-services.ts';
import { createCheckTopology } from '../../../src/actions/check-topology.ts';
import { mustHave, releaseMonth } from '../../../src/actions/releases.ts';
import { createTopologyCheck } from '../../../src/actions/topology-check.ts';
import { BusyError, PreflightError, UnreachableError } from '../../../src/contract/errors.ts';
import { sameHost } from '../../../src/foundation/same-host.ts';
import { PROGRAMS, databaseFacts, fakeDatabase, fakeSite, serverFacts, topologyOf } from './fakes.ts';
import { fakeVault } from './fake-vault.ts';
import { checksOf, contextFor, failed, fakeNode, runAction, statuses } from './harness.ts';

describe('check.nodes', () => {
  it('is content with a node that answers, and observes who it is', async () => {
    const { checks } = await checksOf(createCheckNodes());
    expect(statuses(checks)).toEqual(['nodes-reachable ok']);
    const plan = await createCheckNodes().describe({}, contextFor(fakeNode()));
    expect(plan.observed).toEqual({ host: 'qs1.example', platform: 'linux' });
  });

  it('is planned and done by the command that asks the node, where one does', async () => {
    const node = { ...fakeNode(), factsCommand: ['sc.exe', '\\\\qs2', 'queryex'] };
    const operation = { kind: 'command', argv: node.factsCommand, effect: 'read' };
    const { plan, performed } = await runAction(createCheckNodes(), {}, { node });
    expect(plan).toMatchObject({ operations: [operation], notes: [] });
    expect(performed).toEqual([operation]);
  });

  it.each([
    ['simulated', 'It is simulated: it is not asked, and always answers.'],
    ['local', 'It is this machine: no command is needed to ask it.'],
  ] as const)('says that no command asks a node that is %s', async (transport, note) => {
    const plan = await createCheckNodes().describe({}, contextFor({ ...fakeNode(), transport }));
    expect(plan).toMatchObject({ operations: [], notes: [note] });
  });

  it('gives a node that does not answer as a failed check, with its name', async () => {
    const node = fakeNode();
    node.unreachable = new BusyError('connection refused');
    const { checks } = await checksOf(createCheckNodes(), { node });
    expect(failed(checks)[0]).toMatchObject({
      node: 'central',
      message: expect.stringContaining('refused') as string,
      hint: expect.stringContaining('transport in site.yaml') as string,
    });
  });

  it('says of it what its way there says is to be done', async () => {
    const node = fakeNode();
    node.unreachable = new UnreachableError('no answer over WinRM', { hint: 'Try "Test-WSMan qs1" here.' });
    const { checks } = await checksOf(createCheckNodes(), { node });
    expect(failed(checks)[0]?.hint).toBe('Try "Test-WSMan qs1" here.');
  });

  it('lets a bug of ours through', async () => {
    const node = fakeNode();
    node.unreachable = new TypeError('undefined is not a function');
    await expect(createCheckNodes().describe({}, contextFor(node))).rejects.toThrow(TypeError);
  });

  it('wants an elevated account on Windows', async () => {
    const node = fakeNode();
    node.facts = async () => ({ hostName: 'h', platform: 'windows', user: 'bob', elevated: false });
    const { checks } = await checksOf(createCheckNodes(), { node });
    expect(failed(checks)[0]?.message).toContain('bob');
  });
});

describe('check.services', () => {
  it('is content when every automatic service runs, and names disabled ones', async () => {
    const node = fakeNode({
      services: {
        QlikSensePrintingService: { startType: 'disabled', state: 'stopped' },
        QlikSenseProxyService: { startType: 'manual', state: 'stopped' },
      },
    });
    const { checks, left } = await checksOf(createCheckServices(), { node });
    expect(statuses(checks)).toEqual(['services-running ok']);
    expect(checks[0]?.message).toContain('QlikSensePrintingService');
    expect(left).toEqual([]);
  });

  it('fails on an automatic service that does not run', async () => {
    const node = fakeNode({ services: { QlikSenseEngineService: { state: 'start-pending' } } });
    const { checks } = await checksOf(createCheckServices(), { node });
    expect(failed(checks)[0]?.message).toContain('QlikSenseEngineService (start-pending)');
  });

  it('fails on a service that runs although disabled, since it could not be started again', async () => {
    const node = fakeNode({ services: { QlikSenseEngineService: { startType: 'disabled' } } });
    const { checks } = await checksOf(createCheckServices(), { node });
    expect(statuses(checks)).toContain('services-startable failed');
  });

  it('observes every state, so that a saved plan is stale when one changes', async () => {
    const plan = await createCheckServices().describe({ beforehand: false }, contextFor(fakeNode()));
    expect(plan.observed).toMatchObject({ services: { QlikSenseProxyService: 'running' } });
  });
});

describe('check.database', () => {
  const check = (facts: Parameters<typeof fakeDatabase>[0], release?: string) =>
    checksOf(
      createCheckDatabase({
        site: fakeSite(
          release === undefined
            ? {}
            : { qlik: { release, installFolder: '/qlik', programDataFolder: '/data' } },
        ),
        database: fakeDatabase(facts),
      }),
    );

  it('finds the databases without regard to case', async () => {
    const databases = ['qsr', 'senseservices', 'QSMQ', 'Licenses'].map((name) => databaseFacts(name));
    const { checks, outputs } = await check({ facts: serverFacts({ databases }) });
    expect(failed(checks)).toEqual([]);
    expect(outputs).toMatchObject({
      databases: ['qsr', 'senseservices', 'QSMQ', 'Licenses'],
      version: '14.17',
    });
  });

  it('fails when one is missing that the release must have', async () => {
    const databases = ['QSR', 'SenseServices', 'QSMQ'].map((name) => databaseFacts(name));
    const { checks } = await check({ facts: serverFacts({ databases }) });
    expect(
      failed(checks)
        .map(({ message }) => message)
        .join(),
    ).toMatch(/Licenses is missing/);
  });

  it('does not miss Licenses before February 2019', async () => {
    const databases = ['QSR', 'SenseServices', 'QSMQ'].map((name) => databaseFacts(name));
    const { checks } = await check({ facts: serverFacts({ databases }) }, 'November 2018');
    expect(failed(checks)).toEqual([]);
    expect(checks.at(-1)?.message).toContain('left out: Licenses');
  });

  describe('before setup (2.5, p. 140)', () => {
    async function before(major: number, creates: Readonly<Record<string, boolean | undefined>>) {
      const databases = ['QSR', 'SenseServices', 'QSMQ', 'Licenses'].map((name) => databaseFacts(name));
      const database = fakeDatabase({ facts: serverFacts({ major, databases }) });
      database.connect = (name) =>
        Promise.resolve({
          query: async <Row extends object>(): Promise<Row[]> => {
            if (!(name in creates)) throw new Error(`not expected: ${name}`);
            const rows = creates[name] === undefined ? [] : [{ creates: creates[name] }];
            return (await Promise.resolve(rows)) as object[] as Row[];
          },
          close: () => Promise.resolve(),
        });
      const { checks } = await checksOf(
        createCheckDatabase({ site: fakeSite(), database }),
        {},
        { rights: true },
      );
      return checks.filter(({ id }) => id === 'database-rights');
    }
    const all = { QSR: true, SenseServices: true, QSMQ: true, Licenses: true };

    it('fails on PostgreSQL 15 where the role may not create tables, with the grant', async () => {
      const [found] = await before(15, { ...all, QSMQ: false, Licenses: false });
      expect(found).toMatchObject({
        status: 'failed',
        message:
          'qliksenserepository may not create tables in schema public of QSMQ, Licenses: from PostgreSQL 15 on setup needs that right.',
      });
      expect(found?.hint).toContain('GRANT ALL ON SCHEMA public TO "qliksenserepository";');
    });

    it('is content where it may, asks nothing of 14, and only warns where the role has another name', async () => {
      expect(statuses(await before(16, all))).toEqual(['database-rights ok']);
      expect(await before(14, {})).toEqual([]);
      expect(statuses(await before(15, { QSR: undefined }))).toEqual(['database-rights warning']);
    });
  });

  it('fails when two databases differ only in case', async () => {
    const databases = [...serverFacts().databases, databaseFacts('qsr')];
    const { checks } = await check({ facts: serverFacts({ databases }) });
    expect(failed(checks)).toHaveLength(1);
  });

  it('refuses a standby server before anything is stopped', async () => {
    const { checks } = await check({ facts: serverFacts({ standby: true }) });
    expect(failed(checks)).toMatchObject([
      { id: 'database-primary', hint: expect.stringContaining('primary') as string },
    ]);
  });

  it('warns about a user that is no superuser', async () => {
    const { checks } = await check({ facts: serverFacts({ superuser: false }) });
    expect(statuses(checks)).toContain('database-superuser warning');
  });

  it('gives a database that does not answer as a failed check with what to do', async () => {
    const { checks } = await check({ facts: new PreflightError('refused', { hint: 'start it' }) });
    expect(failed(checks)[0]).toMatchObject({ id: 'database-reachable', hint: 'start it' });
  });
});

describe('check.database-security', () => {
  /** A server that answers the questions it is told of, and no other. */
  function server(row: { superuser: boolean; ssl: boolean; encryption: string; roles?: object[] }) {
    const database = fakeDatabase();
    database.connect = () =>
      Promise.resolve({
        query: async <Row extends object>(text: string): Promise<Row[]> => {
          const answers: [RegExp, object[]][] = [
            [/server_version_num/, [{ version: '14.17', number: 140_017, ...row }]],
            [/data_directory/, []],
            [/datallowconn/, [databaseFacts('QSR')]],
            [/password_encryption/, [{ ssl: row.ssl, encryption: row.encryption }]],
            ...(row.roles === undefined ? [] : [[/pg_authid/, row.roles] as [RegExp, object[]]]),
          ];
          const [, rows] = answers.find(([pattern]) => pattern.test(text)) ?? [];
          if (rows === undefined) throw new Error(`not expected: ${text}`);
          return (await Promise.resolve(rows)) as Row[];
        },
        close: () => Promise.resolve(),
      });
    return checksOf(createCheckDatabaseSecurity({ site: fakeSite(), database }));
  }

  it('tells SSL and the kind of the passwords', async () => {
    const roles = [
      { name: 'postgres', stored: 'scram-sha-256' },
      { name: 'qliksenserepository', stored: 'md5' },
    ];
    const { checks } = await server({ superuser: true, ssl: true, encryption: 'scram-sha-256', roles });
    expect(checks.map(({ status, message }) => `${status}: ${message}`)).toEqual([
      'ok: PostgreSQL has SSL switched on; setup of Qlik Sense cannot use it, so it is switched off for an upgrade (manual 3.3, p. 168).',
      'ok: New passwords are stored as scram-sha-256; those that are there: postgres: scram-sha-256, qliksenserepository: md5.',
    ]);
  });

  it('asks for no password where the user is no superuser, and knows the switch of 9.6', async () => {
    const { checks } = await server({ superuser: false, ssl: false, encryption: 'on' });
    expect(checks.map(({ message }) => message)).toEqual([
      'PostgreSQL has SSL switched off.',
      'New passwords are stored as md5; those that are there: only a superuser sees how.',
    ]);
  });

  it('warns when the server does not answer', async () => {
    const database = fakeDatabase();
    database.connect = () => Promise.reject(new PreflightError('no connection'));
    const { checks } = await checksOf(createCheckDatabaseSecurity({ site: fakeSite(), database }));
    expect(statuses(checks)).toEqual(['database-ssl warning']);
    expect(checks[0]?.message).toContain('no connection');
  });
});

describe('check.topology', () => {
  const check = (
    topology: ReturnType<typeof topologyOf> | Error,
    options: { candidate?: boolean; downtimeMs?: number } = {},
  ) => {
    const vault = fakeVault('/vault', [
      {
        id: 'old',
        path: '/vault/old',
        state: 'complete',
        createdAt: '',
        ...(options.downtimeMs === undefined ? {} : { downtimeMs: options.downtimeMs }),
      },
    ]);
    return checksOf(createCheckTopology({ site: fakeSite(), database: fakeDatabase({ topology }), vault }));
  };

  it('is content when site file and database agree, short and full names alike', async () => {
    const { checks, outputs } = await check(topologyOf('QS1', ['qs2.example']));
    expect(statuses(checks)).toEqual(['topology ok']);
    expect(outputs['central']).toBe('QS1');
  });

  it('fails when the site has failed over', async () => {
    const { checks } = await check(topologyOf('qs2.example', ['qs1.example']));
    expect(failed(checks)[0]?.message).toContain('central node is qs2.example');
  });

  it('fails when a node of the site is not in the site file: its services would go on running', async () => {
    const { checks } = await check(topologyOf('qs1.example', ['qs2.example', 'qs3.example']));
    expect(failed(checks)[0]?.message).toContain('qs3.example');
  });

  it('warns about a node that the site does not know', async () => {
    const { checks } = await check(topologyOf('qs1.example'));
    expect(statuses(checks)).toEqual(['topology warning']);
  });

  it('warns when the downtime comes near the failover timeout, and only when there is a candidate', async () => {
    const topology = topologyOf('qs1.example', ['qs2.example']);
    const candidate = {
      ...topology,
      nodes: topology.nodes.map((node) => ({ ...node, failoverCandidate: node.isCentral !== true })),
    };
    const near = { downtimeMs: 9 * 60_000 };
    expect(statuses((await check(candidate, near)).checks)).toContain('failover warning');
    expect(statuses((await check(candidate, { downtimeMs: 60_000 })).checks)).not.toContain(
      'failover warning',
    );
    expect(statuses((await check(topology, near)).checks)).not.toContain('failover warning');
    const patient = { ...candidate, failoverTimeoutMs: 3_600_000 };
    expect(statuses((await check(patient, near)).checks)).not.toContain('failover warning');
  });

  it.each([
    [undefined, 'failover-timeout warning', /does not tell .*; 10 min is assumed\.$/],
    [25, 'failover-timeout ok', /takes over after 25 min .* not after the usual 10 min\.$/],
  ])('says what a failover timeout of %j minutes means for its warnings', async (minutes, status, words) => {
    const { nodes, ...topology } = topologyOf('qs1.example', ['qs2.example']);
    const told = {
      ...topology,
      nodes: nodes.map((node) => ({ ...node, failoverCandidate: true })),
      ...(minutes === undefined ? {} : { failoverTimeoutMs: minutes * 60_000 }),
    };
    const { checks } = await check(told);
    expect(statuses(checks)).toContain(status);
    expect(checks.find(({ id }) => id === 'failover-timeout')?.message).toMatch(words);
    const usual = await check({ ...told, failoverTimeoutMs: 600_000 });
    expect(usual.checks.map(({ id }) => id)).not.toContain('failover-timeout');
  });

  it('gives a database that cannot be read as a failed check', async () => {
    const { checks } = await check(new PreflightError('no table'));
    expect(statuses(checks)).toEqual(['topology failed']);
  });

  it('takes no host for another one that only begins alike', () => {
    expect(sameHost('qs1', 'qs10.example')).toBe(false);
    expect(sameHost('QS1.example', 'qs1')).toBe(true);
  });
});

describe('topology.check after the start', () => {
  const run = (topology: ReturnType<typeof topologyOf> | Error, central = 'qs1.example') =>
    runAction(createTopologyCheck({ site: fakeSite(), database: fakeDatabase({ topology }) }), { central });

  it('says nothing when the central node is the same', async () => {
    expect((await run(topologyOf('QS1.example'))).warnings).toEqual([]);
  });

  it('warns when the site has failed over, or nobody can tell', async () => {
    expect((await run(topologyOf('qs2.example'))).warnings[0]).toContain('qs2.example');
    expect((await run(new PreflightError('gone'))).warnings[0]).toContain('gone');
  });
});

describe('check.clients', () => {
  it('names the programs that are used', async () => {
    const { checks, outputs } = await checksOf(createCheckClients({ database: fakeDatabase() }));
    expect(statuses(checks)).toEqual(['client-programs ok']);
    expect(outputs).toMatchObject({ version: '14.17', folder: '/pg', newer: false });
  });

  it('warns about newer ones that were allowed, and fails where there are none', async () => {
    const newer = fakeDatabase({ programs: { ...PROGRAMS, version: '16.1', major: 16 } });
    expect(statuses((await checksOf(createCheckClients({ database: newer }))).checks)).toEqual([
      'client-programs warning',
    ]);
    const none = fakeDatabase({ programs: new PreflightError('none', { hint: 'install' }) });
    expect((await checksOf(createCheckClients({ database: none }))).checks[0]).toMatchObject({
      status: 'failed',
      hint: 'install',
    });
  });
});

describe('releases', () => {
  it('are compared by month, and 3.x is older than all', () => {
    expect(releaseMonth('February 2019 Patch 8')).toBe(releaseMonth('Feb 2019'));
    expect(releaseMonth('May 2025') ?? 0).toBeGreaterThan(releaseMonth('November 2024') ?? Infinity);
    expect(releaseMonth('3.2 SR5')).toBe(0);
    expect(releaseMonth('soon')).toBeUndefined();
  });

  it('must have Licenses from February 2019 on, and when nobody knows', () => {
    expect(mustHave('licenses', 'February 2019')).toBe(true);
    expect(mustHave('Licenses', 'November 2018')).toBe(false);
    expect(mustHave('Licenses', undefined)).toBe(true);
    expect(mustHave('QSR', '3.2 SR5')).toBe(true);
  });
});
