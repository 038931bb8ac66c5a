import fs from 'node:fs/promises';
import type { CheckResult } from '../contract/action.ts';
import type { SharedPersistence } from '../postgres/topology.ts';
import { liesIn } from '../site/paths.ts';
import type { SiteShare } from '../site/schema.ts';
import { factOf } from './failure.ts';

const HINT =
  'Correct share in site.yaml, or the path of the site (QlikSenseUtil > Connect to database > Service cluster; manual 2.3, p. 132). A backup keeps what site.yaml says.';

/**
 * Holds the share of the site file against the folders that the site's database names. Two paths that lead to one folder,
 * such as a UNC path and that on the disk, are the same.
 */
export async function compareShare(share: SiteShare, told: SharedPersistence): Promise<CheckResult[]> {
  const { rootFolder: root } = told;
  const checks: CheckResult[] = [];
  if (root !== undefined && root !== '' && !(await isOneFolder(share.root, root)))
    checks.push(
      differs(
        `The root of the file share is ${root} in the site's database; site.yaml has another folder, ${share.root}.`,
      ),
    );
  const parts = [
    ['apps', share.apps, told.appFolder],
    ['static content', share.staticContent, told.staticContentFolder],
    ['archived logs', share.archivedLogs, told.archivedLogsFolder],
  ] as const;
  for (const [what, own, folder] of parts) {
    if (folder === undefined || folder === '') continue;
    if (own !== undefined && !(await isOneFolder(own, folder)))
      checks.push(
        differs(
          `The folder for ${what} is ${folder} in the site's database; site.yaml has another one, ${own}.`,
        ),
      );
    const inRoot = liesIn(folder, share.root) || (root !== undefined && liesIn(folder, root));
    if (own === undefined && !inRoot)
      checks.push(
        differs(
          `The folder for ${what}, ${folder}, lies outside of the root of the file share and is not in site.yaml: backups do not have it.`,
        ),
      );
  }
  return checks;
}

function differs(message: string): CheckResult {
  return { id: 'share-paths', status: 'warning', message, hint: HINT };
}

/** Whether two paths lead to one folder: by their names, or where both can be reached, by what the disk says. */
export async function isOneFolder(own: string, told: string): Promise<boolean> {
  if (liesIn(own, told) && liesIn(told, own)) return true;
  try {
    const [a, b] = await Promise.all([own, told].map((folder) => fs.stat(folder, { bigint: true })));
    return a !== undefined && b !== undefined && a.ino !== 0n && a.ino === b.ino && a.dev === b.dev;
  } catch (error) {
    // Not there, or not to be reached from here: then by its name alone it is another one.
    factOf(error);
    return false;
  }
}
