import { chmod, mkdir, readdir, rm } from 'node:fs/promises';
import { emptyDir } from 'fs-extra/esm';
import { PreflightError, UsageError } from '../contract/errors.ts';
import type { Exec } from '../contract/node.ts';
import { createCluster } from '../postgres/cluster.ts';
import type { Cluster } from '../postgres/cluster.ts';
import { findClientPrograms, findServerPrograms } from '../postgres/find-programs.ts';
import type { ServerPrograms } from '../postgres/server.ts';
import { demoPaths } from './site-paths.ts';
import type { DemoPaths } from './site-paths.ts';

/** The oldest PostgreSQL that Qlik Sense's current releases run on. */
const OLDEST_MAJOR = 12;

const INSTALL_HINT = [
  'Install them, then run the command again; no PostgreSQL service needs to run.',
  'Windows: winget install --exact --id PostgreSQL.PostgreSQL.16',
  'Debian, Ubuntu: apt-get install postgresql',
  'Red Hat: dnf install postgresql-server postgresql',
].join('\n');

/** A simulated site that runs. */
export interface DemoSite {
  readonly paths: DemoPaths;
  readonly cluster: Cluster;
  /** Ends its processes and removes everything it wrote; the folder itself only when it was made for it. */
  remove(): Promise<void>;
}

/** What a machine is made with. */
export interface MachineOptions {
  /** Made, or empty. */
  readonly dir: string;
  readonly exec: Exec;
  readonly signal: AbortSignal;
}

/**
 * Makes a folder with a running database server in it, and lets `furnish` put the rest there. Leaves nothing behind when it
 * fails or is interrupted. `secure` writes the passwords and gives that of the superuser.
 * @throws UsageError when the folder is in use, PreflightError without PostgreSQL, the signal's reason.
 */
export async function startMachine(
  options: MachineOptions,
  secure: (paths: DemoPaths) => Promise<string>,
  furnish: (paths: DemoPaths, cluster: Cluster) => Promise<void>,
): Promise<DemoSite> {
  const paths = demoPaths(options.dir);
  const programs = await findPrograms(options.exec);
  const isNew = await takeFolder(paths.dir);
  let cluster: Cluster | undefined;
  async function remove(): Promise<void> {
    // Nothing of it is kept, so the server need not write its pages out.
    await cluster?.remove(['immediate']);
    if (isNew) return rm(paths.dir, { recursive: true, force: true, maxRetries: 5 });
    await emptyDir(paths.dir);
  }
  try {
    options.signal.throwIfAborted();
    const password = await secure(paths);
    cluster = await createCluster({
      exec: options.exec,
      programs,
      folder: paths.postgresql,
      superuser: 'postgres',
      password,
      durable: false,
      // Without a limit, the log of changes of a few MB of data grows to 1 GB.
      settings: { shared_buffers: '32MB', max_connections: 40, max_wal_size: '128MB' },
    });
    options.signal.throwIfAborted();
    await furnish(paths, cluster);
    return { paths, cluster, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The newest server programs whose client programs are here too. @throws PreflightError. */
export async function findPrograms(exec: Exec): Promise<ServerPrograms> {
  const search = { exec, platform: process.platform };
  const clients = await findClientPrograms(search);
  const found = (await findServerPrograms(search)).find(
    ({ major }) => major >= OLDEST_MAJOR && clients.some((client) => client.major === major),
  );
  if (found === undefined)
    throw new PreflightError(
      `A simulated site needs the server and client programs of PostgreSQL ${OLDEST_MAJOR} or newer; they were not found on PATH or in the usual folders.`,
      { hint: INSTALL_HINT },
    );
  return found;
}

/** Gives whether the folder was made. Others may enter it: when this is root, PostgreSQL runs as another user. */
async function takeFolder(dir: string): Promise<boolean> {
  const isNew = (await mkdir(dir, { recursive: true })) !== undefined;
  if (isNew) await chmod(dir, 0o755);
  if ((await readdir(dir)).length > 0)
    throw new UsageError(`The folder ${dir} is not empty.`, {
      hint: 'Name a new folder, or one that is empty. A demo site that is in it is ended with `demo --dir DIR --stop`.',
    });
  return isNew;
}
