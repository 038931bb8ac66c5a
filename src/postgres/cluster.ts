import fs from 'node:fs/promises';
import path from 'node:path';
import { messageOf, PreflightError, UsageError } from '../contract/errors.ts';
import { initialiseCommand } from './cluster-commands.ts';
import type { InitialiseOptions, StopMode } from './cluster-commands.ts';
import { clusterFiles, readMarker } from './cluster-files.ts';
import type { ClusterFiles } from './cluster-files.ts';
import { childOptions, serverPid, startServer, stopServer } from './cluster-process.ts';
import type { ClusterTools } from './cluster-process.ts';
import { give, startOnPort, writeMarker, type StartRequest } from './cluster-start.ts';
import { checkReachable, findClusterUser } from './cluster-user.ts';
import type { ClusterUser } from './cluster-user.ts';
import type { ServerAddress } from './server.ts';

const INITDB_LIMIT_MS = 180_000;

/** A PostgreSQL server of our own, listening on 127.0.0.1 only. */
export interface Cluster {
  readonly address: ServerAddress;
  readonly folder: string;
  readonly dataFolder: string;
  readonly logFile: string;
  /** Of the server process when the cluster was started or adopted; undefined for one that does not run. */
  readonly pid: number | undefined;
  /** Stops the server; harmless when it does not run. @throws StepError when it cannot be stopped. */
  stop(): Promise<void>;
  /** Starts a stopped server again on the same port. @throws StepError with the end of its log. */
  start(): Promise<void>;
  /** Stops the server and removes the folder with all that is in it. `modes`: default `fast`, then `immediate`. */
  remove(modes?: readonly StopMode[]): Promise<void>;
}

/** A cluster to be made. */
export interface ClusterRequest extends StartRequest, InitialiseOptions {
  /** Created, or empty; belongs to the cluster from then on and goes away with it. */
  readonly folder: string;
  readonly password: string;
  /** Default: found when this process is root, else this process's own user. */
  readonly asUser?: ClusterUser;
  /** True: what is there when making it fails is left to the caller. Default false. */
  readonly keepOnFailure?: boolean;
}

/**
 * Makes a PostgreSQL cluster in a folder of its own and starts it; passwords are asked for. Leaves nothing
 * behind when it fails, unless told otherwise.
 * @throws PreflightError when the folder is in use or closed to the cluster's user, CommandError from initdb,
 * StepError with the end of the log when the server does not start.
 */
export async function createCluster(request: ClusterRequest): Promise<Cluster> {
  if (/[\r\n]/.test(request.password) || request.password === '')
    throw new UsageError('The password of a new PostgreSQL cluster must be one line, and not empty.');
  const files = clusterFiles(request.folder);
  const user = request.asUser ?? (await findClusterUser());
  const isNew = await takeFolder(files.folder);
  try {
    // First of all: should we be killed, the folder can be told from somebody else's.
    await writeMarker(request, files, request.port ?? 0, user);
    await give(files.folder, user);
    if (user !== undefined) {
      await checkReachable(files.folder, user);
      await checkReachable(request.programs.folder, user);
    }
    await initialise(request, files, user);
    const port = await startOnPort(request, files, user);
    const address = { host: '127.0.0.1', port, user: request.superuser, password: request.password };
    return await handle(request, files, address, user);
  } catch (error) {
    if (request.keepOnFailure === true) throw error;
    await stopServer(request, files, user);
    await fs.rm(files.folder, { recursive: true, force: true });
    if (!isNew) await fs.mkdir(files.folder);
    throw error;
  }
}

/**
 * Takes over a cluster that {@link createCluster} made and whose process was killed, running or not, to stop or
 * remove it. Gives undefined when the folder holds no cluster of ours.
 */
export async function adoptCluster(
  folder: string,
  tools: ClusterTools,
  password?: string,
): Promise<Cluster | undefined> {
  const files = clusterFiles(folder);
  const marker = await readMarker(files);
  if (marker === undefined) return undefined;
  const user =
    marker.uid === undefined || marker.gid === undefined || process.getuid?.() !== 0
      ? undefined
      : { name: String(marker.uid), uid: marker.uid, gid: marker.gid };
  const address = {
    host: '127.0.0.1',
    port: marker.port,
    user: marker.superuser,
    ...(password === undefined ? {} : { password }),
  };
  return await handle(tools, files, address, user);
}

async function handle(
  tools: ClusterTools,
  files: ClusterFiles,
  address: ServerAddress,
  user: ClusterUser | undefined,
): Promise<Cluster> {
  const pid = await serverPid(tools, files);
  return {
    address,
    folder: files.folder,
    dataFolder: files.data,
    logFile: files.log,
    pid,
    stop: () => stopServer(tools, files, user),
    start: () => startServer(tools, files, user),
    async remove(modes) {
      await stopServer(tools, files, user, modes);
      await fs.rm(files.folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Creates the folder, or takes an empty one. Gives whether it is new. */
async function takeFolder(folder: string): Promise<boolean> {
  let isNew: boolean;
  try {
    // Folders above it get the usual mode: the cluster's user must be able to enter them.
    await fs.mkdir(path.dirname(folder), { recursive: true });
    isNew = (await fs.mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined;
  } catch (error) {
    throw new PreflightError(
      `The folder ${folder} for a PostgreSQL cluster cannot be made: ${messageOf(error)}`,
      {
        hint: 'Choose another folder.',
        cause: error,
      },
    );
  }
  if ((await fs.readdir(folder)).length > 0)
    throw new PreflightError(`The folder ${folder} for a PostgreSQL cluster is not empty.`, {
      hint: 'Choose another folder, or empty this one.',
    });
  return isNew;
}

async function initialise(
  request: ClusterRequest,
  files: ClusterFiles,
  user: ClusterUser | undefined,
): Promise<void> {
  await fs.writeFile(files.passFile, `${request.password}\n`, { mode: 0o600 });
  await give(files.passFile, user);
  const argv = initialiseCommand(request.programs, files, request);
  await request.exec(argv, childOptions(files, user, INITDB_LIMIT_MS));
  await fs.rm(files.passFile);
  await fs.appendFile(`${files.data}/postgresql.conf`, "\ninclude = 'sense-runbook.conf'\n");
}
