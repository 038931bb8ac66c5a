import { homedir } from 'node:os';
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
export async function loadSiteFile({ siteFile, env, platform, cwd }: SitePlace): Promise<LoadedSite> {
  const file = await findSiteFile({
    ...(siteFile === undefined ? {} : { given: siteFile }),
    env,
    platform,
    cwd,
  });
  return loadSite(file, { platform });
}

/** `<state>` of a site on this machine. */
export function stateFolderOf(
  site: LoadedSite['site'],
  { env, platform }: Pick<SitePlace, 'env' | 'platform'>,
): string {
  return stateFolder(site, { env, platform, home: homedir() });
}
