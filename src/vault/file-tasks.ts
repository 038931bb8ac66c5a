import nodeFs, { type BigIntStats, type Stats } from 'node:fs';
import { hash as hashAtOnce, createHash } from 'node:crypto';
import { realPath } from './set-names.ts';
import type { FlushOutcome, HashOutcome } from './worker-protocol.ts';
import { reasonOf } from '../foundation/system-reason.ts';

/** The synchronous file calls the workers make; tests replace some of them. */
export type FileCalls = Pick<
  typeof nodeFs,
  | 'closeSync'
  | 'fstatSync'
  | 'fsyncSync'
  | 'futimesSync'
  | 'linkSync'
  | 'lstatSync'
  | 'mkdirSync'
  | 'openSync'
  | 'renameSync'
  | 'rmSync'
  | 'rmdirSync'
  | 'writeSync'
> & {
  readSync(handle: number, buffer: Buffer, offset: number, length: number, position: null): number;
};

/** What the file tasks work with. */
export interface TaskCollaborators {
  readonly files: FileCalls;
  /** One block is read, hashed and written at a time. */
  readonly buffer: Buffer;
  readonly isCancelled: () => boolean;
  readonly onBytes: (bytes: number) => void;
}

/** Thrown inside a worker when the work is given up. */
export class CancelledError extends Error {
  constructor() {
    super('given up');
    this.name = 'CancelledError';
  }
}

/** Wraps an error of reading, to tell it from one of writing. */
export class ReadError extends Error {
  constructor(cause: unknown) {
    super('the file cannot be read', { cause });
    this.name = 'ReadError';
  }
}

/**
 * Size of the block. By 128 KB, which stays in a processor's cache, hashing and writing took 0.6 times as long as by 1 MB
 * (measured on Linux); on Windows a share on another machine wants long reads.
 */
export const BLOCK_BYTES = process.platform === 'win32' ? 1024 * 1024 : 128 * 1024;

/** Opens for reading and refuses a link that took the file's place (not on Windows, which has no such flag). */
export const READ_FLAGS =
  nodeFs.constants.O_RDONLY | ((nodeFs.constants.O_NOFOLLOW as number | undefined) ?? 0);

/** Whether a file's owner may not write it; on Windows Node.js shows the read-only attribute so. */
export function isReadOnly({ mode }: Pick<Stats, 'mode'> | Pick<BigIntStats, 'mode'>): boolean {
  return (Number(mode) & 0o200) === 0;
}

/** Hashes a file; follows no link. */
export function hashFile(path: string, collaborators: TaskCollaborators): HashOutcome {
  const { files } = collaborators;
  let handle: number | undefined;
  try {
    const status = files.lstatSync(path);
    if (!status.isFile()) return { status: 'not-a-file' };
    handle = files.openSync(path, READ_FLAGS);
    return { status: 'hashed', ...pump(handle, status.size, undefined, collaborators) };
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    const cause = error instanceof ReadError ? error.cause : error;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { status: 'missing' };
    return { status: 'unreadable', message: reasonOf(cause) };
  } finally {
    if (handle !== undefined) files.closeSync(handle);
  }
}

/**
 * Reads at most `limit` bytes, gives each block to `write` and hashes them all.
 *
 * @throws CancelledError between two blocks when the work is given up; ReadError when reading fails, to be told from
 * what `write` throws
 */
export function pump(
  handle: number,
  limit: number,
  write: ((block: Buffer) => void) | undefined,
  { files, buffer, isCancelled, onBytes }: TaskCollaborators,
): { size: number; sha256: string } {
  let sum: ReturnType<typeof createHash> | undefined;
  let size = 0;
  while (size < limit) {
    if (isCancelled()) throw new CancelledError();
    const read = readBlock(files, handle, buffer, Math.min(buffer.length, limit - size));
    if (read === 0) break;
    const block = buffer.subarray(0, read);
    write?.(block);
    size += read;
    onBytes(read);
    if (sum === undefined && size === limit) return { size, sha256: hashAtOnce('sha256', block, 'hex') };
    sum ??= createHash('sha256');
    sum.update(block);
  }
  return { size, sha256: sum === undefined ? hashAtOnce('sha256', '', 'hex') : sum.digest('hex') };
}

function readBlock(files: FileCalls, handle: number, buffer: Buffer, length: number): number {
  try {
    return files.readSync(handle, buffer, 0, length, null);
  } catch (error) {
    throw new ReadError(error);
  }
}

/** Flushes files to the disk, and folders, whose paths end with `/`, where the platform can. */
export function flushFiles(
  folder: string,
  paths: readonly string[],
  { files, isCancelled }: TaskCollaborators,
): FlushOutcome[] {
  return paths.map((path) => {
    if (isCancelled()) throw new CancelledError();
    const target = realPath(folder, path);
    try {
      if (!path.endsWith('/')) flushFile(files, target);
      else if (process.platform !== 'win32') flush(files, target, 'r');
      return { status: 'flushed' };
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      return { status: 'failed', target, code, message };
    }
  });
}

function flushFile(files: FileCalls, path: string): void {
  try {
    flush(files, path, 'r+');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if ((code !== 'EPERM' && code !== 'EACCES') || !isReadOnly(files.lstatSync(path))) throw error;
    // Windows flushes only what may be written: there, a read-only file was flushed when it was written.
    if (process.platform !== 'win32') flush(files, path, 'r');
  }
}

function flush(files: FileCalls, path: string, flags: string): void {
  const handle = files.openSync(path, flags);
  try {
    files.fsyncSync(handle);
  } finally {
    files.closeSync(handle);
  }
}
