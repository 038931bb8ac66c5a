import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ChildIdentity } from '../../contract/node.ts';
import { bootId, readProcStat } from './proc-stat.ts';
import { endTree, treeOf } from './end-tree.ts';

const run = promisify(execFile);
const LOOK_UP_LIMIT_MS = 20_000;

// Takes the pid on stdin; prints the start time as 100 ns ticks since 1601, or nothing.
const WINDOWS_SCRIPT =
  '$id = [int][Console]::In.ReadToEnd(); ' +
  '$p = Get-Process -Id $id -ErrorAction SilentlyContinue; if ($p) { $p.StartTime.ToFileTimeUtc() }';

/**
 * The identity of a living process, without waiting. Linux only; elsewhere, and when there is no such process,
 * undefined. A process that ended and was not collected yet still counts: its parent has only just started it.
 */
export function identifyNow(pid: number): ChildIdentity | undefined {
  if (process.platform !== 'linux') return undefined;
  const stat = readProcStat(pid);
  return stat && { pid, startedAt: `${bootId()}:${stat.startTicks}` };
}

/** The identity of a living process; undefined when there is none with this pid. */
export async function identify(pid: number): Promise<ChildIdentity | undefined> {
  if (process.platform === 'linux') {
    const stat = readProcStat(pid);
    return stat === undefined || stat.state === 'Z' || stat.state === 'X' ? undefined : identifyNow(pid);
  }
  const startedAt = process.platform === 'win32' ? await windowsStart(pid) : await posixStart(pid);
  return startedAt === '' ? undefined : { pid, startedAt };
}

/** Whether exactly this process is still running: same pid, same start. */
export async function isAlive(child: ChildIdentity): Promise<boolean> {
  return (await identify(child.pid))?.startedAt === child.startedAt;
}

/**
 * Ends a process, with its group when it leads one (on Windows: with its children), but only when pid and start
 * time are still the same. Gives whether it was there.
 */
export async function endProcess(child: ChildIdentity, options: { graceMs?: number } = {}): Promise<boolean> {
  if (!(await isAlive(child))) return false;
  await endTree(treeOf(child.pid), options);
  return true;
}

async function posixStart(pid: number): Promise<string> {
  try {
    const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)], {
      timeout: LOOK_UP_LIMIT_MS,
      env: { ...process.env, LC_ALL: 'C' },
    });
    return stdout.trim();
  } catch (error) {
    // ps ends with 1 and prints nothing when there is no such process.
    if ((error as { code?: unknown }).code === 1) return '';
    throw error;
  }
}

async function windowsStart(pid: number): Promise<string> {
  const call = run('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', WINDOWS_SCRIPT], {
    timeout: LOOK_UP_LIMIT_MS,
    windowsHide: true,
  });
  call.child.stdin?.end(String(pid));
  return (await call).stdout.trim();
}
