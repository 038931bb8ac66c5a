import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../src/postgres/evidence-format.ts';
import { useHeldUpDump } from '../helpers/held-up-dump.ts';
import { newestJournal, type LabSite } from '../helpers/lab.ts';
import { childrenLeft } from '../helpers/soundness.ts';
import { findTestPrograms } from '../helpers/postgres.ts';
import { completeSets } from '../helpers/expect-tool.ts';

const SNAPSHOT = ['backup', '--yes', '--quiesce', 'snapshot'];

const { lab, rollback, query } = useHeldUpDump();

function records(site: LabSite, type: string, step: string): Record<string, unknown>[] {
  return newestJournal(site).filter((record) => record['type'] === type && record['step'] === step);
}

async function servicesStarted(site: LabSite): Promise<void> {
  await expect.poll(() => records(site, 'result', 'start-rims').length, { timeout: 120_000 }).toBe(1);
}

/** One reload runs, and every two seconds another one is due, for longer than the slowest machine takes to get there. */
async function withReloads(): Promise<void> {
  const client = new pg.Client({ ...lab().demo.cluster.address, database: 'QSR' });
  await client.connect();
  await client.query(`insert into "ExecutionResults" ("ID", "TaskID", "Status", "StartTime")
    select gen_random_uuid(), "ID", 2, now() at time zone 'UTC' from "ReloadTasks" limit 1`);
  await client.query(`insert into "ReloadTaskOperationals" ("ID", "NextExecution")
    select gen_random_uuid(), now() at time zone 'UTC' + n * interval '2 seconds' from generate_series(1, 300) n`);
  await client.query(`insert into "ReloadTasks" ("ID", "Name", "Enabled", "Operational_ID")
    select gen_random_uuid(), 'Reload at ' || "NextExecution", true, "ID" from "ReloadTaskOperationals"
     where "NextExecution" > now() at time zone 'UTC'`);
  await client.end();
}

describe('a backup with quiesce=snapshot', () => {
  it('starts the services while the dumps go on, and the dumps show the moment of quiet', async () => {
    const site = lab().site();
    site.edit((content) => {
      Object.assign(content['timeouts'] as object, { drain: '0s' });
    });
    const services = site.states();
    await withReloads();
    const backup = site.run(SNAPSHOT);
    await servicesStarted(site);
    // The site lives again, and the dump of QSR is not done.
    expect(site.states()).toEqual(services);
    expect(records(site, 'milestone', 'dump-qsr')).toHaveLength(1);
    expect(records(site, 'result', 'dump-qsr')).toEqual([]);
    const site2 = new pg.Client({ ...lab().demo.cluster.address, database: 'QSR' });
    await site2.connect();
    await site2.query('delete from notes where n > 5');
    await site2.query('update "ExecutionResults" set "Status" = 7 where "Status" = 2');
    await site2.end();
    await rollback();

    const { code, stdout, stderr } = await backup;
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/1 reload still runs; stopping the services cuts\s+off:\s+Reload/);
    expect(stdout).toMatch(/tasks? (was|were) due while the site was down/);
    const [id = ''] = completeSets(site);
    const set = join(site.vault, 'demo', id);
    const { client } = await findTestPrograms();
    const restored = await execa(client.pgRestore, [
      ...['-f', '-', '-a', '-t', 'notes'],
      join(set, 'databases/QSR_backup.tar'),
    ]);
    expect(restored.stdout.split('\n').filter((line) => /^\d+$/.test(line))).toHaveLength(40);
    const evidence = JSON.parse(readFileSync(join(set, 'databases/evidence.json'), 'utf8')) as Evidence;
    const qsr = evidence.databases.find(({ name }) => name === 'QSR');
    expect(qsr?.tables.find(({ name }) => name === 'notes')?.rows).toBe(40);
    const manifest = JSON.parse(readFileSync(join(set, 'manifest.json'), 'utf8')) as {
      quiesce: string;
      durationMs: number;
      downtimeMs: number;
      databases: { name: string; takenAt: string }[];
    };
    expect(manifest).toMatchObject({ quiesce: 'snapshot', mutuallyConsistent: true });
    // Every dump shows a moment between the last stop and the first start.
    const orders = newestJournal(site).filter(
      ({ type, operation }) => type === 'operation' && (operation as { kind: string }).kind === 'service',
    );
    const times = (verb: string): string[] =>
      orders
        .filter(({ operation }) => (operation as { verb: string }).verb === verb)
        .map(({ at }) => String(at));
    const [lastStop = '', firstStart = ''] = [times('stop').at(-1), times('start')[0]];
    expect(manifest.databases).toHaveLength(4);
    for (const { takenAt } of manifest.databases) {
      expect(takenAt >= lastStop && takenAt <= firstStart, `${lastStop} ${takenAt} ${firstStart}`).toBe(true);
    }
    // What went on after the start is no downtime.
    const started = records(site, 'result', 'start-rims')[0]?.['at'];
    const stopped = times('stop')[0];
    expect(manifest.downtimeMs).toBe(Date.parse(String(started)) - Date.parse(String(stopped)));
  });

  it('fails when a dump fails after the start, and the services stay up', async () => {
    const site = lab().site({ small: true });
    const before = site.states();
    const backup = site.run(SNAPSHOT);
    await servicesStarted(site);
    await query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like '%dump-qsr' and wait_event_type = 'Lock'`,
    );
    const { code, stdout, stderr } = await backup;
    expect(code, stdout + stderr).toBe(1);
    expect(stderr).toContain('dump-qsr');
    expect(site.states()).toEqual(before);
    expect(completeSets(site)).toEqual([]);
    expect(childrenLeft(site)).toEqual([]);
  });
});
