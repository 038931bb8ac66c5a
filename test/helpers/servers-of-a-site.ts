import { fileURLToPath } from 'node:url';
import { createDemoDatabases, DEMO_DATABASES } from '../../src/demo/databases.ts';
import { DEMO_SHAPE } from '../../src/demo/site-shape.ts';
import { connect } from '../../src/postgres/connect.ts';
import { takeEvidence } from '../../src/postgres/evidence.ts';
import type { DatabaseEvidence } from '../../src/postgres/evidence-format.ts';
import type { SqlClient } from '../../src/postgres/server.ts';
import type { LabSite } from './lab.ts';
import type { TestPostgres } from './postgres.ts';

/** The password of the role that owns the databases of these sites. */
export const ROLE_PASSWORD = 'a word of the role';

const SERVICE = fileURLToPath(new URL('pg-service.mjs', import.meta.url));

/** Name of the service of a server on the central node. */
export function serviceOf({ server }: Pick<TestPostgres, 'server'>): string {
  return `postgresql-x64-${String(server.major)}`;
}

/** Fills the first server, lets the site use it, and makes each of them a service of the central node. */
export async function useServers(site: LabSite, servers: readonly TestPostgres[]): Promise<void> {
  const [first] = servers;
  if (first === undefined) throw new Error('a site has a server');
  const { address: database } = first;
  await createDemoDatabases({ nodes: DEMO_SHAPE.nodes, shareRoot: site.share, database }, ROLE_PASSWORD);
  site.edit((content) => {
    Object.assign(content['database'] as object, {
      ...{ host: database.host, port: database.port, clients: 'allow-newer', node: 'central' },
    });
    content['drill'] = { bin: first.server.folder, folder: first.folder };
  });
  site.services('central', ({ services }) => {
    delete services['QlikSenseRepositoryDatabase'];
    for (const service of Object.values(services)) Object.assign(service, { dependsOn: [] });
    for (const one of servers)
      services[serviceOf(one)] = {
        ...{ displayName: serviceOf(one), state: 'running', startType: 'automatic' },
        ...{ since: new Date().toISOString() },
        ...{ run: { start: command('start', one), stop: command('stop', one) } },
      };
  });
}

function command(verb: string, { server, cluster }: TestPostgres): string[] {
  return [process.execPath, SERVICE, verb, server.pgCtl, cluster.folder];
}

/** Does something at a port, as the superuser of these servers or as another role. */
export async function at<T>(
  { address }: Pick<TestPostgres, 'address'>,
  port: number,
  work: (client: SqlClient) => Promise<T>,
  { database = 'postgres', ...as }: { database?: string; user?: string; password?: string } = {},
): Promise<T> {
  const client = await connect({ ...address, port, ...as }, database);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** Major version of who answers at a port; undefined: nobody. */
export async function majorAt(pg: TestPostgres, port: number): Promise<number | undefined> {
  try {
    return await at(pg, port, async (client) => {
      const [row] = await client.query<{ n: number }>(
        `select current_setting('server_version_num')::int as n`,
      );
      return Math.floor((row?.n ?? 0) / 10_000);
    });
  } catch {
    return undefined;
  }
}

/** Every row of every table by hash, with rights, settings and limits; the time it was taken left out. */
export async function contentsAt(pg: TestPostgres, port: number): Promise<DatabaseEvidence[]> {
  const found: DatabaseEvidence[] = [];
  for (const name of DEMO_DATABASES) {
    const evidence = await at(pg, port, (client) => takeEvidence(client, { name, checksums: true }), {
      database: name,
    });
    found.push({ ...evidence, takenAt: '' });
  }
  return found;
}
