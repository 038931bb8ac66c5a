import type { ReadableNode } from '../contract/node.ts';
import type { CommandOperation } from '../contract/operation.ts';
import { readDiscovery, type WindowsFindings } from '../discovery/windows.ts';

/** How Windows is asked what is installed. */
export const ASK_INSTALLED: CommandOperation = {
  kind: 'command',
  argv: ['powershell.exe', '-File', 'discover.ps1'],
  effect: 'read',
};

/** What Windows tells of a node; undefined where there is none that could be asked. @throws ExpectedError */
export async function askInstalled(
  { discover }: Pick<ReadableNode, 'discover'>,
  signal: AbortSignal,
): Promise<WindowsFindings | undefined> {
  return discover === undefined ? undefined : readDiscovery(await discover(signal));
}

/** Whether two releases with their patches are the same, however they are spelled: `May 2025` and `may 2025`. */
export function sameRelease(one: string, other: string): boolean {
  const plain = (text: string): string => text.trim().replace(/\s+/g, ' ').toLowerCase();
  return plain(one) === plain(other);
}
