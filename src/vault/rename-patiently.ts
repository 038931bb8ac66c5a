import { rename } from 'node:fs/promises';
import { systemClock, type Clock } from '../foundation/clock.ts';
import { AGAIN_MS, isLocked, PATIENCE_MS } from './restore/patiently.ts';

/** How it is done; for tests. */
interface RenameOptions {
  readonly rename?: (from: string, to: string) => Promise<void>;
  readonly windows?: boolean;
  readonly clock?: Pick<Clock, 'sleep'>;
}

/**
 * Renames a file or folder, and on Windows again for some seconds while another program has it, or something in it, open:
 * virus scanners look at what was just written. @throws what the last try threw
 */
export async function renamePatiently(from: string, to: string, options: RenameOptions = {}): Promise<void> {
  const { rename: once = rename, windows = process.platform === 'win32', clock = systemClock } = options;
  for (let waited = 0; ; waited += AGAIN_MS) {
    try {
      await once(from, to);
      return;
    } catch (error) {
      if (!windows || !isLocked(error) || waited >= PATIENCE_MS) throw error;
    }
    await clock.sleep(AGAIN_MS);
  }
}
