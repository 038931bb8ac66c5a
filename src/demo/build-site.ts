import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { emptyDir, outputFile } from 'fs-extra/esm';
import { PreflightError, UsageError } from '../contract/errors.ts';
import type { Exec } from '../contract/node.ts';
import { createCluster } from '../postgres/cluster.ts';
import type { Cluster } from '../postgres/cluster.ts';
import { findClientPrograms, findServerPrograms } from '../postgres/find-programs.ts';
import type { ServerPrograms } from '../postgres/server.ts';
import { createDemoDatabases } from './databases.ts';
import { writeDemoNodes } from './nodes.ts';
import { writeProgramFiles } from './program-files.ts';
import { demoReadme } from './readme.ts';
import { writeDemoShare } from './share.ts';
import { demoSiteFile } from './site-file.ts';
import { demoPaths } from './site-paths.ts';
import type { DemoPaths } from './site-paths.ts';
import { DEMO_SHAPE } from './site-shape.ts';
import type { SiteShape } from './site-shape.ts';

/** The oldest PostgreSQL that Qlik Sense's current releases run on. */
const OLDEST_MAJOR = 12;

const INSTALL_HINT = [
  'Install them, then run the command again; no PostgreSQL service needs to run.',
  'Windows: winget install --exact --id PostgreSQL.PostgreSQL.16',
  'Debian, Ubuntu: apt-get install postgresql',
  'Red Hat: dnf install postgresql-server postgresql',
].join('\n');

/** What a simulated site is built with. */
export interface BuildOptions {
  /** Made, or empty. */
  readonly dir: string;
  readonly exec: Exec;
  readonly signal: AbortSignal;
  /** Name and nodes; those of the demo by default. */
  readonly shape?: SiteShape;
}

/** A simulated site that runs. */
export interface DemoSite {
  readonly paths: DemoPaths;
  readonly cluster: Cluster;
  /** Ends its processes and removes everything it wrote; the folder itself only when it was made for it. */
  remove(): Promise<void>;
}

/**
 * Builds a simulated Qlik Sense site with a real database, real files and real certificates, and starts its database.
 * Leaves nothing behind when it fails or is interrupted.
 * @throws UsageError when the folder is in use, PreflightError without PostgreSQL, the signal's reason.
 */
export async function buildDemoSite(options: BuildOptions): Promise<DemoSite> {
  const paths = demoPaths(options.dir);
  const { shape = DEMO_SHAPE } = options;
  const programs = await findPrograms(options.exec);
  const isNew = await takeFolder(paths.dir);
  let cluster: Cluster | undefined;
  async function remove(): Promise<void> {
    await cluster?.remove();
    if (isNew) return rm(paths.dir, { recursive: true, force: true, maxRetries: 5 });
    await emptyDir(paths.dir);
  }
  try {
    options.signal.throwIfAborted();
    const passwords = await writeSecrets(paths);
    cluster = await createCluster({
      exec: options.exec,
      programs,
      folder: paths.postgresql,
      superuser: 'postgres',
      password: passwords.database,
      durable: false,
      settings: { shared_buffers: '32MB', max_connections: 40 },
    });
    options.signal.throwIfAborted();
    await settled([
      createDemoDatabases(
        { nodes: shape.nodes, shareRoot: paths.share, database: cluster.address },
        passwords.role,
      ),
      writeDemoShare(paths.share),
      writeQvds(paths.extra),
      writeDemoNodes(paths, shape),
      writeProgramFiles(paths),
    ]);
    options.signal.throwIfAborted();
    await writeFile(paths.siteFile, demoSiteFile(paths, cluster.address, shape));
    await writeFile(paths.readme, demoReadme(paths));
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

async function writeSecrets(paths: DemoPaths): Promise<{ database: string; role: string }> {
  const [database, certificates, role] = [newPassword(), newPassword(), newPassword()];
  await mkdir(path.dirname(paths.databasePassword), { mode: 0o700 });
  await writeFile(paths.databasePassword, `${database}\n`, { mode: 0o600 });
  await writeFile(paths.certificatePassword, `${certificates}\n`, { mode: 0o600 });
  return { database, role };
}

function newPassword(): string {
  return randomBytes(12).toString('base64url');
}

async function writeQvds(folder: string): Promise<void> {
  for (const name of ['Kunden.qvd', 'Aufträge 2026.qvd'])
    await outputFile(path.join(folder, name), randomBytes(50_000));
}

/** Waits for all of them also when one fails, so that nothing is written any more when the folder is removed. */
async function settled(work: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
