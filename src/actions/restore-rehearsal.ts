import type { CheckResult } from '../contract/action.ts';
import type { ReadableNode } from '../contract/node.ts';
import { isThisMachine, sameHost } from '../foundation/same-host.ts';
import type { Site } from '../site/schema.ts';
import { factOf } from './failure.ts';
import { serverIn, whereItLies } from './folder-server.ts';
import { extraTree, logTrees, shareTrees, type Tree } from './trees.ts';

/** What a rehearsal could reach. */
export interface RehearsalSite {
  readonly nodes: readonly { readonly host: string; readonly role: string }[];
  readonly database: { readonly host: string };
  readonly folders: readonly RehearsalFolder[];
}

/** A folder that a rehearsal writes to, as this machine reaches it. */
export interface RehearsalFolder {
  /** `the share`, `the extra folder qvd` */
  readonly what: string;
  readonly folder: string;
}

/**
 * Folders that a restore writes to: those of the share, which the services use in any case, and of the others those that the
 * set has (`inSet`: names of its folders).
 */
export function rehearsalFolders(
  site: Pick<Site, 'share' | 'extra' | 'logs'>,
  nodes: readonly ReadableNode[],
  {
    extra,
    logs,
    inSet,
  }: { readonly extra: boolean; readonly logs: boolean; readonly inSet: readonly string[] },
): RehearsalFolder[] {
  const named = (what: string, trees: readonly Tree[]): RehearsalFolder[] =>
    trees.filter(({ to }) => inSet.includes(to)).map(({ from }) => ({ what, folder: from }));
  return [
    ...shareTrees(site.share).map(({ from, to }) => ({
      what: to === 'share' ? 'the share' : 'the folder of the share',
      folder: from,
    })),
    ...(extra ? site.extra : []).flatMap((one) =>
      named(`the extra folder ${one.name}`, [extraTree(one, nodes)]),
    ),
    ...(logs ? nodes : []).flatMap((node) => named('the log folder', logTrees(site, node))),
  ];
}

/**
 * Whether nothing outside the central node is reached: services of another node would be stopped, databases of another server
 * replaced, and files elsewhere. `lies` tells where a folder really is.
 */
export async function judgeRehearsal(
  { nodes, database, folders }: RehearsalSite,
  lies: (folder: string) => Promise<string> = whereItLies,
): Promise<CheckResult> {
  const id = 'restore-rehearsal';
  const central = nodes.find(({ role }) => role === 'central')?.host ?? '';
  const isElsewhere = (host: string | undefined): boolean =>
    host !== undefined && !isThisMachine(host) && !sameHost(host, central);

  async function outside({ what, folder }: RehearsalFolder): Promise<string[]> {
    const text = `${what} ${folder}`;
    if (isElsewhere(serverIn(folder))) return [text];
    try {
      const really = await lies(folder);
      return isElsewhere(serverIn(really)) ? [`${text} (which lies in ${really})`] : [];
    } catch (error) {
      return [`${text} (of which it could not be told where it lies: ${factOf(error)})`];
    }
  }

  const found = isElsewhere(database.host) ? [`the database on ${database.host}`] : [];
  for (const folder of folders) found.push(...(await outside(folder)));
  if (found.length > 0)
    return {
      id,
      status: 'failed',
      message: `A rehearsal reaches nothing outside ${central}, and the site file names ${found.join(', ')}: what is there would be replaced.`,
      hint: 'Rehearse with a site file of its own: a database server, a share and other folders of this machine (--site FILE). --no-extra leaves extra folders as they are.',
    };
  const rims = nodes.filter(({ role }) => role === 'rim').map(({ host }) => host);
  return rims.length === 0
    ? { id, status: 'ok', message: 'The site file has this machine alone, as a rehearsal needs it.' }
    : {
        id,
        status: 'failed',
        message: `A rehearsal reaches nothing outside this machine, and the site file has rim nodes: ${rims.join(', ')}. Their services would be stopped.`,
        hint: 'Rehearse with a site file of its own that has the central node alone (--site FILE).',
      };
}
