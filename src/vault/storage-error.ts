import { ExpectedError, messageOf } from '../contract/errors.ts';
import { formatBytes } from '../foundation/human.ts';
import { freeBytes } from '../platform/space.ts';

/** Words for a failed write into the vault: the path, what is wrong, the free bytes where that matters, what to do. */
export async function storageError(path: string, code: string, cause: unknown): Promise<ExpectedError> {
  const free = await freeText(path);
  if (isFull(code))
    return new ExpectedError(`The vault is full: ${path} could not be written (${free}).`, {
      hint: 'Make room on that disk: move or delete the folders of backup sets you no longer need. Then start again.',
      cause,
    });
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM')
    return new ExpectedError(`The vault cannot be written: ${path} (${code}, ${free}).`, {
      hint: 'Look whether the disk is mounted read-only and whether this account may write to that folder.',
      cause,
    });
  if (code === 'ENOTDIR' || code === 'EEXIST')
    return new ExpectedError(`The vault cannot be written: at ${path} something is in the way (${code}).`, {
      hint: 'A file lies where a folder has to be. Move it away, or set another vault.folder in site.yaml.',
      cause,
    });
  return new ExpectedError(`Writing to the vault failed at ${path}: ${messageOf(cause)} (${free}).`, {
    hint: 'Look whether that disk or network share is still there, then start again.',
    cause,
  });
}

/** Does `work` and words what the file system says about `path` when it fails. */
export async function withStorage<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== 'string' || error instanceof ExpectedError) throw error;
    throw await storageError(path, code, error);
  }
}

/** Whether it was for want of room that the vault could not be written. */
export function isDiskFull(error: unknown): boolean {
  const { code } = (error instanceof ExpectedError ? (error.cause ?? error) : error) as { code?: unknown };
  return isFull(code);
}

function isFull(code: unknown): boolean {
  return code === 'ENOSPC' || code === 'EDQUOT';
}

async function freeText(path: string): Promise<string> {
  try {
    return `${formatBytes(await freeBytes(path))} free`;
  } catch {
    // The disk may be gone altogether; the message is about the first failure, not about this one.
    return 'free space unknown';
  }
}
