import fs from 'node:fs/promises';
import path from 'node:path';
import { PreflightError } from '../contract/errors.ts';
import { clusterFiles } from './cluster-files.ts';
import type { ClusterFiles } from './cluster-files.ts';
import type { ClusterTools } from './cluster-process.ts';
import { startOnPort, writeMarker } from './cluster-start.ts';
import { checkReachable, findClusterUser } from './cluster-user.ts';
import type { ClusterUser } from './cluster-user.ts';
import { isMissing } from './error-codes.ts';
import type { ServerAddress } from './server.ts';
import { parseVersion } from './version.ts';

/** Never copied: it says that the server of the original runs. */
const PID_FILE = 'postmaster.pid';
/** Lets everybody on this machine in: the password of the old site may be known to nobody, and only we know the port. */
const HBA = 'host all all 127.0.0.1/32 trust\n';
/** What the copy must not take from the original: it listens elsewhere, writes elsewhere, archives, loads libraries. */
const SETTINGS = {
  ssl: 'off',
  archive_mode: 'off',
  logging_collector: 'off',
  log_destination: 'stderr',
  shared_preload_libraries: '',
  external_pid_file: '',
  shared_buffers: '128MB',
  autovacuum: 'off',
} as const;

/** The data folder of a PostgreSQL server that does not run. */
export interface DataFolder {
  readonly folder: string;
  readonly major: number;
}

/**
 * Finds the data folder in `folder`, which is it or has one folder for each version, as
 * `%ProgramData%\Qlik\Sense\Repository\PostgreSQL` (manual 5.6, p. 209).
 * @throws PreflightError when there is none, or more than one
 */
export async function findDataFolder(folder: string): Promise<DataFolder> {
  const own = await versionOf(folder);
  if (own !== undefined) return { folder, major: own };
  const found: DataFolder[] = [];
  for (const name of await entriesOf(folder)) {
    const inner = path.join(folder, name);
    const major = await versionOf(inner);
    if (major !== undefined) found.push({ folder: inner, major });
  }
  const [only, another] = found;
  if (only === undefined)
    throw new PreflightError(
      `The folder ${folder} is no data folder of PostgreSQL: there is no PG_VERSION.`,
      {
        hint: 'It is %ProgramData%\\Qlik\\Sense\\Repository\\PostgreSQL\\<version> where Qlik Sense installed the database (manual 5.6, p. 209).',
      },
    );
  if (another !== undefined)
    throw new PreflightError(
      `The folder ${folder} holds more than one data folder: ${found.map((one) => path.basename(one.folder)).join(', ')}.`,
      { hint: 'Name the one that the site used.' },
    );
  return only;
}

/** Tablespaces outside of a data folder; a copy would write into them. */
export async function outsideTablespaces(folder: string): Promise<string[]> {
  return entriesOf(path.join(folder, 'pg_tblspc'));
}

/** Bytes of a data folder. */
export async function dataFolderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await fs.readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += (await fs.stat(path.join(entry.parentPath, entry.name))).size;
  return bytes;
}

/** Copies a data folder into `folder`, where a cluster of ours has it. The original is only read. */
export async function copyDataFolder(
  source: string,
  folder: string,
  hooks: { readonly signal: AbortSignal; readonly onFile?: (done: number) => void },
): Promise<void> {
  const files = clusterFiles(folder);
  let done = 0;
  await fs.cp(source, files.data, {
    recursive: true,
    // The write-ahead log may lie on another disk.
    dereference: true,
    filter(from) {
      hooks.signal.throwIfAborted();
      done += 1;
      hooks.onFile?.(done);
      return path.basename(from) !== PID_FILE;
    },
  });
  await fs.chmod(files.data, 0o700);
}

/** A copied data folder to be started. */
export interface CopiedClusterRequest extends ClusterTools {
  /** Holds what {@link copyDataFolder} has copied. */
  readonly folder: string;
  readonly superuser: string;
  readonly avoidPorts: readonly number[];
}

/**
 * Starts a server on a copied data folder, on a free port of 127.0.0.1, as an unprivileged user. What its configuration
 * says of addresses, files and passwords is replaced, in the copy. `removeScratchCluster` ends and removes it.
 * @throws StepError with the end of the log when it does not start, PreflightError when its user cannot get there
 */
export async function startCopiedCluster(request: CopiedClusterRequest): Promise<ServerAddress> {
  const files = clusterFiles(request.folder);
  const user = await findClusterUser();
  await writeMarker(request, files, 0, user);
  await replaceConfiguration(files);
  if (user !== undefined) {
    await giveAll(files.folder, user);
    await checkReachable(files.folder, user);
    await checkReachable(request.programs.folder, user);
  }
  const settings = {
    ...SETTINGS,
    data_directory: files.data,
    hba_file: path.join(files.data, 'pg_hba.conf'),
    ident_file: path.join(files.data, 'pg_ident.conf'),
  };
  const port = await startOnPort({ ...request, durable: false, settings }, files, user);
  return { host: '127.0.0.1', port, user: request.superuser };
}

async function replaceConfiguration(files: ClusterFiles): Promise<void> {
  const inside = (name: string): string => path.join(files.data, name);
  await fs.writeFile(inside('pg_hba.conf'), HBA, { mode: 0o600 });
  await fs.writeFile(inside('pg_ident.conf'), '', { mode: 0o600 });
  // Read last, so that it would win over ours.
  await fs.writeFile(inside('postgresql.auto.conf'), '', { mode: 0o600 });
  await fs.appendFile(inside('postgresql.conf'), `\ninclude = '${path.basename(files.settings)}'\n`);
}

async function giveAll(folder: string, { uid, gid }: ClusterUser): Promise<void> {
  await fs.chown(folder, uid, gid);
  for (const entry of await fs.readdir(folder, { recursive: true, withFileTypes: true }))
    await fs.lchown(path.join(entry.parentPath, entry.name), uid, gid);
}

async function versionOf(folder: string): Promise<number | undefined> {
  try {
    return parseVersion(await fs.readFile(path.join(folder, 'PG_VERSION'), 'utf8'))?.major;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return (await fs.readdir(folder)).sort();
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
