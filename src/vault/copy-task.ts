import type { BigIntStats, Stats } from 'node:fs';
import { dirname } from 'node:path';
import { patiently } from './restore/patiently.ts';
import { realPath } from './set-names.ts';
import {
  CancelledError,
  hashFile,
  isReadOnly,
  pump,
  READ_FLAGS,
  ReadError,
  type FileCalls,
  type TaskCollaborators,
} from './file-tasks.ts';
import { makeWay, moveInto, removeIfThere, type FolderMaker } from './target-folder.ts';
import type { CopyJob, CopyOutcome, CopyTask, EarlierFile } from './worker-protocol.ts';
import { reasonOf } from '../foundation/system-reason.ts';

/** File systems round times: NTFS to 100 ns, FAT to 2 s. A file of another age than the listing says is not trusted. */
const TIME_TOLERANCE_MS = 2000;

/** A file that has grown beyond this since it was listed is given back as `large`: it is to be copied on its own. */
const SMALL_BYTES = 1024 * 1024;

/** What the copying needs besides reading and hashing. */
export interface CopyCollaborators extends TaskCollaborators, FolderMaker {
  readonly files: FileCalls;
  /** Written first, then renamed into place. */
  readonly temporary: string;
  readonly windows: boolean;
}

/**
 * Does one task of a pass. What is wrong with the source is told as `trouble`, what is wrong with the vault as `failed`.
 *
 * @throws CancelledError when the work is given up; the temporary file is removed
 */
export function runCopyTask(job: CopyJob, task: CopyTask, collaborators: CopyCollaborators): CopyOutcome {
  const target = realPath(job.to, task.path);
  try {
    if (task.kind === 'remove') return removeVanished(target, collaborators.files);
    if (task.kind === 'folder') return makeEmptyFolder(job, task, target, collaborators);
    const reused =
      task.earlier === undefined ? undefined : reuseFile(job, task.path, task.earlier, collaborators);
    if (reused !== undefined && 'status' in reused) return reused;
    const outcome = copy(job, task, target, collaborators);
    return outcome.status === 'copied' && reused !== undefined ? { ...outcome, ...reused } : outcome;
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    return failed(target, error);
  }
}

function removeVanished(target: string, files: FileCalls): CopyOutcome {
  // A folder at that place was made in this pass, from a folder that took the file's name.
  const status = statOf(files, target);
  if (status?.isDirectory() === false) files.rmSync(target, { force: true });
  return { status: 'removed' };
}

function makeEmptyFolder(job: CopyJob, task: CopyTask, target: string, maker: FolderMaker): CopyOutcome {
  let status: BigIntStats;
  try {
    status = maker.files.lstatSync(realPath(job.from, task.path), { bigint: true });
  } catch (error) {
    return troubleOf(error);
  }
  makeWay(maker, target);
  return { status: 'folder', mtimeNs: String(status.mtimeNs) };
}

/**
 * Keeps or links an earlier copy when the source did not change; undefined when there is none to be used, `unlinked`
 * when there is one but linking failed: in both cases the file has to be copied.
 */
export function reuseFile(
  job: CopyJob,
  path: string,
  versions: readonly EarlierFile[],
  collaborators: Omit<CopyCollaborators, 'temporary' | 'windows'>,
):
  | Extract<CopyOutcome, { status: 'kept' | 'linked' | 'trouble' }>
  | { readonly unlinked: string }
  | undefined {
  const { files } = collaborators;
  let now: BigIntStats;
  try {
    now = files.lstatSync(realPath(job.from, path), { bigint: true });
  } catch (error) {
    return troubleOf(error);
  }
  let failure: string | undefined;
  for (const [version, earlier] of versions.entries()) {
    const source = job.sources[earlier.source];
    if (source === undefined) continue;
    if (now.size !== BigInt(earlier.size) || String(now.mtimeNs) !== earlier.mtimeNs) continue;
    const old = realPath(source.folder, path);
    if (!isIntact(old, earlier, collaborators)) continue;
    if (!source.trusted && !hasHash(old, earlier.sha256, collaborators)) continue;
    if (source.folder === job.to) return { status: 'kept', version, ...readOnlyOf(now) };
    failure = link(collaborators, old, realPath(job.to, path));
    if (failure === undefined) return { status: 'linked', version, ...readOnlyOf(now) };
  }
  return failure === undefined ? undefined : { unlinked: failure };
}

function readOnlyOf(status: BigIntStats): { readonly readOnly?: true } {
  return isReadOnly(status) ? { readOnly: true } : {};
}

function hasHash(path: string, sha256: string, collaborators: TaskCollaborators): boolean {
  const checked = hashFile(path, collaborators);
  return checked.status === 'hashed' && checked.sha256 === sha256;
}

function isIntact(path: string, earlier: EarlierFile, { files }: TaskCollaborators): boolean {
  const status = statOf(files, path);
  if (status?.isFile() !== true || status.size !== earlier.size) return false;
  return Math.abs(status.mtimeMs - Number(earlier.mtimeNs) / 1e6) <= TIME_TOLERANCE_MS;
}

/** Gives the code of the error that kept it from linking: a copy does it then, and meets what else is wrong. */
function link(maker: FolderMaker, old: string, target: string): string | undefined {
  const { files } = maker;
  makeWay(maker, dirname(target));
  try {
    try {
      files.linkSync(old, target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      removeIfThere(files, target);
      files.linkSync(old, target);
    }
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
  }
}

function copy(job: CopyJob, task: CopyTask, target: string, collaborators: CopyCollaborators): CopyOutcome {
  const { files, temporary } = collaborators;
  let input: number;
  try {
    const open = () => files.openSync(realPath(job.from, task.path), READ_FLAGS);
    input = job.patient ? patiently(open, collaborators) : open();
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    return troubleOf(error);
  }
  try {
    return copyOpen(input, job, task, target, collaborators);
  } catch (error) {
    removeIfThere(files, temporary);
    throw error;
  } finally {
    files.closeSync(input);
  }
}

function copyOpen(
  input: number,
  job: CopyJob,
  task: CopyTask,
  target: string,
  collaborators: CopyCollaborators,
): CopyOutcome {
  const { files, temporary } = collaborators;
  const before = files.fstatSync(input, { bigint: true });
  if (!before.isFile())
    return { status: 'trouble', reason: 'changed', message: 'is no ordinary file any more' };
  const size = Number(before.size);
  if (size > SMALL_BYTES && task.whole !== true) return { status: 'large' };
  makeWay(collaborators, dirname(target));
  const output = files.openSync(temporary, 'w', 0o600);
  let written: { size: number; sha256: string };
  try {
    // A file that only grows is copied up to the size it had: a consistent beginning, and an end to the reading.
    written = pump(input, size, (block) => writeAll(files, output, block), collaborators);
    files.futimesSync(output, Number(before.atimeMs) / 1000, Number(before.mtimeNs) / 1e9);
  } catch (error) {
    if (!(error instanceof ReadError)) throw error;
    removeIfThere(files, temporary);
    return troubleOf(error.cause);
  } finally {
    files.closeSync(output);
  }
  const after = files.fstatSync(input, { bigint: true });
  const changed = after.size !== before.size || after.mtimeNs !== before.mtimeNs || written.size !== size;
  if (changed && !job.keepChanged) {
    removeIfThere(files, temporary);
    return { status: 'trouble', reason: 'changed', message: 'changed while it was read' };
  }
  patiently(() => {
    moveInto(files, temporary, target);
  }, collaborators);
  const mtimeNs = String(before.mtimeNs);
  const outcome = { status: 'copied', ...written, mtimeNs, ...readOnlyOf(before) } as const;
  return changed ? { ...outcome, changed } : outcome;
}

function writeAll(files: FileCalls, output: number, block: Buffer): void {
  // One call may write less than it was given, on a disk that is filling up.
  for (let done = 0; done < block.length;) done += files.writeSync(output, block, done);
}

function statOf(files: FileCalls, path: string): Stats | undefined {
  try {
    return files.lstatSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function troubleOf(error: unknown): Extract<CopyOutcome, { status: 'trouble' }> {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return { status: 'trouble', reason: 'vanished', message: 'is gone' };
  return { status: 'trouble', reason: 'unreadable', message: `cannot be read: ${reasonOf(error)}` };
}

function failed(target: string, error: unknown): CopyOutcome {
  const { code = 'UNKNOWN', message } = error as NodeJS.ErrnoException;
  return { status: 'failed', target, code, message };
}
