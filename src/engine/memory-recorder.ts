import type { Recorder } from './active-run.ts';
import type { JournalEntry, JournalRecord } from './records.ts';

/** A journal in memory, for looking without leaving a trace; `earlier` is what stands in one already. */
export function createMemoryRecorder(
  now: () => Date,
  earlier: readonly JournalEntry[] = [],
): Recorder & { records: JournalRecord[]; entries: JournalEntry[] } {
  const records: JournalRecord[] = [];
  const entries: JournalEntry[] = [...earlier];
  return {
    records,
    entries,
    append(record) {
      records.push(record);
      entries.push({ ...record, seq: entries.length + 1, at: now().toISOString(), prev: '' });
    },
  };
}
