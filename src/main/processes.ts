import type { ChildIdentity, Exec } from '../contract/node.ts';
import { createConsoleText } from '../platform/process/console-text.ts';
import { createExec } from '../platform/process/exec.ts';
import { createIdentities, posixIdentities, type Identities } from '../platform/process/identity.ts';
import { readConsolePage } from '../platform/windows/console-page.ts';
import { createPowerShell, type PowerShell } from '../platform/windows/powershell.ts';
import { createWindowsStart } from '../platform/windows/process-start.ts';

/** The programs of this machine, and what tells one process from another. */
export interface Processes {
  readonly exec: Exec;
  readonly identities: Identities;
  readonly powershell: PowerShell;
}

/** Makes them. */
export function createProcesses({
  redact,
  scripts,
  platform,
}: {
  readonly redact: (text: string) => string;
  /** Folder of the PowerShell scripts. */
  readonly scripts: string;
  readonly platform: NodeJS.Platform;
}): Processes {
  const plain = createExec({ redact });
  // The script that tells of a child is a child itself, of which nobody is told.
  const alone = createPowerShell({ exec: plain, folder: scripts });
  if (platform !== 'win32') return { exec: plain, identities: posixIdentities, powershell: alone };
  const identities = createIdentities(createWindowsStart(alone));
  const exec = createExec({
    redact,
    identify: identities.identify,
    readText: createConsoleText(() => readConsolePage(plain)),
  });
  return { exec, identities, powershell: createPowerShell({ exec, folder: scripts }) };
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
