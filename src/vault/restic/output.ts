import { ExpectedError } from '../../contract/errors.ts';
import { timeOfSetId } from '../set-names.ts';
import { tagValue } from './commands.ts';

/** One set in the repository. */
export interface Snapshot {
  readonly snapshot: string;
  readonly set: string;
  readonly sequence: number;
  /** When it was sent, ISO 8601. */
  readonly sentAt: string;
}

/** What restic counted while it sent a set. */
export interface Sent {
  readonly snapshot: string;
  readonly files: number;
  readonly bytes: number;
  /** Bytes that were not in the repository before. */
  readonly bytesAdded: number;
}

/** Reads `restic snapshots --json`: those that name a set, in the order of their sequence, the newest last. */
export function parseSnapshots(stdout: string): Snapshot[] {
  const value = parse(stdout);
  if (!Array.isArray(value)) throw unreadable(stdout);
  const found = value.flatMap((item): Snapshot[] => {
    const { id, time, tags } = item as { id?: unknown; time?: unknown; tags?: unknown };
    if (typeof id !== 'string' || typeof time !== 'string' || !Array.isArray(tags)) return [];
    const words = tags.filter((tag) => typeof tag === 'string');
    const set = tagValue(words, 'set');
    // Somebody else's snapshot with our tag is none of ours.
    if (set === undefined || timeOfSetId(set) === undefined) return [];
    const sequence = Number(tagValue(words, 'sequence'));
    return [
      { snapshot: shortId(id), set, sequence: Number.isSafeInteger(sequence) ? sequence : 0, sentAt: time },
    ];
  });
  return found.sort((a, b) => a.sequence - b.sequence || Date.parse(a.sentAt) - Date.parse(b.sentAt));
}

/** Reads the last line of `restic backup --json`. */
export function parseSent(stdout: string): Sent {
  const line = stdout.trimEnd().split('\n').at(-1) ?? '';
  const value = parse(line) as Record<string, unknown> | null;
  const numbers = ['total_files_processed', 'total_bytes_processed', 'data_added'].map((key) => value?.[key]);
  const [files, bytes, bytesAdded] = numbers;
  const snapshot = value?.['snapshot_id'];
  if (typeof snapshot !== 'string' || typeof files !== 'number' || typeof bytes !== 'number')
    throw unreadable(line);
  return {
    snapshot: shortId(snapshot),
    files,
    bytes,
    bytesAdded: typeof bytesAdded === 'number' ? bytesAdded : 0,
  };
}

/** `0.14.0` of "restic 0.14.0 compiled with go1.19.8 on linux/amd64". */
export function parseVersion(stdout: string): string {
  return /^restic (\d+\.\d+(\.\d+)?)/.exec(stdout)?.[1] ?? 'unknown';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unreadable(text, error);
  }
}

function unreadable(text: string, cause?: unknown): ExpectedError {
  return new ExpectedError(`restic said something that cannot be read: ${text.slice(0, 200)}`, {
    hint: 'Versions from 0.14 on are known to work.',
    cause,
  });
}

/** Versions before 0.17 tell the short form of a new snapshot and the long one in listings. */
function shortId(id: string): string {
  return id.slice(0, 8);
}
