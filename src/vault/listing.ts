import { open, type FileHandle } from 'node:fs/promises';
import { readLineBatches, readLineBatchesSync, type ReadLinesOptions } from '../foundation/lines.ts';
import { comparePaths } from '../foundation/path-order.ts';
import type { FileEntry } from './vault.ts';

/** One file as a line of a listing, without the line feed. */
export function formatEntry(entry: FileEntry): string {
  const { path, size, mtimeNs, sha256, added, readOnly } = entry;
  return JSON.stringify({ path, size, mtimeNs, sha256, added, readOnly });
}

/** What a listing says of a file besides its path. */
interface FileVersion extends Pick<FileEntry, 'size' | 'mtimeNs' | 'sha256'> {
  readonly added: boolean;
  readonly readOnly?: true | undefined;
}

/** The entry of a file that has `version`; `added` and `readOnly` only where it is so. */
export function entryOf(path: string, { size, mtimeNs, sha256, added, readOnly }: FileVersion): FileEntry {
  return {
    ...{ path, size, mtimeNs, sha256 },
    ...(added && { added }),
    ...(readOnly === true && { readOnly }),
  };
}

/** Reads a line; undefined when it is not one that {@link formatEntry} wrote. */
export function parseEntry(line: string): FileEntry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // Not JSON is as wrong as JSON of another shape: both are told by undefined.
    return undefined;
  }
  const entry = value as Partial<FileEntry> | null;
  if (typeof entry?.path !== 'string' || !Number.isSafeInteger(entry.size)) return undefined;
  if (typeof entry.mtimeNs !== 'string' || typeof entry.sha256 !== 'string') return undefined;
  return entry as FileEntry;
}

/** What {@link readListing} met besides good lines. */
export interface ListingTrouble {
  readonly line: number;
  readonly message: string;
}

/** How a listing is read. */
export type ReadListingOptions = ReadLinesOptions & {
  readonly onTrouble?: (trouble: ListingTrouble) => void;
};

/**
 * The entries of a listing in order, as a stream. A line that does not parse or stands in the wrong place is told to
 * `onTrouble` and left out, so that what is merged with it stays sorted.
 */
export async function* readListing(
  file: string,
  options: ReadListingOptions = {},
): AsyncGenerator<FileEntry, void, undefined> {
  for await (const entries of readListingBatches(file, options)) yield* entries;
}

/** {@link readListing} with the entries of one block of the file at a time. */
export async function* readListingBatches(
  file: string,
  options: ReadListingOptions = {},
): AsyncGenerator<FileEntry[], void, undefined> {
  const parse = createParser(options);
  for await (const lines of readLineBatches(file, options)) yield lines.flatMap((line) => parse(line) ?? []);
}

/** An entry with its line, which can be written again as it is. */
export interface ListedEntry {
  readonly entry: FileEntry;
  readonly line: string;
}

/** {@link readListing} with synchronous calls, for worker threads; parses no line before it is asked for. */
export function* readListingSync(
  file: string,
  options: ReadListingOptions = {},
): Generator<ListedEntry, void, undefined> {
  const parse = createParser(options);
  for (const lines of readLineBatchesSync(file, options))
    for (const line of lines) {
      const entry = parse(line);
      if (entry !== undefined) yield { entry, line };
    }
}

function createParser({ onTrouble }: ReadListingOptions): (line: string) => FileEntry | undefined {
  let number = 0;
  let previous: string | undefined;
  return (line) => {
    number += 1;
    const entry = parseEntry(line);
    if (entry === undefined) onTrouble?.({ line: number, message: `line ${number} is not a file entry` });
    else if (previous !== undefined && comparePaths(previous, entry.path) >= 0)
      onTrouble?.({ line: number, message: `line ${number} is not in order` });
    else {
      previous = entry.path;
      return entry;
    }
    return undefined;
  };
}

/** Writes a listing, some lines at a time, so that a killed pass leaves what it had done. */
export interface ListingWriter {
  /** `lines`: each with its line feed. */
  write(lines: string): Promise<void>;
  close(): Promise<void>;
}

/** Begins the listing `file` anew. */
export async function createListingWriter(file: string): Promise<ListingWriter> {
  const handle: FileHandle = await open(file, 'w', 0o600);
  return {
    async write(lines) {
      if (lines !== '') await handle.write(lines);
    },
    close: () => handle.close(),
  };
}
