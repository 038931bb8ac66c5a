import { ExpectedError } from '../contract/errors.ts';
import { wantsPassword } from '../postgres/connect-errors.ts';
import { readServerFacts, resolveDatabases } from '../postgres/facts.ts';
import { readLicense, type LicenseRecord } from '../postgres/license.ts';
import type { ServerAddress, SqlClient } from '../postgres/server.ts';
import { readTopology, type SiteTopology } from '../postgres/topology.ts';
import type { SecretReference } from '../site/schema.ts';
import { DATABASE_PORT } from './discover.ts';

/** What a person said of the repository database. What is absent is looked for on this machine. */
export interface DatabaseRequest {
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  /** Where its password is kept; absent: pgpass, or the terminal. */
  readonly password?: SecretReference;
}

/** How a database is asked. */
export interface DatabaseCollaborators {
  /** @throws PreflightError */
  connect(address: ServerAddress, database: string): Promise<SqlClient>;
  /** @throws UsageError */
  readSecret(reference: SecretReference): Promise<string>;
  /** Asks without showing what is typed; an empty answer means: go on without. Absent: nobody is there to ask. */
  askPassword?(question: string): Promise<string | undefined>;
}

/** What the repository database says of its site. What is absent it did not say. */
export interface DatabaseFindings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** For the site file; absent when the database was asked without one: then pgpass has it, or the server trusts. */
  readonly password?: SecretReference;
  readonly version?: string;
  /** Those of Qlik Sense that are there, with their real names. */
  readonly databases: readonly { readonly name: string; readonly owner: string }[];
  /** Further ones of the server. */
  readonly others: readonly string[];
  readonly topology?: SiteTopology;
  readonly license?: LicenseRecord;
  /** Why something of this is not known. */
  readonly trouble?: string;
}

/** The databases of a site (manual 5.6 step 2, p. 208). */
const DATABASES = ['QSR', 'SenseServices', 'QSMQ', 'Licenses'];
/** Every PostgreSQL server has it; it holds nothing of the site. */
const MAINTENANCE_DATABASE = 'postgres';

/**
 * Asks the repository database what its site is; reads only. Undefined when nothing listens on `listening` and nobody named
 * one. Without a password it tells why in `trouble`; a reference that was given on purpose has to work.
 * @throws ExpectedError when the password that `request` names cannot be had or is refused
 */
export async function askSiteDatabase(
  listening: number | undefined,
  request: DatabaseRequest,
  c: DatabaseCollaborators,
): Promise<DatabaseFindings | undefined> {
  if (listening === undefined && Object.values(request).every((part) => part === undefined)) return undefined;
  const address = {
    host: request.host ?? 'localhost',
    port: request.port ?? listening ?? DATABASE_PORT,
    user: request.user ?? 'postgres',
  };
  const given = request.password;
  const kept = given ?? ({ secret: 'database' } as const);
  try {
    const password = given === undefined ? {} : { password: await c.readSecret(given) };
    const { client, reach } = await signIn({ ...address, ...password }, c);
    try {
      return {
        ...address,
        ...(reach.password === undefined ? {} : { password: kept }),
        ...(await askServer(client, reach, c)),
      };
    } finally {
      await client.close();
    }
  } catch (error) {
    if (!(error instanceof ExpectedError) || given !== undefined) throw error;
    return { ...address, password: kept, databases: [], others: [], trouble: error.message };
  }
}

/** Connects, and asks for a password as long as one is refused and another one is typed. */
async function signIn(
  address: ServerAddress,
  c: DatabaseCollaborators,
): Promise<{ client: SqlClient; reach: ServerAddress }> {
  let reach = address;
  for (;;) {
    try {
      return { client: await c.connect(reach, MAINTENANCE_DATABASE), reach };
    } catch (error) {
      if (address.password !== undefined || !wantsPassword(error)) throw error;
      const { host, port, user } = address;
      const typed = await c.askPassword?.(
        `${reach.password === undefined ? '' : 'It was refused. '}Password of database user ${user} on ${host}:${String(port)} (empty: go on without):`,
      );
      if (typed === undefined || typed === '') throw error;
      reach = { ...address, password: typed };
    }
  }
}

async function askServer(
  client: SqlClient,
  reach: ServerAddress,
  c: DatabaseCollaborators,
): Promise<Pick<DatabaseFindings, 'version' | 'databases' | 'others' | 'topology' | 'license' | 'trouble'>> {
  const facts = await readServerFacts(client);
  const known = {
    version: facts.version,
    databases: [] as { name: string; owner: string }[],
    others: [] as string[],
  };
  try {
    const { found } = resolveDatabases(DATABASES, facts);
    const repository = found.find(({ wanted }) => wanted === 'QSR')?.name;
    if (repository === undefined) return { ...known, trouble: 'the server has no database QSR' };
    const names = found.map(({ name }) => name);
    known.databases.push(
      ...names.map((name) => ({
        name,
        owner: facts.databases.find((database) => database.name === name)?.owner ?? '',
      })),
    );
    known.others.push(
      ...facts.databases
        .map(({ name }) => name)
        .filter((name) => name !== MAINTENANCE_DATABASE && !names.includes(name)),
    );
    const session = await c.connect(reach, repository);
    try {
      return { ...known, topology: await readTopology(session), license: await readLicense(session) };
    } finally {
      await session.close();
    }
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return { ...known, trouble: error.message };
  }
}
