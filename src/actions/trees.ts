import type { ReadableNode } from '../contract/node.ts';
import type { Site, SiteExtra, SiteShare } from '../site/schema.ts';

/** One folder and where it goes in the set. */
export interface Tree {
  readonly from: string;
  /** Folder in the set, with `/`. */
  readonly to: string;
  /** Relative paths left out, with `/`. */
  readonly exclude: readonly string[];
}

/** The parts of the file share: the root, and folders that lie elsewhere beside it. */
export function shareTrees(share: SiteShare): Tree[] {
  const trees: Tree[] = [{ from: share.root, to: 'share', exclude: share.exclude }];
  const parts = [
    { from: share.apps, to: 'share-apps' },
    { from: share.staticContent, to: 'share-static-content' },
    { from: share.archivedLogs, to: 'share-archived-logs' },
  ];
  for (const { from, to } of parts) if (from !== undefined) trees.push({ from, to, exclude: [] });
  return trees;
}

/** Log folders of one node; the last names tell several apart. */
export function logTrees(site: Pick<Site, 'logs'>, node: ReadableNode): Tree[] {
  const { folders } = site.logs;
  return folders.map((folder, index) => ({
    from: node.reach(folder),
    to:
      folders.length === 1
        ? `logs/${node.name}`
        : `logs/${node.name}/${String(index + 1)}-${lastName(folder)}`,
    exclude: [],
  }));
}

/** A folder of the site outside the share, as this machine reaches it. */
export function extraTree(extra: SiteExtra, nodes: readonly ReadableNode[]): Tree {
  const node = nodes.find(({ name }) => name === extra.node);
  return {
    from: node === undefined ? extra.folder : node.reach(extra.folder),
    to: `extra/${extra.name}`,
    exclude: [],
  };
}

function lastName(folder: string): string {
  return (
    folder
      .split(/[\\/]/)
      .filter((part) => part !== '')
      .at(-1) ?? 'log'
  );
}
