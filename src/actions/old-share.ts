import { liesIn } from '../site/paths.ts';
import type { SiteShare } from '../site/schema.ts';
import type { ManifestSite } from '../vault/bound-names.ts';
import { serverIn, whereItLies } from './folder-server.ts';
import { isOneFolder } from './share-paths.ts';
import { shareTrees } from './trees.ts';

/** A folder of the share to restore to that the old site had too. */
export interface SharedFolder {
  readonly folder: string;
  /** As the set names it. */
  readonly original: string;
  /** The server of the share; undefined: both name a disk of their own machine, and nothing tells that it is one disk. */
  readonly server?: string;
}

/** The first folder of the share that is one of the old site's, lies in one or holds one; those on a server come first. */
export async function findOldFolder(
  share: SiteShare,
  old: Pick<ManifestSite, 'share'>,
): Promise<SharedFolder | undefined> {
  let sameName: SharedFolder | undefined;
  for (const { from, to } of shareTrees(share))
    for (const { folder, original } of old.share) {
      const overlaps = liesIn(from, original) || liesIn(original, from);
      // Another name of one folder, such as the UNC path of a disk here.
      if (!overlaps && (folder !== to || !(await isOneFolder(original, from)))) continue;
      const server = serverIn(original) ?? serverIn(from) ?? serverIn(await whereItLies(from));
      if (server !== undefined) return { folder: from, original, server };
      sameName ??= { folder: from, original };
    }
  return sameName;
}
