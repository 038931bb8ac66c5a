import fs from 'node:fs/promises';
import path from 'node:path';

/** Bytes free for this user on the disk that holds `target`, or will hold it: the nearest existing parent counts. */
export async function freeBytes(target: string): Promise<number> {
  const { bavail, bsize } = await fs.statfs(await nearestExisting(target), { bigint: true });
  return Number(bavail * bsize);
}

/** `target` itself, or the nearest folder above it that exists. */
export async function nearestExisting(target: string): Promise<string> {
  const absolute = path.resolve(target);
  try {
    await fs.stat(absolute);
    return absolute;
  } catch (error) {
    const parent = path.dirname(absolute);
    const code = (error as NodeJS.ErrnoException).code;
    if ((code !== 'ENOENT' && code !== 'ENOTDIR') || parent === absolute) throw error;
    return nearestExisting(parent);
  }
}
