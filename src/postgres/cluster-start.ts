import fs from 'node:fs/promises';
import type { InitialiseOptions } from './cluster-commands.ts';
import { logTail, saveMarker, settingsText } from './cluster-files.ts';
import type { ClusterFiles, ClusterMarker } from './cluster-files.ts';
import { startServer } from './cluster-process.ts';
import type { ClusterTools } from './cluster-process.ts';
import type { ClusterUser } from './cluster-user.ts';
import { findFreePort } from './free-port.ts';

const PORT_ATTEMPTS = 4;

/** How a server is started. */
export interface StartRequest extends ClusterTools, Pick<InitialiseOptions, 'superuser' | 'durable'> {
  /** Default: a free one. */
  readonly port?: number;
  /** Added to the settings. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** Ports that are never taken, though they may be free now: that of a server which is down. */
  readonly avoidPorts?: readonly number[];
}

/**
 * Starts the server of a cluster whose data folder is there, on the port of the request or a free one.
 * @throws StepError with the end of the log when it does not start
 */
export async function startOnPort(
  request: StartRequest,
  files: ClusterFiles,
  user: ClusterUser | undefined,
): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const port = request.port ?? (await findFreePort(request.avoidPorts));
    await writeMarker(request, files, port, user);
    await fs.writeFile(files.settings, settingsText(settingsOf(request, port)), { mode: 0o600 });
    await give(files.settings, user);
    try {
      await startServer(request, files, user);
      return port;
    } catch (error) {
      // Somebody took the free port in between.
      const taken = /could not (bind|create any TCP)/.test(await logTail(files, 20));
      if (!taken || request.port !== undefined || attempt >= PORT_ATTEMPTS) throw error;
      await fs.rm(files.log, { force: true });
    }
  }
}

/** Writes down whose the folder is, for a process that finds it later. */
export async function writeMarker(
  request: Pick<StartRequest, 'superuser'>,
  files: ClusterFiles,
  port: number,
  user: ClusterUser | undefined,
): Promise<void> {
  const marker: ClusterMarker = {
    schemaVersion: 1,
    port,
    superuser: request.superuser,
    ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
  };
  await saveMarker(files, marker);
}

function settingsOf(request: StartRequest, port: number): Record<string, string | number | boolean> {
  return {
    listen_addresses: '127.0.0.1',
    port,
    // A socket in a deep folder would be longer than a socket's path may be; nobody needs it.
    ...(process.platform === 'win32' ? {} : { unix_socket_directories: '' }),
    // Error texts that we and our readers can look up.
    lc_messages: 'C',
    ...(request.durable === false
      ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }
      : {}),
    ...request.settings,
  };
}

/** Makes a file the one of the cluster's user. */
export async function give(file: string, user: ClusterUser | undefined): Promise<void> {
  if (user !== undefined) await fs.chown(file, user.uid, user.gid);
}
