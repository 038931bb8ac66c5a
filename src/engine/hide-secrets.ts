import type { JsonValue } from '../contract/json.ts';
import type { JournalRecord } from './records.ts';

/** Fields with text of programs and people. The others are what the engine goes by: step, node, what ran before. */
const FREE = new Set([
  'input',
  'outputs',
  'operation',
  'reason',
  'message',
  'hint',
  'what',
  'result',
  'error',
]);
/** What is counted and started again by; services never are secret. */
const KEPT = new Set(['kind', 'verb', 'service', 'effect']);

/**
 * A record as it may stand in the journal: secrets hidden in every free text. Names stay as they are, also when a
 * password happens to be one of them: a service could not be started again under the name `***`.
 */
export function hideSecrets(record: JournalRecord, redact: (text: string) => string): JournalRecord {
  const entries = Object.entries(record as unknown as Record<string, JsonValue>).map(
    ([key, value]): [string, unknown] => [
      key,
      FREE.has(key) ? hide(value, key === 'operation' ? KEPT : new Set(), redact) : value,
    ],
  );
  return Object.fromEntries(entries) as unknown as JournalRecord;
}

function hide(
  value: JsonValue | undefined,
  kept: ReadonlySet<string>,
  redact: (text: string) => string,
): JsonValue | undefined {
  if (typeof value === 'string') return redact(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => hide(item, kept, redact) ?? null);
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    kept.has(key) ? item : hide(item, kept, redact),
  ]);
  return Object.fromEntries(entries) as JsonValue;
}
