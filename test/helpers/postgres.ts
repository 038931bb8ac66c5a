import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe } from 'vitest';
import { createExec } from '../../src/platform/process/exec.ts';
import { chooseClientPrograms } from '../../src/postgres/choose-programs.ts';
import { createCluster } from '../../src/postgres/cluster.ts';
import type { Cluster } from '../../src/postgres/cluster.ts';
import { checkReachable, findClusterUser } from '../../src/postgres/cluster-user.ts';
import { connect } from '../../src/postgres/connect.ts';
import type { ConnectOptions } from '../../src/postgres/connect.ts';
import { findClientPrograms, findServerPrograms } from '../../src/postgres/find-programs.ts';
import type { ClientPrograms, ServerAddress, ServerPrograms, SqlClient } from '../../src/postgres/server.ts';
import { PreflightError } from '../../src/contract/errors.ts';
import type { Exec } from '../../src/contract/node.ts';
import { quickFolder } from './quick-folder.ts';

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

/**
 * Majors of servers that the tests can have besides the one here; set-up installs them. There are no client programs of
 * 16: it can be restored into, and not be dumped.
 */
export type OtherMajor = 12 | 14 | 16;

/** Whether this system can have the other servers at all: there are packages for Linux on x64 only. */
export const hasOtherServers = process.platform === 'linux' && process.arch === 'x64';

/**
 * The same tests on servers of several versions, `undefined` is the newest one here; those of versions that this system
 * cannot have are skipped, and are seen to be.
 */
export function describeOnServers<Major extends OtherMajor | undefined>(
  name: string,
  majors: readonly Major[],
  tests: (major: Major) => void,
): void {
  for (const major of majors)
    describe.skipIf(major !== undefined && !hasOtherServers)(
      `${name}, PostgreSQL ${major ?? 'of this machine'}`,
      () => {
        tests(major);
      },
    );
}

/**
 * Server programs of another major version, with the newest client programs here (a site with
 * `database.clients: allow-newer`). Copied to `folder` when the user that the server runs as cannot enter the clone.
 */
async function findOtherPrograms(
  major: OtherMajor,
  folder: string,
): Promise<{ client: ClientPrograms; server: ServerPrograms }> {
  const native = fileURLToPath(new URL(`../servers/node_modules/postgres-${major}/native`, import.meta.url));
  const place = (await canEnter(native)) ? native : path.join(folder, `postgres-${major}`);
  if (place !== native) await fs.cp(native, place, { recursive: true, verbatimSymlinks: true });
  const search = { exec: testExec, platform: process.platform };
  const bin = path.join(place, 'bin');
  const servers = await findServerPrograms({ ...search, folder: bin });
  const server = servers.find((candidate) => candidate.major === major);
  if (server === undefined)
    throw new Error(`no PostgreSQL ${major} in ${bin}: run node scripts/setup.mjs --test-servers`);
  const clients = await findClientPrograms(search);
  const newest = Math.max(...clients.map((candidate) => candidate.major));
  const client = chooseClientPrograms(clients, Math.min(major, newest), { allowNewer: true });
  return { client, server };
}

async function canEnter(folder: string): Promise<boolean> {
  const user = await findClusterUser();
  if (user === undefined) return true;
  try {
    await checkReachable(folder, user);
    return true;
  } catch (error) {
    if (error instanceof PreflightError) return false;
    throw error;
  }
}

/** A temporary folder that the cluster's unprivileged user may enter too, below `place`. */
export async function makeOpenFolder(name = 'sense-runbook-', place = quickFolder()): Promise<string> {
  const folder = await fs.mkdtemp(path.join(place, name));
  await fs.chmod(folder, 0o755);
  return folder;
}

/**
 * Starts one cluster for a test file or `describe` and removes it after the last test. Call it at the top of a `describe` or file,
 * and the function it gives inside tests.
 */
export function usePostgres(
  options: {
    readonly password?: string;
    /** Default: the newest server here. */
    readonly major?: OtherMajor;
    /** Added to postgresql.conf. */
    readonly settings?: Readonly<Record<string, string | number | boolean>>;
    /** Where its folder is made; default: where it is quick. */
    readonly place?: string;
  } = {},
): () => TestPostgres {
  let current: TestPostgres | undefined;
  let made: { folder: string; cluster?: Cluster } | undefined;
  beforeAll(async () => {
    const folder = await makeOpenFolder(undefined, options.place);
    made = { folder };
    const { client, server } =
      options.major === undefined ? await findTestPrograms() : await findOtherPrograms(options.major, folder);
    const cluster = await createCluster({
      exec: testExec,
      programs: server,
      folder: path.join(folder, 'cluster'),
      superuser: 'postgres',
      password: options.password ?? 'test-password',
      durable: false,
      ...(options.settings === undefined ? {} : { settings: options.settings }),
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
