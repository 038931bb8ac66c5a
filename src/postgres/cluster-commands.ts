import type { ClusterFiles } from './cluster-files.ts';
import type { ServerPrograms } from './server.ts';

/** Seconds that pg_ctl waits for the server to answer after its start, and to be gone after its stop. */
export const START_SECONDS = 60;
export const STOP_SECONDS = 30;

/** How a server is told to stop: `fast` ends its sessions and writes everything down, `immediate` just ends. */
export type StopMode = 'fast' | 'immediate';

/** What decides how a new data folder is made. */
export interface InitialiseOptions {
  readonly superuser: string;
  /** Default: `C.UTF-8` on Linux, `C` elsewhere. The encoding is always UTF8. */
  readonly locale?: string;
  /** False: nothing is synced to disk. Default true. */
  readonly durable?: boolean;
}

/** The command that makes the data folder. The superuser's password is read from `files.passFile`. */
export function initialiseCommand(
  programs: ServerPrograms,
  files: ClusterFiles,
  options: InitialiseOptions,
): string[] {
  return [
    programs.initdb,
    ...['-D', files.data, '-U', options.superuser, '-E', 'UTF8'],
    // SCRAM is there from PostgreSQL 10 on.
    ...['-A', programs.major >= 10 ? 'scram-sha-256' : 'md5', `--pwfile=${files.passFile}`],
    `--locale=${options.locale ?? (process.platform === 'linux' ? 'C.UTF-8' : 'C')}`,
    ...(options.durable === false ? ['-N'] : []),
  ];
}

/** The command that starts the server and waits until it answers. On Windows pg_ctl gives up administrator's rights. */
export function startCommand(programs: ServerPrograms, files: ClusterFiles): string[] {
  const argv = [programs.pgCtl, 'start', '-D', files.data, '-l', files.log];
  return [...argv, '-w', '-t', String(START_SECONDS), '-s'];
}

/** The command that stops the server and waits until it is gone. */
export function stopCommand(programs: ServerPrograms, files: ClusterFiles, mode: StopMode): string[] {
  const argv = [programs.pgCtl, 'stop', '-D', files.data, '-m', mode];
  return [...argv, '-w', '-t', String(STOP_SECONDS), '-s'];
}
