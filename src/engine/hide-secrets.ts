import type { JsonValue } from '../contract/json.ts';
import type { EngineEvent } from '../contract/event.ts';
import type { Operation } from '../contract/operation.ts';
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
  'text',
  'result',
  'error',
]);
/** What is counted, judged and started again by; services never are secret. */
const KEPT = new Set(['kind', 'verb', 'service', 'effect', 'id', 'status', 'node']);

/**
 * A record as it may stand in the journal, or an event as it may be shown: secrets hidden in every free text, before a
 * display breaks it into lines or cuts it off. Names stay as they are, also when a password happens to be one of them: a
 * service could not be started again under the name `***`.
 */
export function hideSecrets<T extends JournalRecord | EngineEvent>(
  record: T,
  redact: (text: string) => string,
): T {
  // Records are JSON by their nature, which interfaces do not tell; only texts in them change.
  const entries = Object.entries(record as unknown as Record<string, JsonValue>).map(
    ([key, value]): [string, unknown] => [
      key,
      FREE.has(key) ? hide(value, key === 'operation' || key === 'result' ? KEPT : new Set(), redact) : value,
    ],
  );
  return Object.fromEntries(entries) as unknown as T;
}

/** An operation as it may be shown. */
export function hideInOperation(operation: Operation, redact: (text: string) => string): Operation {
  // JSON by its nature, as above.
  return hide(operation as unknown as JsonValue, KEPT, redact) as unknown as Operation;
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
