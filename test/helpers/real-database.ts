import type { RepositoryDatabase } from '../../src/actions/collaborators.ts';
import { createRepositoryDatabase } from '../../src/main/repository-database.ts';
import type { ServerAddress, SqlClient } from '../../src/postgres/server.ts';
import { fakeSite } from '../unit/actions/fakes.ts';
import type { TestPostgres } from './postgres.ts';

/** The site's database as production makes it, on a server of the test. */
export function realDatabase(
  pg: TestPostgres,
  stateFolder: string,
  more: Partial<Pick<ServerAddress, 'ssl'>> = {},
): RepositoryDatabase {
  const { address } = pg;
  const site = fakeSite();
  return createRepositoryDatabase({
    site: {
      database: {
        ...site.database,
        host: address.host,
        port: address.port,
        user: address.user,
        password: { env: 'PASSWORD' },
        ...more,
        bin: pg.client.folder,
      },
      timeouts: { ...site.timeouts, connect: 60_000, dump: 60_000 },
    },
    secrets: { read: async () => address.password ?? '' },
    exec: pg.exec,
    platform: process.platform,
    stateFolder,
  });
}

/**
 * The same, but the process goes away at a statement: before it reaches the server, or when it came back. The promise never
 * settles, and the server rolls back what was open.
 */
export function killedAt(
  database: RepositoryDatabase,
  kill: { readonly statement: RegExp; readonly when: 'before' | 'after'; readonly onKill: () => void },
): RepositoryDatabase {
  return {
    ...database,
    async connect(name, application) {
      const client = await database.connect(name, application);
      return {
        ...client,
        close: () => client.close(),
        async query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]> {
          if (!kill.statement.test(text)) return client.query<Row>(text, values);
          if (kill.when === 'after') await client.query<Row>(text, values);
          await client.close();
          kill.onKill();
          return new Promise(() => undefined);
        },
      } satisfies SqlClient;
    },
  };
}
