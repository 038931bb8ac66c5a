import fs from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { withStorage } from '../vault/storage-error.ts';
import { factOf } from './failure.ts';
import { reasonOf } from '../foundation/system-reason.ts';

const BLOCK_BYTES = 256 * 1024;

/**
 * Copies one file into a set, with its times. What is wrong with the file itself is no failure: the reason is given, and
 * nothing of it is left at `target`.
 * @throws ExpectedError when the vault cannot be written; the signal's reason
 */
export async function copySetting(
  from: string,
  target: string,
  signal: AbortSignal,
): Promise<{ readonly unreadable?: string }> {
  const source = await orReason(() => fs.open(from));
  if (typeof source === 'string') return { unreadable: source };
  try {
    const copied = await withStorage(target, () => copyOpened(source, target, signal));
    if (copied.unreadable !== undefined) await fs.rm(target, { force: true });
    return copied;
  } finally {
    await source.close();
  }
}

async function copyOpened(
  source: FileHandle,
  target: string,
  signal: AbortSignal,
): Promise<{ readonly unreadable?: string }> {
  const copy = await fs.open(target, 'w', 0o600);
  try {
    const block = Buffer.allocUnsafe(BLOCK_BYTES);
    for (;;) {
      signal.throwIfAborted();
      const read = await orReason(() => source.read(block));
      if (typeof read === 'string') return { unreadable: read };
      if (read.bytesRead === 0) break;
      await copy.writeFile(block.subarray(0, read.bytesRead));
    }
    const { atime, mtime } = await source.stat();
    await copy.utimes(atime, mtime);
    return {};
  } finally {
    await copy.close();
  }
}

/** What `work` gives, or why it could not be done. */
export async function orReason<T extends object>(work: () => Promise<T>): Promise<T | string> {
  try {
    return await work();
  } catch (error) {
    factOf(error);
    return reasonOf(error);
  }
}
