import { hostname } from 'node:os';
import type { SiteStart } from '../commands/context.ts';
import { ExpectedError, UsageError } from '../contract/errors.ts';
import { discoverSite } from '../discovery/discover.ts';
import { connect } from '../postgres/connect.ts';
import { readServerFacts } from '../postgres/facts.ts';
import type { Site } from '../site/schema.ts';
import { createSecretReader } from '../site/secrets.ts';
import { knownOfSite, type SiteSight } from '../upgrade/known-of-site.ts';
import type { Surroundings } from './open-site.ts';
import { openSecretStore } from './secret-store.ts';
import { loadSiteFile, stateFolderOf } from './site-place.ts';

/** Every PostgreSQL server has it; it holds nothing of the site. */
const MAINTENANCE_DATABASE = 'postgres';

/**
 * What site file, this machine and the database server say of the site; only looks. Undefined when there is no site file and none
 * was named. @throws UsageError for a site file that cannot be read
 */
export async function readUpgradeStart(around: Surroundings): Promise<SiteStart | undefined> {
  const loaded = await loadSiteFile(around).catch((error: unknown) => {
    if (
      error instanceof UsageError &&
      around.siteFile === undefined &&
      /^There is no site file/.test(error.message)
    )
      return undefined;
    throw error;
  });
  if (loaded === undefined) return undefined;
  const { site, file, warnings } = loaded;
  const notes = [...warnings];
  const [windows, server] = await Promise.all([
    askWindows(site, around, notes),
    askServer(site, around, notes),
  ]);
  const known = knownOfSite({
    site,
    ...(windows === undefined ? {} : { windows }),
    ...(server === undefined ? {} : { server }),
  });
  return { known, file, notes };
}

async function askWindows(site: Site, around: Surroundings, notes: string[]): Promise<SiteSight['windows']> {
  const central = site.nodes.find(({ role }) => role === 'central');
  if (around.platform !== 'win32' || central?.transport !== 'local') return undefined;
  const { windows, trouble } = await discoverSite({ ...around, hostName: hostname() });
  if (trouble !== undefined) notes.push(`Windows could not be asked: ${trouble}`);
  return windows;
}

async function askServer(site: Site, around: Surroundings, notes: string[]): Promise<SiteSight['server']> {
  const { host, port, user, ssl, password } = site.database;
  const secrets = createSecretReader({
    ...around,
    prompt: { canAsk: false, ask: () => Promise.resolve('') },
    store: openSecretStore(stateFolderOf(site, around), around),
  });
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
      const { version, databases } = await readServerFacts(client);
      return { version, databases: databases.map(({ name }) => name) };
    } finally {
      await client.close();
    }
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    notes.push(`the database was not asked: ${error.message}`);
    return undefined;
  }
}
