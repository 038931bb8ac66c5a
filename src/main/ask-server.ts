import { ExpectedError } from '../contract/errors.ts';
import { connect } from '../postgres/connect.ts';
import { readServerFacts, resolveDatabases } from '../postgres/facts.ts';
import { passwordKind, readServerSecurity } from '../postgres/server-security.ts';
import type { Site } from '../site/schema.ts';
import type { SecretReader } from '../site/secrets.ts';
import type { SiteSight } from '../upgrade/known-of-site.ts';

/** Every PostgreSQL server has it; it holds nothing of the site. */
const MAINTENANCE_DATABASE = 'postgres';

/** What the database server says of itself; undefined when it does not answer, and `notes` says why. */
export async function askServer(
  site: Site,
  secrets: Pick<SecretReader, 'read'>,
  notes: string[],
): Promise<SiteSight['server']> {
  const { host, port, user, ssl, password } = site.database;
  try {
    const client = await connect(
      {
        host,
        port,
        user,
        ...(ssl === undefined ? {} : { ssl }),
        ...(password === undefined ? {} : { password: await secrets.read(password) }),
      },
      MAINTENANCE_DATABASE,
      { connectTimeoutMs: site.timeouts.connect },
    );
    try {
      const facts = await readServerFacts(client);
      const own = resolveDatabases(site.database.names, facts).found.map(({ name }) => name);
      const security = await readServerSecurity(client, { superuser: facts.superuser, databases: own });
      const passwords = passwordKind(security);
      return {
        version: facts.version,
        databases: facts.databases.map(({ name }) => name),
        ssl: security.ssl,
        ...(passwords === undefined ? {} : { passwordEncryption: passwords }),
      };
    } finally {
      await client.close();
    }
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    notes.push(`the database was not asked: ${error.message}`);
    return undefined;
  }
}
