import { stat } from 'node:fs/promises';

/** Bytes of a file; undefined when it is not there. @throws the file system's error */
export async function fileSize(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
