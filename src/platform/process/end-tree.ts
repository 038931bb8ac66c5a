import { execFile, spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { groupHasLiveMember, readProcStat } from './proc-stat.ts';

const DEFAULT_GRACE_MS = 5_000;
const AFTER_KILL_MS = 10_000;
const POLL_MS = 20;

/** What is ended: a process group by its leader's pid, or one process. Windows ends the children in both cases. */
export interface Tree {
  readonly pid: number;
  readonly group: boolean;
}

/** How a tree is ended. */
export interface EndTreeOptions {
  /** Milliseconds between the polite request and the forced end; 5 s by default. POSIX only. */
  readonly graceMs?: number;
  /** Aborted when there is no more time to be polite. */
  readonly hurry?: AbortSignal;
}

/** The tree of a living process: its group when it leads one. */
export function treeOf(pid: number): Tree {
  return { pid, group: process.platform !== 'win32' && send({ pid, group: true }, 0) };
}

/**
 * Ends a process and everything it started. POSIX: SIGTERM, SIGKILL after the grace, and waits until none of them
 * runs. Windows: `taskkill /T /F`, which knows the children.
 */
export async function endTree(tree: Tree, options: EndTreeOptions = {}): Promise<void> {
  if (process.platform === 'win32') return taskkill(tree.pid);
  if (!send(tree, 'SIGTERM')) return;
  if (await gone(tree, options.graceMs ?? DEFAULT_GRACE_MS, options.hurry)) return;
  send(tree, 'SIGKILL');
  await gone(tree, AFTER_KILL_MS);
}

/** Ends at once and without waiting: for the last moment of this process. */
export function killTreeNow(tree: Tree): void {
  if (process.platform === 'win32')
    spawnSync('taskkill.exe', taskkillArguments(tree.pid), { stdio: 'ignore', windowsHide: true });
  else send(tree, 'SIGKILL');
}

/** Gives false when there is nobody to receive the signal. */
function send(tree: Tree, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(tree.group ? -tree.pid : tree.pid, signal);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // macOS answers EPERM for a group whose last members have ended but are not collected.
    if (code === 'ESRCH' || (code === 'EPERM' && tree.group && process.platform === 'darwin')) return false;
    throw error;
  }
}

async function gone(tree: Tree, withinMs: number, hurry?: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (running(tree)) {
    if (performance.now() >= deadline || hurry?.aborted === true) return false;
    await delay(POLL_MS);
  }
  return true;
}

function running(tree: Tree): boolean {
  if (!send(tree, 0)) return false;
  if (process.platform !== 'linux') return true;
  // In a container nobody may collect the ended ones, and they still answer signal 0.
  if (tree.group) return groupHasLiveMember(tree.pid);
  const state = readProcStat(tree.pid)?.state;
  return state !== undefined && state !== 'Z' && state !== 'X';
}

function taskkillArguments(pid: number): string[] {
  return ['/PID', String(pid), '/T', '/F'];
}

async function taskkill(pid: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    execFile('taskkill.exe', taskkillArguments(pid), { windowsHide: true }, (error) => {
      // An exit code means it ran: a process of the tree was gone already. Whoever waits for the child sees its end.
      if (error === null || typeof error.code === 'number') resolve();
      else reject(new Error('taskkill.exe could not be started', { cause: error }));
    });
  });
}
