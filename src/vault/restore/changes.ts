import { open, stat, truncate, type FileHandle } from 'node:fs/promises';
import { StepError } from '../../contract/errors.ts';
import { readLines } from '../../foundation/lines.ts';

/**
 * One change to a restored tree. `path` is relative with `/`. Size and time are those of what was restored; `was`: how what
 * was replaced is spelled, where Windows takes another spelling for the same.
 */
export type Change =
  | { readonly change: 'added'; readonly path: string; readonly size: number; readonly mtimeNs: string }
  | {
      readonly change: 'replaced';
      readonly path: string;
      readonly size: number;
      readonly mtimeNs: string;
      readonly was?: string;
    }
  | { readonly change: 'removed'; readonly path: string }
  | { readonly change: 'made-folder'; readonly path: string };

/** First line of a record. */
export interface RecordHeader {
  readonly schemaVersion: 1;
  readonly run: string;
  readonly set: string;
  readonly tree: string;
  /** Folders that were made for the tree, the outermost first; the last is that of the tree. Empty: it was there. */
  readonly made: readonly string[];
}

/**
 * Lines besides header and changes: an attempt began, on this start of the machine; all before is on the disk; what is
 * kept is being removed for good.
 */
type Mark = { readonly attempt: string } | { readonly durable: true } | { readonly discarded: true };

/** Bytes read at a time from the end. */
const BLOCK = 256 * 1024;

/** Writes changes ahead of what they tell. */
export interface ChangeRecord {
  /** Resolves once the changes are on the disk; several calls share one write. */
  append(changes: readonly Change[]): Promise<void>;
  markDurable(): Promise<void>;
  close(): Promise<void>;
}

/** The text of a new record. */
export function formatHeader(header: RecordHeader): string {
  return `${JSON.stringify(header)}\n`;
}

/** Goes on with a record: a torn last line is cut off, since nothing that it tells was done. `boot`: this start of the machine. */
export async function openRecord(file: string, boot: string): Promise<ChangeRecord> {
  await cutTornLine(file);
  const handle = await open(file, 'a');
  let waiting = `${JSON.stringify({ attempt: boot } satisfies Mark)}\n`;
  let writing: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;

  /** What comes while one write is under way goes into the next. */
  function write(text: string): Promise<void> {
    waiting += text;
    next ??= (writing ?? Promise.resolve())
      .catch(() => undefined)
      .then(async () => {
        const lines = waiting;
        waiting = '';
        writing = next;
        next = undefined;
        // Half a line may be there now: nothing may follow it.
        if (failure !== undefined) throw failure.error;
        try {
          await handle.writeFile(lines, 'utf8');
          await handle.datasync();
        } catch (error) {
          failure = { error };
          throw error;
        }
      });
    return next;
  }

  return {
    append: (changes) => write(changes.map((change) => `${JSON.stringify(change)}\n`).join('')),
    markDurable: () => write(`${JSON.stringify({ durable: true } satisfies Mark)}\n`),
    close: () => handle.close(),
  };
}

/** What the beginning of a record and its marks tell. */
export interface RecordState {
  readonly header: RecordHeader;
  /** Starts of the machine in which something was changed that is not known to be on the disk. */
  readonly unflushed: readonly string[];
  readonly changes: number;
  /** Those among them that moved something aside. */
  readonly moves: number;
  /** What was moved aside is gone, or partly: nothing can be put back any more. */
  readonly discarded: boolean;
}

/** Reads a record; undefined when there is none. @throws StepError when it is none of ours */
export async function readRecord(file: string): Promise<RecordState | undefined> {
  let header: RecordHeader | undefined;
  let unflushed: string[] = [];
  let changes = 0;
  let moves = 0;
  let discarded = false;
  try {
    for await (const line of readLines(file, { tornEnd: 'drop' })) {
      if (header === undefined) header = parseHeader(line, file);
      else {
        const parsed = parseLine(line, file) as Change | Mark;
        if ('attempt' in parsed) unflushed.push(parsed.attempt);
        else if ('durable' in parsed) unflushed = [];
        else if ('discarded' in parsed) discarded = true;
        else {
          changes += 1;
          if (parsed.change === 'replaced' || parsed.change === 'removed') moves += 1;
        }
      }
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (header === undefined) throw noRecord(file);
  return { header, unflushed, changes, moves, discarded };
}

/** Writes down that what is kept is being removed. */
export async function markDiscarded(file: string): Promise<void> {
  await cutTornLine(file);
  const handle = await open(file, 'a');
  try {
    await handle.writeFile(`${JSON.stringify({ discarded: true } satisfies Mark)}\n`, 'utf8');
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The changes of a record in the order they were written. */
export async function* readChanges(file: string): AsyncGenerator<Change, void, undefined> {
  for await (const line of readLines(file, { tornEnd: 'drop' })) {
    const change = changeOf(line, file);
    if (change !== undefined) yield change;
  }
}

/** The changes of a record, the last first, in batches; holds one block of the file. */
export async function* readChangesBackwards(file: string): AsyncGenerator<Change[], void, undefined> {
  const handle = await open(file, 'r');
  try {
    let end = (await handle.stat()).size;
    let rest: Buffer = Buffer.alloc(0);
    while (end > 0) {
      const start = Math.max(0, end - BLOCK);
      const text = Buffer.concat([await readAt(handle, start, end - start), rest]);
      end = start;
      // The first line of the block may begin before it.
      const first = start === 0 ? 0 : text.indexOf(10) + 1;
      if (start > 0 && first === 0) {
        rest = text;
        continue;
      }
      rest = text.subarray(0, first);
      const lines = text.subarray(first).toString('utf8').split('\n');
      // After the last line feed nothing was done; of earlier blocks it is the empty text.
      lines.pop();
      yield lines.reverse().flatMap((line) => changeOf(line, file) ?? []);
    }
  } finally {
    await handle.close();
  }
}

function parseHeader(line: string, file: string): RecordHeader {
  const header = parseLine(line, file) as Partial<RecordHeader>;
  if (header.schemaVersion !== 1 || !Array.isArray(header.made)) throw noRecord(file);
  return header as RecordHeader;
}

function changeOf(line: string, file: string): Change | undefined {
  const parsed = parseLine(line, file);
  return 'change' in parsed ? (parsed as Change) : undefined;
}

function parseLine(line: string, file: string): object {
  try {
    return JSON.parse(line) as object;
  } catch (error) {
    throw noRecord(file, error);
  }
}

function noRecord(file: string, cause?: unknown): StepError {
  return new StepError(`The record of what a restore changed cannot be read: ${file}.`, {
    hint: 'It lies beside the files that were moved aside, in "files": they have to be moved back by hand.',
    cause,
  });
}

async function cutTornLine(file: string): Promise<void> {
  const { size } = await stat(file);
  const handle = await open(file, 'r');
  let end = size;
  try {
    while (end > 0) {
      const start = Math.max(0, end - BLOCK);
      const at = (await readAt(handle, start, end - start)).lastIndexOf(10);
      end = at === -1 ? start : start + at + 1;
      if (at !== -1) break;
    }
  } finally {
    await handle.close();
  }
  if (end < size) await truncate(file, end);
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}
