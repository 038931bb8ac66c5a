import type { ReadableNode } from '../../contract/node.ts';
import type { PowerShell } from './powershell.ts';

/** Asking for the services and the members of a group takes seconds on a server in a domain. */
export const DISCOVER_LIMIT_MS = 2 * 60_000;

/** Asks the Windows that `powershell` runs on what it knows. */
export function discoverThrough(powershell: PowerShell): NonNullable<ReadableNode['discover']> {
  return (signal) => powershell.run('discover', {}, { timeoutMs: DISCOVER_LIMIT_MS, signal });
}
