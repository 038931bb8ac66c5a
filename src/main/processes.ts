import type { ChildIdentity, Exec } from '../contract/node.ts';
import type { Identities } from '../platform/process/identity.ts';

/** The programs of this machine, and what tells one process from another. */
export interface Processes {
  readonly exec: Exec;
  readonly identities: Identities;
}

/** Makes both. Only on Windows is there anything to load for telling processes apart. */
export async function createProcesses({
  redact,
  scripts,
  platform,
}: {
  readonly redact: (text: string) => string;
  /** Folder of the PowerShell scripts. */
  readonly scripts: string;
  readonly platform: NodeJS.Platform;
}): Promise<Processes> {
  const { createExec } = await import('../platform/process/exec.ts');
  const { createIdentities, posixIdentities } = await import('../platform/process/identity.ts');
  const plain = createExec({ redact });
  if (platform !== 'win32') return { exec: plain, identities: posixIdentities };
  const { createPowerShell } = await import('../platform/windows/powershell.ts');
  const { createWindowsStart } = await import('../platform/windows/process-start.ts');
  // The script that tells of a child is a child itself, of which nobody is told.
  const powershell = createPowerShell({ exec: plain, folder: scripts });
  const identities = createIdentities(createWindowsStart(powershell));
  return { exec: createExec({ redact, identify: identities.identify }), identities };
}

/**
 * Who this process is, for locks. Where a policy forbids scripts nobody can tell, and it has an identity that no process
 * has: `doctor` can still say what is forbidden, and no run gets past its preflight. @throws what else goes wrong
 */
export async function identifySelf({ identify }: Identities): Promise<ChildIdentity> {
  const { pid } = process;
  const unknown = { pid, startedAt: 'unknown' };
  try {
    return (await identify(pid)) ?? unknown;
  } catch (error) {
    if (error instanceof Error && 'type' in error && error.type === 'ExecutionPolicy') return unknown;
    throw error;
  }
}
