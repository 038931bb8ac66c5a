import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ChildIdentity } from '../../contract/node.ts';
import { bootId, readProcStat } from './proc-stat.ts';
import { endTree, treeOf } from './end-tree.ts';

const run = promisify(execFile);
const LOOK_UP_LIMIT_MS = 20_000;

/** When a living process was started, as the platform tells it; undefined when there is none with this pid. */
export type StartOf = (pid: number) => Promise<string | undefined>;

/** Tells processes of this machine apart, also later ones with the same pid. */
export interface Identities {
  /** The identity of a living process; undefined when there is none with this pid. */
  readonly identify: (pid: number) => Promise<ChildIdentity | undefined>;
  /** Whether exactly this process is still running: same pid, same start. */
  readonly isAlive: (child: ChildIdentity) => Promise<boolean>;
  /**
   * Ends a process, with its group when it leads one (on Windows: with its children), but only when pid and start
   * time are still the same. Gives whether it was there.
   */
  readonly endProcess: (child: ChildIdentity, options?: { graceMs?: number }) => Promise<boolean>;
}

/** Makes them of what tells when a process was started. */
export function createIdentities(startOf: StartOf): Identities {
  async function identify(pid: number): Promise<ChildIdentity | undefined> {
    const startedAt = await startOf(pid);
    return startedAt === undefined ? undefined : { pid, startedAt };
  }
  async function isAlive(child: ChildIdentity): Promise<boolean> {
    return (await startOf(child.pid)) === child.startedAt;
  }
  return {
    identify,
    isAlive,
    async endProcess(child, options) {
      if (!(await isAlive(child))) return false;
      await endTree(treeOf(child.pid), options);
      return true;
    },
  };
}

/** Those of Linux and its like. */
export const posixIdentities: Identities = createIdentities(async (pid) => {
  if (process.platform !== 'linux') return posixStart(pid);
  const stat = readProcStat(pid);
  return stat === undefined || stat.state === 'Z' || stat.state === 'X'
    ? undefined
    : identifyNow(pid)?.startedAt;
});

/**
 * The identity of a living process, without waiting. Linux only; elsewhere, and when there is no such process,
 * undefined. A process that ended and was not collected yet still counts: its parent has only just started it.
 */
export function identifyNow(pid: number): ChildIdentity | undefined {
  if (process.platform !== 'linux') return undefined;
  const stat = readProcStat(pid);
  return stat && { pid, startedAt: `${bootId()}:${stat.startTicks}` };
}

async function posixStart(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)], {
      timeout: LOOK_UP_LIMIT_MS,
      env: { ...process.env, LC_ALL: 'C' },
    });
    return stdout.trim() === '' ? undefined : stdout.trim();
  } catch (error) {
    // ps ends with 1 and prints nothing when there is no such process.
    if ((error as { code?: unknown }).code === 1) return undefined;
    throw error;
  }
}
