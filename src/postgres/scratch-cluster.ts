import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { clusterFiles } from './cluster-files.ts';
import { serverPid } from './cluster-process.ts';
import type { ClusterTools } from './cluster-process.ts';
import { adoptCluster, createCluster } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { isMissing } from './error-codes.ts';

/** The same name as nearly everywhere: dumps may speak of it. */
export const SCRATCH_SUPERUSER = 'postgres';

const LATE_START_MS = 2_000;
const POLL_MS = 50;

/** A scratch cluster to be made. */
export interface ScratchRequest extends ClusterTools {
  /** Made; must not be there yet. */
  readonly folder: string;
  readonly avoidPorts: readonly number[];
}

/**
 * Makes and starts a cluster that is only restored into and thrown away: nothing of it is synced to disk, it has a
 * random password and listens on 127.0.0.1 only. When it fails, what is there so far stays: {@link removeScratchCluster}.
 * @throws what `createCluster` throws.
 */
export async function createScratchCluster(request: ScratchRequest): Promise<Cluster> {
  return await createCluster({
    ...request,
    superuser: SCRATCH_SUPERUSER,
    password: randomBytes(24).toString('base64url'),
    durable: false,
    keepOnFailure: true,
    settings: {
      wal_level: 'minimal',
      max_wal_senders: 0,
      // Small files instead of a long row of large ones: they are all rubbish in the end.
      max_wal_size: '256MB',
      autovacuum: 'off',
      maintenance_work_mem: '128MB',
    },
  });
}

/**
 * Ends the server of a scratch cluster and removes its folder, whatever of it there is; only the server whose data
 * folder lies in `folder` is touched. Gives whether there was anything.
 * @throws StepError when the server cannot be stopped.
 */
export async function removeScratchCluster(folder: string, tools: ClusterTools): Promise<boolean> {
  if (!(await exists(folder))) return false;
  await awaitLateStart(folder, tools);
  const cluster = await adoptCluster(folder, tools);
  if (cluster === undefined) await fs.rm(folder, { recursive: true, force: true, maxRetries: 5 });
  else await cluster.remove(['immediate']);
  return true;
}

/** A server that was being started when its starter was killed writes down its process id a moment later. */
async function awaitLateStart(folder: string, tools: ClusterTools): Promise<void> {
  const files = clusterFiles(folder);
  const deadline = performance.now() + LATE_START_MS;
  // Without a log nobody has tried to start it.
  if (!(await exists(files.log))) return;
  while ((await serverPid(tools, files)) === undefined && performance.now() < deadline) await delay(POLL_MS);
}

async function exists(file: string): Promise<boolean> {
  try {
    await fs.stat(file);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
