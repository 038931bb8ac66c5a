import { quoteName } from '../../src/postgres/recreate.ts';
import type { SqlClient } from '../../src/postgres/server.ts';

interface BenchTable {
  readonly name: string;
  /** At scale 1. */
  readonly rows: number;
}

/**
 * What is planted into each database: tables as the repository has them, named after its own (their real sizes are not
 * known), each with a key, a time and a reference of a row to an app, all three with an index. At scale 1 dumps take about
 * 1.8 GB, nine tenths of it QSR.
 */
export const BENCH_TABLES: Readonly<Record<string, readonly BenchTable[]>> = {
  QSR: [
    { name: 'BenchAppObjects', rows: 900_000 },
    { name: 'BenchExecutionResults', rows: 600_000 },
    { name: 'BenchExecutionResultDetails', rows: 600_000 },
    { name: 'BenchAppContents', rows: 400_000 },
    { name: 'BenchFileReferences', rows: 400_000 },
    { name: 'BenchUserAttributes', rows: 300_000 },
  ],
  SenseServices: [{ name: 'BenchLinks', rows: 150_000 }],
  QSMQ: [{ name: 'BenchMessages', rows: 50_000 }],
  Licenses: [{ name: 'BenchAssignments', rows: 150_000 }],
};
const APPS = 20_000;

/** Plants the tables of one database, by a connection to it. */
export async function plantBenchTables(client: SqlClient, database: string, scale: number): Promise<void> {
  await client.query('CREATE TABLE "BenchApps" ("ID" uuid PRIMARY KEY, "Name" text NOT NULL)');
  await client.query(
    `INSERT INTO "BenchApps" SELECT md5(n::text)::uuid, 'App ' || n FROM generate_series(1, ${String(APPS)}) n`,
  );
  for (const { name, rows } of BENCH_TABLES[database] ?? []) {
    const table = quoteName(name);
    await client.query(
      `CREATE TABLE ${table} AS
         SELECT md5('${name}' || n)::uuid AS "ID", timestamp '2026-01-01' + n * interval '1 second' AS "ModifiedDate",
                md5((1 + n % ${String(APPS)})::text)::uuid AS "App_ID", repeat(md5((n * 7)::text), 14) AS "Body"
           FROM generate_series(1, ${String(Math.round(rows * scale))}) n`,
    );
    await client.query(`ALTER TABLE ${table} ADD PRIMARY KEY ("ID")`);
    await client.query(`ALTER TABLE ${table} ADD FOREIGN KEY ("App_ID") REFERENCES "BenchApps" ("ID")`);
    await client.query(`CREATE INDEX ON ${table} ("App_ID")`);
    await client.query(`CREATE INDEX ON ${table} ("ModifiedDate")`);
  }
}
