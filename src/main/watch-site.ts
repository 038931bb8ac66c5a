import { join } from 'node:path';
import type { OpenedSite, WatchedSite } from '../commands/context.ts';
import { messageOf } from '../contract/errors.ts';
import type { Node } from '../contract/node.ts';
import { createSiteClaim } from '../engine/claim.ts';
import type { Clock } from '../foundation/clock.ts';
import { createNode } from '../platform/create-node.ts';
import { createJourneyStore } from '../upgrade/journey/record.ts';
import { createRecordFile, recordPath } from '../vault/restic/record.ts';
import { standingOf } from '../vault/restic/standing.ts';
import { listSets } from '../vault/sets.ts';
import { createProcesses } from './processes.ts';
import type { SitePlace } from './site-file.ts';
import { loadSiteFile, stateFolderOf } from './site-place.ts';

/** What looking at a site needs. */
export interface WatchCollaborators extends SitePlace {
  readonly clock: Clock;
  readonly redact: (text: string) => string;
  /** Folder of the scripts. */
  readonly scripts: string;
  /** Makes everything that works on the site: only when there is more to look at than files. */
  readonly openSite: () => Promise<OpenedSite>;
}

/**
 * The site as a monitor looks at it, every few minutes: only what is asked is loaded. Without a repository as vault and
 * without an unfinished run nothing that works on a site is needed.
 */
export async function watchSite(c: WatchCollaborators): Promise<WatchedSite> {
  const { site, warnings } = await loadSiteFile(c);
  const root = join(site.vault.folder, site.name);
  return {
    name: site.name,
    warnings,
    sets: async () => (site.vault.kind === 'folder' ? listSets(root) : (await c.openSite()).vault.list()),
    copies: (sets) =>
      Promise.all(
        (site.vault.copies ?? []).map(({ name }) =>
          standingOf(name, createRecordFile(recordPath(root, name)), sets),
        ),
      ),
    async unfinished() {
      const holder = createSiteClaim(stateFolderOf(site, c)).holder();
      return holder === undefined ? undefined : (await c.openSite()).engine.unfinished();
    },
    journey: () => createJourneyStore(stateFolderOf(site, c)).read(),
    async certificates() {
      const collaborators = { ...c, ...createProcesses(c) };
      return certificatesOf(site.nodes.map((node) => createNode(node, collaborators)));
    },
  };
}

/** All nodes are asked at once: one that is far away or does not answer takes long. */
async function certificatesOf(nodes: readonly Node[]): ReturnType<WatchedSite['certificates']> {
  const answers = await Promise.allSettled(nodes.map((node) => node.certificates.list()));
  const found: Awaited<ReturnType<WatchedSite['certificates']>>['found'] = [];
  const warnings: string[] = [];
  for (const [index, answer] of answers.entries()) {
    const node = nodes[index]?.name ?? '';
    if (answer.status === 'fulfilled')
      for (const certificate of answer.value) found.push({ ...certificate, node });
    else warnings.push(`the certificates on ${node} cannot be read: ${messageOf(answer.reason)}`);
  }
  return { found, warnings };
}
