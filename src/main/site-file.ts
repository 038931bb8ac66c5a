import { UsageError } from '../contract/errors.ts';
import { findSiteFile } from '../site/find.ts';

/** Where site files are looked for. */
export interface SitePlace {
  /** As given with `--site`. */
  readonly siteFile: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly cwd: string;
}

/** The site file that commands take, unread. @throws UsageError where there is none */
export function siteFileOf({ siteFile, env, platform, cwd }: SitePlace): Promise<string> {
  return findSiteFile({ ...(siteFile === undefined ? {} : { given: siteFile }), env, platform, cwd });
}

/** The same; undefined where there is none. */
export async function foundSiteFile(place: SitePlace): Promise<string | undefined> {
  try {
    return await siteFileOf(place);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
