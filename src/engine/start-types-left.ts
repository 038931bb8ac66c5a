import { startTypeArguments } from '../contract/start-type.ts';
import type { JournalEntry } from './records.ts';

/**
 * What of a run that is given up Windows no longer starts by itself, a line for each node: services that were set to Manual
 * and not set back. Empty: nothing.
 */
export function startTypesLeft(entries: readonly JournalEntry[]): string[] {
  const manual = new Map<string, Set<string>>();
  for (const entry of entries) {
    if (entry.type !== 'operation' || entry.operation.kind !== 'start-type') continue;
    // One that was refused is as it was; of one that was begun alone, or whose answer was lost, nobody knows.
    const { service, startType } = entry.operation;
    const here = manual.get(entry.node) ?? new Set();
    manual.set(entry.node, here);
    if (startType === 'manual' && entry.phase === 'begin') here.add(service);
    if (startType === 'manual' && entry.refused === true) here.delete(service);
    if (startType !== 'manual' && entry.phase === 'end') here.delete(service);
  }
  return [...manual]
    .filter(([, services]) => services.size > 0)
    .map(
      ([node, services]) =>
        `${node}: Windows no longer starts ${[...services].join(', ')}, which this run set to Manual. ` +
        `Set them back when the site is in order, or before another restore: in Windows Services, or each with sc.exe ${startTypeArguments('NAME', 'automatic').join(' ')} (delayed-auto where it was delayed)`,
    );
}
