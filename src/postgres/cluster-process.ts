import { ExpectedError, StepError } from '../contract/errors.ts';
import type { Exec, ExecOptions } from '../contract/node.ts';
import { START_SECONDS, startCommand, STOP_SECONDS, stopCommand, type StopMode } from './cluster-commands.ts';
import { logTail, readPid } from './cluster-files.ts';
import type { ClusterFiles } from './cluster-files.ts';
import type { ClusterUser } from './cluster-user.ts';
import type { ServerPrograms } from './server.ts';

/** pg_ctl gives up by itself; this is for the case that it does not. */
const GRACE_MS = 15_000;

/** What runs a cluster. */
export interface ClusterTools {
  readonly exec: Exec;
  readonly programs: ServerPrograms;
}

/** Starts the server of a cluster and waits until it answers. @throws StepError with the end of its log. */
export async function startServer(
  tools: ClusterTools,
  files: ClusterFiles,
  user: ClusterUser | undefined,
): Promise<void> {
  try {
    await tools.exec(
      startCommand(tools.programs, files),
      childOptions(files, user, START_SECONDS * 1000 + GRACE_MS),
    );
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    throw new StepError(`The PostgreSQL cluster in ${files.folder} did not start.\n${await logTail(files)}`, {
      hint: `The whole log is ${files.log} (removed with the cluster).`,
      cause: error,
    });
  }
}

/**
 * Stops the server of a cluster in one mode after the other, the hard way when the soft one fails; harmless when it
 * does not run.
 * @throws StepError when it is still there.
 */
export async function stopServer(
  tools: ClusterTools,
  files: ClusterFiles,
  user: ClusterUser | undefined,
  modes: readonly StopMode[] = ['fast', 'immediate'],
): Promise<void> {
  for (const mode of modes) {
    const pid = await serverPid(tools, files);
    if (pid === undefined) return;
    try {
      await tools.exec(
        stopCommand(tools.programs, files, mode),
        childOptions(files, user, STOP_SECONDS * 1000 + GRACE_MS),
      );
      return;
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      // It may have ended by itself in between; what counts is whether it still runs.
      if (mode === 'immediate' && (await serverPid(tools, files)) !== undefined)
        throw new StepError(
          `The PostgreSQL cluster in ${files.folder} (process ${pid}) could not be stopped.`,
          {
            hint: `End the process ${pid} yourself, then remove the folder ${files.folder}.`,
            cause: error,
          },
        );
    }
  }
}

/** How the programs of a cluster are run. */
export function childOptions(
  files: ClusterFiles,
  user: ClusterUser | undefined,
  timeoutMs: number,
): ExecOptions {
  return {
    timeoutMs,
    // The other user may not be allowed to be where we are.
    cwd: files.folder,
    env: { LC_ALL: 'C' },
    ...(user === undefined ? {} : { asUser: { uid: user.uid, gid: user.gid } }),
  };
}

/** The process id of the cluster's server while it runs. */
export async function serverPid(tools: ClusterTools, files: ClusterFiles): Promise<number | undefined> {
  return await readPid(files, (pid) => commandOf(tools.exec, pid));
}

/** Where there is no /proc (macOS): what `ps` says; empty for a process that is gone. */
async function commandOf(exec: Exec, pid: number): Promise<string> {
  return (await exec(['ps', '-o', 'command=', '-p', String(pid)], { okCodes: [0, 1] })).stdout;
}
