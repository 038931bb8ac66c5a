import { homedir } from 'node:os';
import { UsageError } from '../contract/errors.ts';
import { findSiteFile } from '../site/find.ts';
import { loadSite } from '../site/load.ts';
import type { LoadedSite } from '../site/schema.ts';
import { stateFolder } from '../site/state-folder.ts';

/** Where site files are looked for. */
export interface SitePlace {
  /** As given with `--site`. */
  readonly siteFile: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly cwd: string;
}

/** Finds and loads the site file. @throws UsageError. */
export async function loadSiteFile(place: SitePlace): Promise<LoadedSite> {
  return loadSite(await siteFileOf(place), { platform: place.platform });
}

/** The site file that commands take, unread; undefined where there is none. */
export async function foundSiteFile(place: SitePlace): Promise<string | undefined> {
  try {
    return await siteFileOf(place);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

function siteFileOf({ siteFile, env, platform, cwd }: SitePlace): Promise<string> {
  return findSiteFile({ ...(siteFile === undefined ? {} : { given: siteFile }), env, platform, cwd });
}

/** `<state>` of a site on this machine. */
export function stateFolderOf(
  site: LoadedSite['site'],
  { env, platform }: Pick<SitePlace, 'env' | 'platform'>,
): string {
  return stateFolder(site, { env, platform, home: homedir() });
}
