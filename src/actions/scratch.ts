import path from 'node:path';
import type { ExecuteContext, ReadContext } from '../contract/action.ts';
import type { Exec } from '../contract/node.ts';
import type { CommandOperation, FileOperation } from '../contract/operation.ts';
import type { ServerPrograms, SqlClient } from '../postgres/server.ts';

/** PostgreSQL servers of our own that drills restore into; an interface, so that tests need no server. */
export interface ScratchServers {
  /** Folder that they are made in. */
  readonly folder: string;
  /** Server programs of exactly this major version. @throws PreflightError when there are none. */
  programs(major: number): Promise<ServerPrograms>;
  /** Makes one in `folder` and starts it; its commands go through `exec`. */
  start(folder: string, programs: ServerPrograms, exec: Exec): Promise<{ readonly port: number }>;
  /** Starts one on the data folder that was copied into `folder`; everybody on this machine may log in to it. */
  startCopy(
    folder: string,
    programs: ServerPrograms,
    options: { readonly user: string; readonly exec: Exec },
  ): Promise<{ readonly port: number }>;
  /**
   * Ends the one in `folder` and removes the folder; `exec` may be absent where there is no run to journal it. Gives
   * whether there was anything.
   */
  remove(folder: string, programs: ServerPrograms, exec?: Exec): Promise<boolean>;
  /** A connection to one that this process has started. */
  connect(folder: string, database: string): Promise<SqlClient>;
  /** What client programs find it by: host, port, user, and a password file that is removed after `work`. */
  withEnvironment<T>(folder: string, work: (env: Readonly<Record<string, string>>) => Promise<T>): Promise<T>;
}

/** Where the scratch cluster of a run lies; one a run. */
export function scratchFolder(
  servers: Pick<ScratchServers, 'folder'>,
  { run }: Pick<ReadContext, 'run'>,
): string {
  return path.join(servers.folder, `sense-runbook-drill-${run.id}`);
}

/** Where the copy of a data folder lies, with the server that is started on it. */
export function copyFolder(
  servers: Pick<ScratchServers, 'folder'>,
  { run }: Pick<ReadContext, 'run'>,
): string {
  return path.join(servers.folder, `sense-runbook-copy-${run.id}`);
}

/** The removal of a folder that a run has made. */
export function removalOf(folder: string): FileOperation {
  return { kind: 'file', verb: 'remove', path: folder, effect: 'change' };
}

/** Runs the commands of a cluster as described operations. */
export function describedExec(context: ExecuteContext): Exec {
  return (argv, { signal, onSpawn, ...rest } = {}) => {
    // The context has its own.
    void [signal, onSpawn];
    return context.exec(clusterOperation(argv), rest);
  };
}

/** One command of a cluster. */
export function clusterOperation(argv: readonly string[]): CommandOperation {
  return { kind: 'command', argv, effect: 'change' };
}
