import { hostname } from 'node:os';
import type { SiteStart } from '../commands/context.ts';
import { UsageError } from '../contract/errors.ts';
import { discoverSite } from '../discovery/discover.ts';
import type { Site } from '../site/schema.ts';
import { createSecretReader } from '../site/secrets.ts';
import { knownOfSite, type SiteSight } from '../upgrade/known-of-site.ts';
import { askServer } from './ask-server.ts';
import type { Surroundings } from './open-site.ts';
import { openSecretStore } from './secret-store.ts';
import { loadSiteFile, stateFolderOf } from './site-place.ts';

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
    askServer(site, secretsOf(site, around), notes),
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

function secretsOf(site: Site, around: Surroundings): ReturnType<typeof createSecretReader> {
  return createSecretReader({
    ...around,
    prompt: { canAsk: false, ask: () => Promise.resolve('') },
    store: openSecretStore(stateFolderOf(site, around), around),
  });
}
