import type { WaitingRun } from '../commands/context.ts';
import { messageOf } from '../contract/errors.ts';
import { createSiteClaim } from '../engine/claim.ts';
import type { Engine } from '../engine/types.ts';
import type { LoadedSite } from '../site/schema.ts';
import { foundSiteFile, type SitePlace } from './site-file.ts';

/** What looking for a run that waits needs. */
export interface WaitingCollaborators extends SitePlace {
  /** Makes everything that works on the site: only where a run holds it. */
  readonly openSite: () => Promise<{ readonly engine: Pick<Engine, 'unfinished'> }>;
}

/**
 * The run that holds the site, for commands that need no site file: undefined where there is none that can be read, as where
 * no run waits. What reads a site file is loaded only where there is one.
 */
export async function waitingRun(c: WaitingCollaborators): Promise<WaitingRun | undefined> {
  if ((await foundSiteFile(c)) === undefined) return undefined;
  const { loadSiteFile, stateFolderOf } = await import('./site-place.ts');
  let site: LoadedSite['site'];
  try {
    ({ site } = await loadSiteFile(c));
  } catch {
    // What is wrong with the file is said by the commands that need it.
    return undefined;
  }
  const id = createSiteClaim(stateFolderOf(site, c)).holder();
  if (id === undefined) return undefined;
  try {
    const { engine } = await c.openSite();
    const run = await engine.unfinished();
    return run === undefined ? undefined : { run };
  } catch (error) {
    return { id, trouble: messageOf(error) };
  }
}
