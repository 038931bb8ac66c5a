import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { open, readFile, rm, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { ExpectedError, PreflightError, UsageError } from '../contract/errors.ts';
import type { Clock } from '../foundation/clock.ts';
import { formatBytes } from '../foundation/human.ts';
import { freeBytes } from '../platform/space.ts';
import { sumLine, SUMS } from './checksums.ts';
import { renamePatiently } from './rename-patiently.ts';
import { syncFolder, writeDurably } from './durable.ts';
import { openExportArchive, type ExportArchive } from './export-archive.ts';
import { damaged, readExportContents, type ExportContents, type ExportEntry } from './export-contents.ts';
import { exportFormat } from './export-format.ts';
import { createProgressCounter, type ProgressCounter } from './progress.ts';
import { showPath } from './tree-trouble.ts';
import type { WorkHooks } from './vault-parts.ts';
import { reasonOf } from '../foundation/system-reason.ts';

/** Smaller files are read whole. Bytes. */
const WHOLE = 1024 * 1024;
/** What an archive needs besides the files: headers of an entry, bytes. */
const PER_ENTRY = 1536;
const PARTIAL = '.partial';
const HOW_TO_CHECK = `Are these files as they were written? In this folder:

  Linux:    sha256sum -c ${SUMS}
  Windows:  CertUtil -hashfile databases\\QSR_backup.tar SHA256
            and compare with the line of that file in ${SUMS}; or all of them, in PowerShell:
            Get-Content -Encoding UTF8 ${SUMS} | ForEach-Object { $hash, $name = $_ -split '  ', 2
              if ((Get-FileHash -LiteralPath $name).Hash -ne $hash) { "CHANGED $name" } }

How to restore them: RESTORE.md
`;

/** What is exported, and where to. */
export interface ExportOptions extends WorkHooks {
  /** Folder of the site in the vault. */
  readonly root: string;
  readonly id: string;
  /** The archive; its ending tells which kind. */
  readonly file: string;
  /** Recipients of age; none: it is not encrypted. */
  readonly recipients: readonly string[];
  readonly clock: Clock;
  readonly freeBytes?: (folder: string) => Promise<number>;
}

/** The archive that was written. */
export interface Exported {
  readonly set: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Holds `sha256`, for `sha256sum -c`. */
  readonly sumFile: string;
  readonly files: number;
}

/**
 * Packs a complete set into one archive to carry away: a folder named after the set with all its files, RESTORE.md and
 * a list of sums at its top. Every file is hashed while it is read: of a damaged set nothing is left. Nothing in the
 * vault is written, and its lock is not needed.
 *
 * @throws UsageError when the name is no good; PreflightError without room; VerificationError when the set is damaged;
 * ExpectedError when the archive cannot be written; the signal's reason
 */
export async function exportSet(options: ExportOptions): Promise<Exported> {
  const { id, root, recipients, signal } = options;
  const file = resolve(options.file);
  const format = exportFormat(file, recipients.length > 0);
  const sumFile = `${file}.sha256`;
  const partial = file + PARTIAL;
  // A kill between the two leaves the sum of an archive that never was.
  const sumIsLeft = await isLeftSum(sumFile, file, partial);
  await refuseBadPlace(sumIsLeft ? [file] : [file, sumFile], file, root);
  const contents = await readExportContents(root, id);
  await refuseWithoutRoom(file, contents, options.freeBytes ?? freeBytes);
  if (sumIsLeft) await rm(sumFile, { force: true });
  let archive: ExportArchive | undefined;
  // As long as it is the sum of nothing.
  let sumWritten = false;
  try {
    archive = await openExportArchive({
      ...{ format, recipients, signal },
      ...{ file: partial, largest: contents.largest },
    });
    await addAll(archive, contents, options);
    const { bytes, sha256 } = await archive.finish();
    await flush(partial);
    signal.throwIfAborted();
    await refuseBadPlace([file, sumFile], file, root);
    sumWritten = true;
    await writeDurably(sumFile, sumFile + PARTIAL, sumLine(sha256, basename(file)));
    await renamePatiently(partial, file);
    sumWritten = false;
    await syncFolder(dirname(file));
    return { set: id, file, bytes, sha256, sumFile, files: contents.files };
  } catch (error) {
    await archive?.destroy(error instanceof Error ? error : new Error(String(error)));
    if (archive !== undefined) await rm(partial, { force: true });
    if (sumWritten) for (const path of [sumFile, sumFile + PARTIAL]) await rm(path, { force: true });
    signal.throwIfAborted();
    throw worded(error, file);
  }
}

async function addAll(
  archive: ExportArchive,
  contents: ExportContents,
  options: ExportOptions,
): Promise<void> {
  const { root, id, clock, signal, onProgress } = options;
  const created = new Date(contents.manifest.createdAt);
  const totals = { filesTotal: contents.files, bytesTotal: contents.bytes, text: 'exporting' };
  const counter = createProgressCounter(clock, onProgress, totals);
  const text = Buffer.from(HOW_TO_CHECK);
  await archive.file(`${id}/CHECK.txt`, text, { size: text.length, mtime: created });
  let first = true;
  for await (const entry of contents.entries()) {
    signal.throwIfAborted();
    if (entry.path.endsWith('/')) await archive.folder(`${id}/${entry.path}`, entry.mtime ?? created);
    else await addFile(archive, entry, { set: join(root, id), id, counter });
    // After RESTORE.md, so that both are at the top.
    if (first) await addSums(archive, contents, id, created);
    first = false;
  }
  counter.finish();
}

async function addSums(
  archive: ExportArchive,
  contents: ExportContents,
  id: string,
  mtime: Date,
): Promise<void> {
  let size = 0;
  for await (const line of sumLines(contents)) size += Buffer.byteLength(line);
  await archive.file(`${id}/${SUMS}`, Readable.from(sumLines(contents), { objectMode: false }), {
    size,
    mtime,
  });
}

/** Made twice, as a stream: of a share with very many files the list is long. */
async function* sumLines({ entries }: ExportContents): AsyncGenerator<string, void, undefined> {
  for await (const { path, sha256 } of entries()) if (!path.endsWith('/')) yield sumLine(sha256, path);
}

async function addFile(
  archive: ExportArchive,
  entry: ExportEntry,
  { set, id, counter }: { readonly set: string; readonly id: string; readonly counter: ProgressCounter },
): Promise<void> {
  const path = join(set, entry.path);
  const status = await readable(id, entry.path, () => stat(path));
  if (!status.isFile() || status.size !== entry.size) throw changed(id, entry.path);
  const facts = { size: entry.size, mtime: entry.mtime ?? status.mtime };
  if (entry.size <= WHOLE) {
    const content = await readable(id, entry.path, () => readFile(path));
    const sha256 = createHash('sha256').update(content).digest('hex');
    if (sha256 !== entry.sha256) throw changed(id, entry.path);
    await archive.file(`${id}/${entry.path}`, content, facts);
    counter.add(1, content.length);
    return;
  }
  await archive.file(`${id}/${entry.path}`, verified(path, entry, id, counter), facts);
  counter.add(1, 0);
}

/** The content of a file; an error at its end when it is not the one that was written. */
function verified(path: string, entry: ExportEntry, id: string, counter: ProgressCounter): Readable {
  const hash = createHash('sha256');
  const source = createReadStream(path, { highWaterMark: WHOLE });
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      counter.add(0, chunk.length);
      done(null, chunk);
    },
    flush(done) {
      done(hash.digest('hex') === entry.sha256 ? null : changed(id, entry.path));
    },
  });
  source.once('error', (error) => {
    check.destroy(unreadable(id, entry.path, error));
  });
  check.once('close', () => source.destroy());
  return source.pipe(check);
}

async function readable<T extends Stats | Buffer>(
  id: string,
  path: string,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw unreadable(id, path, error);
  }
}

function changed(id: string, path: string): Error {
  return damaged(id, `${showPath(path)} is not what was written`);
}

function unreadable(id: string, path: string, error: unknown): Error {
  const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
  return damaged(id, `${showPath(path)} ${gone ? 'is missing' : `cannot be read (${reasonOf(error)})`}`);
}

/** Whether `sumFile` is what a killed export wrote just before it would have put its archive at `file`. */
async function isLeftSum(sumFile: string, file: string, partial: string): Promise<boolean> {
  if ((await exists(file)) || !(await exists(partial))) return false;
  const text = await readFile(sumFile, 'utf8').catch(() => '');
  return /^[0-9a-f]{64}/.test(text) && text === sumLine(text.slice(0, 64), basename(file));
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** `taken`: what the export is going to write. */
async function refuseBadPlace(taken: readonly string[], file: string, root: string): Promise<void> {
  for (const path of taken) {
    if (await exists(path))
      throw new UsageError(`${path} is there already; nothing was written`, { hint: 'Give another name.' });
  }
  const folder = await stat(dirname(file)).catch(() => undefined);
  if (folder?.isDirectory() !== true)
    throw new UsageError(`there is no folder ${dirname(file)}`, {
      hint: 'Make it first, or give another one.',
    });
  const inVault = relative(root, file);
  if (!inVault.startsWith('..') && !isAbsolute(inVault))
    throw new UsageError(`${file} lies among the backup sets of the vault`, { hint: 'Give another place.' });
}

async function refuseWithoutRoom(
  file: string,
  { bytes, files }: ExportContents,
  free: (folder: string) => Promise<number>,
): Promise<void> {
  const needed = bytes + files * PER_ENTRY;
  const room = await free(dirname(file));
  if (room < needed)
    throw new PreflightError(
      `${dirname(file)} has ${formatBytes(room)} free; the archive may need ${formatBytes(needed)}`,
      {
        hint: 'Make room, or export to another disk. What an archive saves by packing is not known beforehand.',
      },
    );
}

async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function worded(error: unknown, file: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof ExpectedError || typeof code !== 'string') return error;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new ExpectedError(
    full
      ? `The disk is full: ${file} could not be written.`
      : `${file} could not be written: ${reasonOf(error)}.`,
    { hint: 'What was written of it is removed. Make room, or give another place.', cause: error },
  );
}
