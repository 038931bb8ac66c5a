import { join, resolve } from 'node:path';
import type { RepositoryDatabase } from '../actions/collaborators.ts';
import type { Exec } from '../contract/node.ts';
import { terminateBackends } from '../postgres/backends.ts';
import { chooseClientPrograms } from '../postgres/choose-programs.ts';
import { clientEnvironment } from '../postgres/client-environment.ts';
import { connect } from '../postgres/connect.ts';
import { readDumpedOwners } from '../postgres/dumped-owners.ts';
import { readDumpedTables } from '../postgres/dumped-tables.ts';
import { openEvidenceSession } from '../postgres/evidence-session.ts';
import { readServerFacts } from '../postgres/facts.ts';
import { findClientPrograms } from '../postgres/find-programs.ts';
import { removePassFiles, writePassFile } from '../postgres/pass-file.ts';
import type { ClientPrograms, ServerAddress, SqlClient } from '../postgres/server.ts';
import { readReloads } from '../postgres/reloads.ts';
import { readTopology } from '../postgres/topology.ts';
import { readUsedCertificates } from '../postgres/used-certificates.ts';
import type { Site } from '../site/schema.ts';
import type { SecretReader } from '../site/secrets.ts';
import { makePrivateFolder } from '../site/state-folder.ts';
import { shareAnswers } from './shared-answer.ts';

/** Every PostgreSQL server has it; it holds nothing of the site. */
const MAINTENANCE_DATABASE = 'postgres';
/** Steps of a plan ask the same of the server, each in a session of its own: they share what is this young. Milliseconds. */
const SHARED_MS = 2_000;

/** What the site's database is reached with. */
export interface RepositoryDatabaseOptions {
  readonly site: Pick<Site, 'database' | 'timeouts'>;
  readonly secrets: SecretReader;
  readonly exec: Exec;
  readonly platform: NodeJS.Platform;
  /** Password files live in a folder of it while a client program runs. */
  readonly stateFolder: string;
}

/** The site's PostgreSQL server; its password is read when it is first needed. */
export function createRepositoryDatabase(options: RepositoryDatabaseOptions): RepositoryDatabase {
  const { database, timeouts } = options.site;
  const passFolder = join(options.stateFolder, 'pgpass');
  let found: Promise<ClientPrograms[]> | undefined;
  let asked = false;

  /** Programs of the folder that the site file names, and of no other; without one, all that are found. */
  async function findPrograms(): Promise<ClientPrograms[]> {
    const { exec, platform } = options;
    if (database.bin === undefined) return findClientPrograms({ exec, platform });
    const folder = resolve(database.bin);
    const programs = await findClientPrograms({ exec, platform, folder });
    return programs.filter((candidate) => candidate.folder === folder);
  }

  async function fullAddress(): Promise<ServerAddress> {
    asked = true;
    const { host, port, user, ssl } = database;
    return {
      host,
      port,
      user,
      ...(ssl === undefined ? {} : { ssl }),
      ...(database.password === undefined ? {} : { password: await options.secrets.read(database.password) }),
    };
  }

  async function withClient<T>(name: string, work: (client: SqlClient) => Promise<T>): Promise<T> {
    const client = await connect(await fullAddress(), name, { connectTimeoutMs: timeouts.connect });
    try {
      return await work(client);
    } finally {
      await client.close();
    }
  }

  /** For statements that go through whole databases. */
  async function longClient(name: string, applicationName: string): Promise<SqlClient> {
    const limits = { connectTimeoutMs: timeouts.connect, statementTimeoutMs: timeouts.dump };
    return connect(await fullAddress(), name, { ...limits, applicationName });
  }

  const shared = <T>(read: (client: SqlClient) => Promise<T>) =>
    shareAnswers(
      (name) => withClient(name, read),
      SHARED_MS,
      () => performance.now(),
    );
  const facts = shared(readServerFacts);
  const topology = shared(readTopology);

  async function programsFor(major: number): Promise<ClientPrograms> {
    found ??= findPrograms();
    return chooseClientPrograms(await found, major, { allowNewer: database.clients === 'allow-newer' });
  }

  return {
    address: { host: database.host, port: database.port, user: database.user },
    facts: () => facts(MAINTENANCE_DATABASE),
    reloads: (name) => withClient(name, readReloads),
    topology,
    usedCertificates: (name) => withClient(name, readUsedCertificates),

    connect: longClient,
    evidence: async (name, applicationName) => openEvidenceSession(await longClient(name, applicationName)),

    programs: programsFor,

    async dumpedTables(dump, dumpMajor, wanted, signal) {
      return readDumpedTables(options.exec, await programsFor(dumpMajor), dump, wanted, signal);
    },

    async dumpedOwners(dump, dumpMajor, roles, signal) {
      return readDumpedOwners(options.exec, await programsFor(dumpMajor), dump, roles, signal);
    },

    async withEnvironment(work) {
      const address = await fullAddress();
      await makePrivateFolder(passFolder);
      const passFile = await writePassFile(passFolder, address);
      try {
        return await work(
          clientEnvironment({
            connectTimeoutSeconds: Math.max(1, Math.round(timeouts.connect / 1000)),
            ...(passFile === undefined ? {} : { passFile: passFile.path }),
            ...(address.ssl === undefined ? {} : { ssl: address.ssl }),
          }),
        );
      } finally {
        await passFile?.remove();
      }
    },

    async cleanUp(applicationName) {
      // First: the files have to go also when the database does not answer.
      const { length: removed } = await removePassFiles(passFolder);
      const leftFiles = removed === 0 ? [] : [`removed ${String(removed)} password files`];
      // The services of the site wait meanwhile. The programs were ended, and the server ends a session whose program is gone.
      const { password } = database;
      if (!asked && password !== undefined && 'prompt' in password)
        return [
          ...leftFiles,
          `left it to the server to end sessions of ${applicationName}: no password is asked for it`,
        ];
      const ended = await withClient(MAINTENANCE_DATABASE, (client) =>
        terminateBackends(client, applicationName),
      );
      return [
        ...(ended.length === 0
          ? []
          : [`ended ${String(ended.length)} database sessions of ${applicationName}`]),
        ...leftFiles,
      ];
    },
  };
}
