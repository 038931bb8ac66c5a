import { readFile } from 'node:fs/promises';
import { UsageError } from '../contract/errors.ts';
import type { Exec } from '../contract/node.ts';
import { adoptCluster } from '../postgres/cluster.ts';
import type { Cluster } from '../postgres/cluster.ts';
import { findPrograms } from './start-machine.ts';
import { demoPaths } from './site-paths.ts';

/**
 * Ends the processes of the demo site in `dir`, and no others. Gives whether there were any.
 * @throws UsageError when the folder holds no demo site.
 */
export async function stopDemoSite(dir: string, exec: Exec): Promise<boolean> {
  const cluster = await adopt(dir, exec);
  if (cluster === undefined) throw new UsageError(`There is no demo site in ${demoPaths(dir).dir}.`);
  await cluster.stop();
  return cluster.pid !== undefined;
}

/** Starts the database of a demo site that is there already. Gives false when there is none. */
export async function startDemoSite(dir: string, exec: Exec): Promise<boolean> {
  const cluster = await adopt(dir, exec);
  if (cluster === undefined) return false;
  if (cluster.pid === undefined) await cluster.start();
  return true;
}

async function adopt(dir: string, exec: Exec): Promise<Cluster | undefined> {
  const paths = demoPaths(dir);
  try {
    const password = (await readFile(paths.databasePassword, 'utf8')).trimEnd();
    return await adoptCluster(paths.postgresql, { exec, programs: await findPrograms(exec) }, password);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
