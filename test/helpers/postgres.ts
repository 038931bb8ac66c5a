import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createExec } from '../../src/platform/process/exec.ts';
import { chooseClientPrograms } from '../../src/postgres/choose-programs.ts';
import { createCluster } from '../../src/postgres/cluster.ts';
import type { Cluster } from '../../src/postgres/cluster.ts';
import { connect } from '../../src/postgres/connect.ts';
import type { ConnectOptions } from '../../src/postgres/connect.ts';
import { findClientPrograms, findServerPrograms } from '../../src/postgres/find-programs.ts';
import type { ClientPrograms, ServerAddress, ServerPrograms, SqlClient } from '../../src/postgres/server.ts';
import type { Exec } from '../../src/contract/node.ts';

/** A PostgreSQL server of the test's own and what goes with it. */
export interface TestPostgres {
  readonly cluster: Cluster;
  readonly address: ServerAddress;
  readonly client: ClientPrograms;
  readonly server: ServerPrograms;
  readonly exec: Exec;
  /** A folder of this test file, removed at the end; everyone may enter it. */
  readonly folder: string;
  readonly connect: (database?: string, options?: ConnectOptions) => Promise<SqlClient>;
  /** Runs SQL statements in a connection of their own. */
  readonly sql: (database: string, ...statements: string[]) => Promise<void>;
}

/** The executor that production code uses. */
export const testExec: Exec = createExec({ redact: (text) => text });

/** The newest server programs here that have client programs of the same version. */
export async function findTestPrograms(): Promise<{ client: ClientPrograms; server: ServerPrograms }> {
  const search = { exec: testExec, platform: process.platform };
  const [server] = await findServerPrograms(search);
  if (server === undefined) throw new Error('the tests need PostgreSQL server programs');
  const client = chooseClientPrograms(await findClientPrograms(search), server.major, { allowNewer: false });
  return { client, server };
}

/** A temporary folder that the cluster's unprivileged user may enter too. */
export async function makeOpenFolder(name = 'sense-runbook-'): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), name));
  await fs.chmod(folder, 0o755);
  return folder;
}

/**
 * Starts one cluster for a test file and removes it after the last test. Call it at the top of a `describe` or file,
 * and the function it gives inside tests.
 */
export function usePostgres(options: { readonly password?: string } = {}): () => TestPostgres {
  let current: TestPostgres | undefined;
  let made: { folder: string; cluster?: Cluster } | undefined;
  beforeAll(async () => {
    const folder = await makeOpenFolder();
    made = { folder };
    const { client, server } = await findTestPrograms();
    const cluster = await createCluster({
      exec: testExec,
      programs: server,
      folder: path.join(folder, 'cluster'),
      superuser: 'postgres',
      password: options.password ?? 'test-password',
      durable: false,
    });
    made = { folder, cluster };
    current = {
      cluster,
      address: cluster.address,
      client,
      server,
      exec: testExec,
      folder,
      ...helpers(cluster),
    };
  }, 120_000);
  afterAll(async () => {
    await made?.cluster?.remove();
    if (made !== undefined) await fs.rm(made.folder, { recursive: true, force: true });
  }, 60_000);
  return () => {
    if (current === undefined) throw new Error('the cluster is there only inside tests');
    return current;
  };
}

function helpers(cluster: Cluster): Pick<TestPostgres, 'connect' | 'sql'> {
  return {
    connect: (database = 'postgres', options = {}) => connect(cluster.address, database, options),
    async sql(database, ...statements) {
      const client = await connect(cluster.address, database);
      try {
        for (const statement of statements) await client.query(statement);
      } finally {
        await client.close();
      }
    },
  };
}
