import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/contract/plan.ts';
import { openSiteWithoutDatabase, type ToolOptions } from '../helpers/lab.ts';
import { hasOtherServers, usePostgres, type TestPostgres } from '../helpers/postgres.ts';
import {
  at,
  contentsAt,
  majorAt,
  ROLE_PASSWORD,
  serviceOf,
  useServers,
} from '../helpers/servers-of-a-site.ts';
import { expectAsPlanned } from '../e2e/as-planned.ts';
import { backUp } from '../helpers/expect-tool.ts';

const RUNBOOK = 'upgrade-postgres-standalone';
const PASSWORD = 'a password';

describe.skipIf(!hasOtherServers)('a site moves to a later server', { shuffle: false }, () => {
  const twelve = usePostgres({ major: 12, password: PASSWORD, settings: { max_connections: 130 } });
  const fourteen = usePostgres({ major: 14, password: PASSWORD });
  const sixteen = usePostgres({ major: 16, password: PASSWORD });
  let site: Awaited<ReturnType<typeof openSiteWithoutDatabase>>;
  /** The port of the site, which never changes. */
  let port: number;

  beforeAll(async () => {
    site = await openSiteWithoutDatabase();
    await useServers(site, [twelve(), fourteen(), sixteen()]);
    ({ port } = twelve().address);
    await twelve().sql(
      'postgres',
      `ALTER DATABASE "QSR" SET work_mem = '5MB'`,
      'ALTER DATABASE "QSMQ" CONNECTION LIMIT 40',
      `SET password_encryption = 'md5'; ALTER ROLE qliksenserepository PASSWORD '${ROLE_PASSWORD}'`,
    );
    const hba = join(twelve().cluster.dataFolder, 'pg_hba.conf');
    const lines = ['host all all 10.1.2.0/24 md5', 'host all all 127.0.0.1/32 md5', ''];
    writeFileSync(hba, lines.join('\n') + readFileSync(hba, 'utf8'));
    await twelve().sql('postgres', 'SELECT pg_reload_conf()');
    await backUp(site, '--drill', 'always');
  }, 240_000);

  afterAll(async () => {
    await site.close();
  });

  const flags = (old: TestPostgres, next: TestPostgres): string[] => [
    ...['--set', `newPort=${String(next.address.port)}`, '--set', `to=${String(next.server.major)}`],
    ...['--set', `oldService=${serviceOf(old)}`, '--set', `newService=${serviceOf(next)}`],
  ];
  const move = (old: TestPostgres, next: TestPostgres, options?: ToolOptions) =>
    site.run(['run', RUNBOOK, ...flags(old, next), '--yes'], options);

  /** The site looks into the next server, which has all that the old one had, and the old one is down. */
  async function expectMoved(next: TestPostgres, before: unknown): Promise<void> {
    expect(await majorAt(next, port)).toBe(next.server.major);
    expect(await majorAt(next, next.address.port)).toBeUndefined();
    expect(await contentsAt(next, port)).toEqual(before);
    const login = { user: 'qliksenserepository', password: ROLE_PASSWORD, database: 'QSR' };
    await at(next, port, (client) => client.query('CREATE TABLE "After" ()'), login);
    await at(next, port, (client) => client.query('DROP TABLE "After"'), login);
  }

  it('from 12 to 14, as planned, with logins, rights and rows as they were', async () => {
    const before = await contentsAt(twelve(), port);
    const services = site.states();
    const planned = await site.run(['--json', 'plan', RUNBOOK, ...flags(twelve(), fourteen())]);
    expect(planned.code, planned.stdout + planned.stderr).toBe(0);
    const run = await move(twelve(), fourteen());
    expect(run.code, run.stdout + run.stderr).toBe(0);
    expectAsPlanned(site, JSON.parse(planned.stdout) as Plan);
    await expectMoved(fourteen(), before);
    expect(run.stdout + run.stderr).not.toContain(ROLE_PASSWORD);
    expect(site.states()).toEqual({ ...services, [`central/${serviceOf(twelve())}`]: 'stopped' });
    const settings = await at(fourteen(), port, (client) =>
      client.query(`select current_setting('max_connections') as connections`),
    );
    expect(settings).toEqual([{ connections: '130' }]);
    expect(readFileSync(join(fourteen().cluster.dataFolder, 'pg_hba.conf'), 'utf8')).toMatch(
      /host all all 10\.1\.2\.0\/24 md5\r?\n[^]*127\.0\.0\.1\/32\s+scram/,
    );
  });

  it('from 14 to 16 and back by a rollback, and again across kills in the loading and in the exchange', async () => {
    const before = await contentsAt(fourteen(), port);
    const own = sixteen().address.port;
    const services = site.states();
    const moved = await move(fourteen(), sixteen());
    expect(moved.code, moved.stdout + moved.stderr).toBe(0);
    await expectMoved(sixteen(), before);

    const back = await site.run(['rollback', '--approve', 'destroy=demo', '--approve', 'change']);
    expect(back.code, back.stdout + back.stderr).toBe(0);
    expect(await majorAt(fourteen(), port)).toBe(14);
    expect(await majorAt(sixteen(), own)).toBe(16);
    expect(await contentsAt(fourteen(), port)).toEqual(before);
    expect(await leftAt(own)).toEqual([]);
    expect(site.states()).toEqual(services);

    const loading = { at: 'operation begin move-databases central command', occurrence: 6 };
    const killed = await move(fourteen(), sixteen(), { cut: loading });
    expect(killed.signal, killed.stdout + killed.stderr).toBe('SIGKILL');
    const recovered = await site.run(['recover']);
    expect(site.states(), recovered.stdout + recovered.stderr).toEqual(services);
    expect(await leftAt(own)).toEqual([expect.objectContaining({ name: 'qliksenserepository' })]);
    await at(fourteen(), port, (client) => client.query(`CREATE TABLE "Later" (id int)`), {
      database: 'QSR',
    });
    const later = await contentsAt(fourteen(), port);
    const exchanging = { at: `operation end exchange-servers central service stop ${serviceOf(fourteen())}` };
    const again = await site.run(['resume', '--yes'], { cut: exchanging });
    expect(again.signal, again.stdout + again.stderr).toBe('SIGKILL');
    expect(await majorAt(fourteen(), port)).toBeUndefined();
    const down = await site.run(['recover']);
    expect(
      Object.values(site.states()).filter((state) => state === 'running'),
      down.stdout,
    ).toHaveLength(1);
    const resumed = await site.run(['resume', '--yes']);
    expect(resumed.code, resumed.stdout + resumed.stderr).toBe(0);
    await expectMoved(sixteen(), later);
    const [run = ''] = readdirSync(join(site.state, 'runs')).sort().slice(-1);
    const kept = await site.run(['cleanup', run, '--approve', 'destroy=demo']);
    expect(kept.stdout + kept.stderr).toContain(fourteen().cluster.dataFolder);
  });

  /** Roles and databases at the port of a server that nothing was moved to, but its own. */
  function leftAt(own: number): Promise<object[]> {
    return at(sixteen(), own, (client) =>
      client.query(
        `select rolname::text as name from pg_roles where rolname !~ '^pg_' and rolname <> 'postgres'
         union all select datname::text from pg_database where not datistemplate and datname <> 'postgres'`,
      ),
    );
  }
});
