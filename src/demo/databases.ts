import { connect } from '../postgres/connect.ts';
import { REPOSITORY_ROLE } from '../postgres/recorded-roles.ts';
import type { ServerAddress, SqlClient } from '../postgres/server.ts';
import { LICENSES, MESSAGE_QUEUE, REPOSITORY, SERVICES } from './database-tables.ts';
import type { ShapeNode } from './site-shape.ts';

/** The databases of a site, by the names the manual gives them. */
export const DEMO_DATABASES = ['QSR', 'SenseServices', 'QSMQ', 'Licenses'] as const;

/** The role that owns them (manual 2, "Creating login roles"). */
const ROLE = REPOSITORY_ROLE.name;

/** What the repository is told about the site. */
export interface DemoTopology {
  readonly nodes: readonly ShapeNode[];
  readonly shareRoot: string;
  readonly database: ServerAddress;
}

/** Statements that fill one database; run as the repository's role. */
const CONTENTS: Record<(typeof DEMO_DATABASES)[number], readonly string[]> = {
  QSR: REPOSITORY,
  SenseServices: SERVICES,
  QSMQ: MESSAGE_QUEUE,
  Licenses: LICENSES,
};

/** Makes the role and the four databases as the manual's script does, and fills them. */
export async function createDemoDatabases(topology: DemoTopology, rolePassword: string): Promise<void> {
  await createEmptyDatabases(topology.database, rolePassword);
  for (const name of DEMO_DATABASES) {
    await withClient(topology.database, name, async (client) => {
      await client.query(`SET ROLE "${ROLE}"`);
      for (const statement of CONTENTS[name]) await client.query(statement);
      if (name === 'QSR') await describeSite(client, topology);
    });
  }
}

/** Makes the role and the four databases without anything in them, as an installation does that starts nothing. */
export async function createEmptyDatabases(server: ServerAddress, rolePassword: string): Promise<void> {
  await withClient(server, 'postgres', async (client) => {
    await client.query(
      `CREATE ROLE "${ROLE}" WITH LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION VALID UNTIL 'infinity'`,
    );
    // ALTER ROLE takes no parameters, so the password goes by a setting of the session and is quoted by the server.
    await client.query("SELECT set_config('demo.password', $1, false)", [rolePassword]);
    await client.query(
      `DO $$ BEGIN EXECUTE format('ALTER ROLE "${ROLE}" WITH ENCRYPTED PASSWORD %L', current_setting('demo.password')); END $$`,
    );
    await client.query(`GRANT "${ROLE}" TO "${server.user}"`);
    for (const name of DEMO_DATABASES) {
      await client.query(`CREATE DATABASE "${name}" ENCODING = 'UTF8' TEMPLATE = template0`);
      await client.query(`ALTER DATABASE "${name}" OWNER TO "${ROLE}"`);
      await client.query(`GRANT TEMPORARY, CONNECT ON DATABASE "${name}" TO PUBLIC`);
      await client.query(`GRANT ALL ON DATABASE "${name}" TO "${server.user}"`);
      await client.query(`GRANT CREATE ON DATABASE "${name}" TO "${ROLE}"`);
    }
  });
  for (const name of DEMO_DATABASES) {
    await withClient(server, name, async (client) => {
      // Needed from PostgreSQL 15 on (manual 2, "Granting permissions for PostgreSQL versions 15 and 16").
      await client.query(`GRANT ALL ON SCHEMA public TO "${ROLE}"`);
    });
  }
}

/** Makes those of `names` that are none of Qlik's four; each holds one small table. */
export async function createFurtherDatabases(server: ServerAddress, names: readonly string[]): Promise<void> {
  const known = DEMO_DATABASES.map((name) => name.toLowerCase());
  for (const name of names.filter((other) => !known.includes(other.toLowerCase()))) {
    await withClient(server, 'postgres', async (client) => {
      await client.query(
        `CREATE DATABASE "${name.replaceAll('"', '""')}" ENCODING = 'UTF8' TEMPLATE = template0`,
      );
    });
    await withClient(server, name, async (client) => {
      await client.query('CREATE TABLE "Sample" AS SELECT n AS "Id" FROM generate_series(1, 1000) n');
    });
  }
}

async function describeSite(client: SqlClient, topology: DemoTopology): Promise<void> {
  const node =
    'INSERT INTO "ServerNodeConfigurations" VALUES (gen_random_uuid(), $1, $2, $3, $4, 2, true, true, true, true)';
  for (const { name, host, role, failoverCandidate } of topology.nodes) {
    const central = role === 'central';
    await client.query(node, [name, host, central, central || failoverCandidate]);
  }
  const folder = (name: string) => `${topology.shareRoot}/${name}`;
  await client.query(
    'INSERT INTO "ServiceClusterSettingsSharedPersistenceProperties" VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7, $8, 10)',
    [
      topology.shareRoot,
      folder('Apps'),
      folder('StaticContent'),
      folder('CustomData'),
      folder('CustomData'),
      folder('ArchivedLogs'),
      topology.database.host,
      topology.database.port,
    ],
  );
}

/** Tells the repository where a folder of the share lies, by its column. */
export async function placeShareFolders(
  server: ServerAddress,
  folders: Readonly<
    Partial<Record<'AppFolder' | 'StaticContentRootFolder' | 'ArchivedLogsRootFolder', string>>
  >,
): Promise<void> {
  await withClient(server, 'QSR', async (client) => {
    for (const [column, folder] of Object.entries(folders))
      await client.query(`UPDATE "ServiceClusterSettingsSharedPersistenceProperties" SET "${column}" = $1`, [
        folder,
      ]);
  });
}

async function withClient(
  server: ServerAddress,
  database: string,
  work: (client: SqlClient) => Promise<void>,
): Promise<void> {
  const client = await connect(server, database, { applicationName: 'sense-runbook demo' });
  try {
    await work(client);
  } finally {
    await client.close();
  }
}
