import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from './durable.ts';
import { HISTORY_FILE } from './set-names.ts';
import type { SetPart } from './set-parts.ts';

/**
 * One look at a complete set: `verify` read its files again, `drill` restored it into a scratch cluster. A line of
 * `history.jsonl` in the set, which neither manifest nor listings hold, so that it may grow.
 */
export interface SetEvent {
  readonly schemaVersion: 1;
  readonly kind: 'verify' | 'drill';
  readonly verdict: 'passed' | 'failed';
  /** End of the look, UTC. */
  readonly at: string;
  readonly durationMs: number;
  /** Of the manifest that was looked at: a verdict on another one says nothing of this. */
  readonly manifestSha256: string;
  /** Part of the files that was read again, in percent; absent: all. */
  readonly samplePercent?: number;
  /** Of a drill: how long the restoring of the databases took. */
  readonly restoreMs?: number;
  /** Of a drill: parts of a whole set that this one was made without, so that nothing is proven of them. */
  readonly lacks?: readonly SetPart[];
  /** What was wrong, one plain line each; at most 100. */
  readonly differences: readonly string[];
  /** Of a drill that found nothing else wrong: the password of the site file opens no certificate of the set. */
  readonly reason?: FailureReason;
  readonly run?: string;
  /** The offsite copy that it was fetched from; absent: it lay in the vault. */
  readonly copy?: string;
  readonly host: string;
  readonly tool: string;
}

/** What says less of the set than of the site file. */
export type FailureReason = 'certificate-password';

/** The newest look that found something wrong. */
interface Failure {
  /** UTC. */
  readonly at: string;
  /** Absent where another look found something else. */
  readonly reason?: FailureReason;
}

const NAMED = 100;

/** Adds one line to the history of the set in `folder`, durably. @throws the file system's error */
export async function appendHistory(folder: string, event: SetEvent): Promise<void> {
  const differences = event.differences.slice(0, NAMED);
  const more = event.differences.length - differences.length;
  if (more > 0) differences.push(`${String(more)} more`);
  const handle = await open(join(folder, HISTORY_FILE), 'a+', 0o600);
  try {
    // A line that a power failure cut short must not swallow this one.
    const { size } = await handle.stat();
    const last = Buffer.alloc(1);
    const torn = size > 0 && (await handle.read(last, 0, 1, size - 1)).bytesRead === 1 && last[0] !== 0x0a;
    await handle.appendFile(`${torn ? '\n' : ''}${JSON.stringify({ ...event, differences })}\n`, 'utf8');
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(folder);
}

/** The history of the set in `folder`, oldest first; lines that cannot be read are left out. None: empty. */
export async function readHistory(folder: string): Promise<SetEvent[]> {
  let text: string;
  try {
    text = await readFile(join(folder, HISTORY_FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => parseEvent(line) ?? []);
}

/**
 * When the set with this manifest, a whole one, was last proven restorable, UTC; undefined when it never was, or when a later
 * look found something wrong.
 */
export function provenAt(history: readonly SetEvent[], manifestSha256: string): string | undefined {
  const { at, lacks = [] } = lastProof(history, manifestSha256) ?? {};
  return lacks.length === 0 ? at : undefined;
}

/** The same of a set that was made without a part of a site, with what it lacks: what it has is proven. */
export function provenPart(
  history: readonly SetEvent[],
  manifestSha256: string,
): { readonly at: string; readonly lacks: readonly SetPart[] } | undefined {
  const { at, lacks = [] } = lastProof(history, manifestSha256) ?? {};
  return at === undefined || lacks.length === 0 ? undefined : { at, lacks };
}

function lastProof(history: readonly SetEvent[], manifestSha256: string): SetEvent | undefined {
  let proof: SetEvent | undefined;
  for (const event of history) {
    if (event.manifestSha256 !== manifestSha256) continue;
    if (event.verdict === 'failed') proof = undefined;
    else if (event.kind === 'drill') proof = event;
  }
  return proof;
}

/**
 * What last found the set with this manifest wrong. A drill that passed afterwards clears it; so does a
 * whole verify, but only of what a verify had found.
 */
export function failureOf(history: readonly SetEvent[], manifestSha256: string): Failure | undefined {
  const open = new Map<SetEvent['kind'], SetEvent>();
  for (const event of history) {
    const { kind, verdict, samplePercent } = event;
    if (event.manifestSha256 !== manifestSha256) continue;
    if (verdict === 'failed') open.set(kind, event);
    else if (kind === 'drill' && samplePercent === undefined) open.clear();
    else if (samplePercent === undefined) open.delete(kind);
    else if (kind === 'drill') open.delete('drill');
  }
  const failed = [...open.values()].sort((a, b) => (a.at < b.at ? -1 : 1));
  const last = failed.at(-1);
  if (last === undefined) return undefined;
  const [reason, ...others] = new Set(failed.map((event) => event.reason));
  return { at: last.at, ...(reason !== undefined && others.length === 0 && { reason }) };
}

function parseEvent(line: string): SetEvent | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // Torn by a power failure, or edited: it says nothing, and the set is only less well known for it.
    return undefined;
  }
  const event = value as Partial<SetEvent> | null;
  const sound =
    event?.schemaVersion === 1 &&
    (event.kind === 'verify' || event.kind === 'drill') &&
    (event.verdict === 'passed' || event.verdict === 'failed') &&
    typeof event.at === 'string' &&
    typeof event.durationMs === 'number' &&
    typeof event.manifestSha256 === 'string' &&
    Array.isArray(event.differences);
  return sound ? (event as SetEvent) : undefined;
}
