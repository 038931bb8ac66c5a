import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { JournalError, messageOf } from '../contract/errors.ts';
import type { Clock } from '../foundation/clock.ts';
import type { JournalEntry, JournalRecord } from './records.ts';
import { hideSecrets } from './hide-secrets.ts';

/** `prev` of the first line. */
const BEGINNING = '0'.repeat(64);

/** What to do about a damaged run. */
export const KEEP_A_COPY =
  'Nothing was changed. Somebody or something wrote into this file. Keep a copy of the folder, see that the ' +
  'services of the site run, then give the run up with `sense-runbook runs abandon RUN`.';

/** A run's journal, open for appending. One process at a time: the site lock sees to that. */
export interface Journal {
  readonly entries: readonly JournalEntry[];
  /**
   * Appends one record. With `durable` it is on disk when this returns (an intent before its effect, a result after).
   * @throws JournalError when the line cannot be written: without an intent there must be no effect.
   */
  append(record: JournalRecord, durable?: boolean): void;
  close(): void;
}

interface Parsed {
  readonly entries: JournalEntry[];
  /** Bytes of whole, valid lines. */
  readonly length: number;
  readonly torn: boolean;
  readonly last: string;
}

/** Checks the whole chain. A torn last line is told apart from any other damage, which stops everything. */
function parse(text: Buffer, file: string): Parsed {
  const entries: JournalEntry[] = [];
  let last = BEGINNING;
  let offset = 0;
  while (offset < text.length) {
    const end = text.indexOf(0x0a, offset);
    if (end === -1) return { entries, length: offset, torn: true, last };
    const line = text.subarray(offset, end);
    entries.push(parseLine(line, { file, seq: entries.length + 1, prev: last }));
    last = createHash('sha256').update(line).digest('hex');
    offset = end + 1;
  }
  return { entries, length: offset, torn: false, last };
}

function parseLine(line: Buffer, expected: { file: string; seq: number; prev: string }): JournalEntry {
  let entry: JournalEntry;
  try {
    entry = JSON.parse(line.toString('utf8')) as JournalEntry;
  } catch (cause) {
    throw damaged(expected, 'it is not JSON', cause);
  }
  if (entry.seq !== expected.seq) throw damaged(expected, `its number is ${String(entry.seq)}`);
  if (entry.prev !== expected.prev) throw damaged(expected, 'it does not follow from the line before');
  return entry;
}

function damaged(at: { file: string; seq: number }, why: string, cause?: unknown): JournalError {
  return new JournalError(`the journal ${at.file} is damaged at line ${String(at.seq)}: ${why}`, {
    hint: KEEP_A_COPY,
    cause,
  });
}

/** Reads a journal without changing it; a torn last line is left out. @throws JournalError on damage. */
export function readJournal(file: string): JournalEntry[] {
  return parse(readFileSync(file), file).entries;
}

/** Opens (or makes) a journal for appending; cuts off a torn last line. `onFull` may free space once. */
export function openJournal(options: {
  file: string;
  clock: Clock;
  redact: (text: string) => string;
  onFull: () => boolean;
}): Journal {
  const descriptor = openSync(options.file, 'a+', 0o600);
  const { entries, length, torn, last } = parse(readFileSync(options.file), options.file);
  if (torn) truncateSync(options.file, length);
  return new FileJournal({ ...options, descriptor, entries, last });
}

class FileJournal implements Journal {
  readonly entries: JournalEntry[];
  readonly #options: { file: string; clock: Clock; redact: (text: string) => string; onFull: () => boolean };
  readonly #descriptor: number;
  #last: string;
  #size: number;
  #unusable: Error | undefined;

  constructor(options: {
    file: string;
    clock: Clock;
    redact: (text: string) => string;
    onFull: () => boolean;
    descriptor: number;
    entries: JournalEntry[];
    last: string;
  }) {
    this.#options = options;
    this.#descriptor = options.descriptor;
    this.entries = options.entries;
    this.#last = options.last;
    this.#size = readFileSync(options.file).length;
  }

  append(record: JournalRecord, durable = false): void {
    const envelope = {
      seq: this.entries.length + 1,
      at: this.#options.clock.now().toISOString(),
      prev: this.#last,
    };
    const line = JSON.stringify({ ...envelope, ...hideSecrets(record, this.#options.redact) });
    const bytes = Buffer.from(`${line}\n`);
    try {
      this.#write(bytes);
    } catch (error) {
      if (!isFull(error) || !this.#options.onFull()) throw this.#refused(error);
      try {
        this.#write(bytes);
      } catch (again) {
        throw this.#refused(again);
      }
    }
    this.#size += bytes.length;
    this.#last = createHash('sha256').update(line).digest('hex');
    // What is kept is what was written: without secrets.
    this.entries.push(JSON.parse(line) as JournalEntry);
    if (!durable) return;
    try {
      fsyncSync(this.#descriptor);
    } catch (error) {
      // The line stands in the file, so the next one follows it; but nobody may rely on it.
      throw this.#refused(error);
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** Writes whole lines or none: a part that was written before the disk was full is cut off again. */
  #write(bytes: Buffer): void {
    if (this.#unusable !== undefined) throw this.#unusable;
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#descriptor, bytes, written);
    } catch (error) {
      if (written > 0) this.#cutOff(error);
      throw error;
    }
  }

  /** When not even that is possible nothing more is written: a torn last line does no harm, one in the middle does. */
  #cutOff(reason: unknown): void {
    try {
      truncateSync(this.#options.file, this.#size);
    } catch {
      // The reason is the first error, which is thrown from now on.
      this.#unusable = reason instanceof Error ? reason : new Error(messageOf(reason));
    }
  }

  #refused(cause: unknown): JournalError {
    return new JournalError(`the journal ${this.#options.file} cannot be written: ${messageOf(cause)}`, {
      hint: 'Free space on that disk (or repair it), then go on with the command that is named below.',
      cause,
    });
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
