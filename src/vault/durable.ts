import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { renamePatiently } from './rename-patiently.ts';

/** Makes a folder's entries durable. Windows has no such call (EPERM), there it does nothing. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Puts `text` at `file` all or nothing: written beside it as `temporary`, flushed, renamed, the folder flushed. */
export async function writeDurably(file: string, temporary: string, text: string): Promise<void> {
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(text, 'utf8');
    await handle.sync();
  } finally {
    await handle.close();
  }
  await renamePatiently(temporary, file);
  await syncFolder(dirname(file));
}
