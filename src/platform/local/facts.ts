import os from 'node:os';
import type { Exec, NodeFacts } from '../../contract/node.ts';

// A process with full administrator rights has this integrity level (well-known SID, the same in every language).
const HIGH_INTEGRITY = /S-1-16-(12288|16384)\b/u;

/** Tells an account's rights on Windows. */
export const WHO_AM_I: readonly string[] = ['whoami.exe', '/groups', '/fo', 'csv', '/nh'];

/** Facts of this machine. `elevated`: root, or a Windows process with administrator rights. */
export async function machineFacts({ exec }: { readonly exec: Exec }): Promise<NodeFacts> {
  const platform =
    process.platform === 'win32' ? 'windows' : process.platform === 'linux' ? 'linux' : 'other';
  return { hostName: os.hostname(), platform, user: userName(), elevated: await isElevated(exec) };
}

async function isElevated(exec: Exec): Promise<boolean> {
  if (process.getuid !== undefined) return process.getuid() === 0;
  const { stdout } = await exec(WHO_AM_I, { timeoutMs: 30_000 });
  return HIGH_INTEGRITY.test(stdout);
}

/** Name of the account that runs this. @throws the error of Windows where it has none */
export function userName(): string {
  try {
    return os.userInfo().username;
  } catch (error) {
    // A user id without an entry in the user database, as containers have.
    if (process.getuid === undefined) throw error;
    return `uid ${process.getuid()}`;
  }
}
