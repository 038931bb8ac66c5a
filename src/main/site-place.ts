import { homedir } from 'node:os';
import { loadSite } from '../site/load.ts';
import type { LoadedSite } from '../site/schema.ts';
import { stateFolder } from '../site/state-folder.ts';
import { siteFileOf, type SitePlace } from './site-file.ts';

/** Finds and loads the site file. @throws UsageError. */
export async function loadSiteFile(place: SitePlace): Promise<LoadedSite> {
  return loadSite(await siteFileOf(place), { platform: place.platform });
}

/** `<state>` of a site on this machine. */
export function stateFolderOf(
  site: LoadedSite['site'],
  { env, platform }: Pick<SitePlace, 'env' | 'platform'>,
): string {
  return stateFolder(site, { env, platform, home: homedir() });
}
