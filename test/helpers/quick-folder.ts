import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** File systems in memory that Linux has; nothing waits for a disk there. */
const IN_MEMORY = '/dev/shm';
const TMPFS = 0x01021994;
/** What all workers together need at most, with room to spare. */
const NEEDED_BYTES = 6 * 1024 ** 3;

/**
 * Where sites and database servers of tests lie. Runs that are killed and made again wait mostly for the disk, and nothing that
 * these tests prove is proven by a disk: the machine goes on when the tool is killed. In memory where there is plenty, unless
 * TMPDIR names a folder.
 */
export function quickFolder(): string {
  if (process.env['TMPDIR'] !== undefined || process.platform !== 'linux') return tmpdir();
  try {
    const { type, bavail, bsize } = statfsSync(IN_MEMORY);
    return type === TMPFS && bavail * bsize >= NEEDED_BYTES ? IN_MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}
