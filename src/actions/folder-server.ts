import { realpath } from 'node:fs/promises';
import { nearestExisting } from '../platform/space.ts';

/** The server that a path of Windows names (`\\server\share`, also behind `\\?\UNC\`); undefined: it names none. */
export function serverIn(path: string): string | undefined {
  const plain = path.replace(/^[\\/]{2}[?.][\\/]UNC[\\/]/i, '\\\\');
  return /^[\\/]{2}([^\\/?.][^\\/]*)/.exec(plain)?.[1];
}

/**
 * Where a folder really lies: behind links, and on Windows behind the drive letter of a network drive, which becomes
 * `\\server\share`. One that is not there yet lies where the nearest folder above it does.
 *
 * @throws the file system's error when that cannot be told
 */
export async function whereItLies(folder: string): Promise<string> {
  return realpath(await nearestExisting(folder));
}
