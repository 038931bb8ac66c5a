import { beforeAll, describe, expect, test } from 'vitest';
import { REPOSITORY } from '../../../src/demo/database-tables.ts';
import { readReloads } from '../../../src/postgres/reloads.ts';
import type { SqlClient } from '../../../src/postgres/server.ts';
import { usePostgres } from '../../helpers/postgres.ts';

const postgres = usePostgres();

async function within(database: string, work: (client: SqlClient) => Promise<void>): Promise<void> {
  const client = await postgres().connect(database);
  try {
    await work(client);
  } finally {
    await client.close();
  }
}

beforeAll(async () => {
  await within('postgres', async (client) => {
    for (const name of ['QSR', 'Idle', 'Older']) await client.query(`CREATE DATABASE "${name}"`);
  });
  for (const name of ['QSR', 'Idle'])
    await within(name, async (client) => {
      // Zones of server and session must not matter.
      await client.query(`ALTER DATABASE "${name}" SET timezone = 'Asia/Tokyo'`);
      for (const statement of REPOSITORY) await client.query(statement);
    });
});

const task = (n: number): string =>
  `(SELECT "ID" FROM "ReloadTasks" WHERE "Name" LIKE 'Reload ${String(n)} %')`;

async function run(client: SqlClient, n: number, status: number, minutesAgo: number): Promise<void> {
  await client.query(
    `INSERT INTO "ExecutionResults" ("ID", "TaskID", "Status", "StartTime")
       VALUES (gen_random_uuid(), ${task(n)}, $1, (now() AT TIME ZONE 'UTC') - $2 * interval '1 minute')`,
    [status, minutesAgo],
  );
}

async function due(client: SqlClient, n: number, minutes: number): Promise<void> {
  await client.query(
    `UPDATE "ReloadTaskOperationals" SET "NextExecution" = (now() AT TIME ZONE 'UTC') + $1 * interval '1 minute'
       WHERE "ID" = (SELECT "Operational_ID" FROM "ReloadTasks" WHERE "ID" = ${task(n)})`,
    [minutes],
  );
}

describe('reloads in the repository database', () => {
  test('none runs and none is due', () =>
    within('Idle', async (client) => {
      expect(await readReloads(client)).toEqual({ running: [], due: [] });
    }));

  test('running ones by the newest execution of each task, due ones of the next day', () =>
    within('QSR', async (client) => {
      await run(client, 1, 2, 10); // started
      await run(client, 2, 3, 5); // queued
      await run(client, 3, 7, 3); // done
      await run(client, 4, 2, 60); // left over by a crash ...
      await run(client, 4, 7, 30); // ... and done since
      await run(client, 5, 2, 3000); // left over long ago
      await due(client, 1, 20);
      await due(client, 2, 10);
      await due(client, 3, 3000);
      await due(client, 10, 15); // not enabled
      const { running, due: next } = await readReloads(client);
      expect(running?.map((one) => one.task)).toEqual(['Reload 1 Übersicht', 'Reload 2 Übersicht']);
      expect(next?.map((one) => one.task)).toEqual(['Reload 2 Übersicht', 'Reload 1 Übersicht']);
      const [server] = await client.query<{ now: Date }>('SELECT now() AS now');
      const ago = (server?.now.getTime() ?? 0) - Date.parse(running?.[0]?.startedAt ?? '');
      expect(Math.round(ago / 60_000)).toBe(10);
    }));

  test('what a release does not have is left out', () =>
    within('Older', async (client) => {
      await client.query('CREATE TABLE "ReloadTasks" ("ID" uuid, "Name" text)');
      expect(await readReloads(client)).toEqual({});
    }));
});
