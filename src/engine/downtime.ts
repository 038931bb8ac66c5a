import type { Downtime } from '../contract/event.ts';
import type { JournalEntry } from './records.ts';

/**
 * Downtime from the journal (design section 7): `quietMs` from the last service stopped to the first start command,
 * `downtimeMs` from the first stop to the end of the last step that started services (they wait until ready).
 * Several stretches (a run that was resumed) are added up. Never negative, also when the clock was set back meanwhile.
 */
export function measureDowntime(entries: readonly JournalEntry[]): Downtime {
  let quiet = 0;
  let down = 0;
  let stretch:
    | { firstStop: number; lastStop: number; firstStart?: number; ready?: number; startedBy?: string }
    | undefined;
  const starting = new Set<string>();
  let any = false;
  function finish(): void {
    if (stretch?.firstStart === undefined || stretch.ready === undefined) return;
    any = true;
    quiet += Math.max(0, stretch.firstStart - stretch.lastStop);
    down += Math.max(0, stretch.ready - stretch.firstStop);
  }
  for (const entry of entries) {
    const at = Date.parse(entry.at);
    if (entry.type === 'operation' && entry.operation.kind === 'service') {
      const who = `${entry.step} ${entry.node} ${entry.operation.service}`;
      if (entry.operation.verb === 'stop') {
        if (stretch?.startedBy === who) {
          // A step that failed took back its own start, the only one: the site was not up in between.
          const { firstStop, lastStop } = stretch;
          stretch = { firstStop, lastStop };
        } else if (stretch?.firstStart !== undefined) {
          finish();
          stretch = undefined;
        }
        stretch ??= { firstStop: at, lastStop: at };
        stretch.lastStop = at;
      } else if (entry.operation.verb === 'start' && stretch !== undefined) {
        if (stretch.firstStart === undefined) {
          stretch.firstStart = at;
          stretch.startedBy = who;
        } else if (stretch.startedBy !== who) delete stretch.startedBy;
        stretch.ready = at;
        starting.add(`${entry.step} ${entry.node}`);
      }
    } else if (
      entry.type === 'result' &&
      stretch !== undefined &&
      starting.has(`${entry.step} ${entry.node}`)
    ) {
      stretch.ready = at;
    }
  }
  finish();
  return {
    ...(any ? { quietMs: quiet, downtimeMs: down } : {}),
    ...(stretch !== undefined && stretch.firstStart === undefined ? { unknown: true } : {}),
  };
}
