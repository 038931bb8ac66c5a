import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** Two clocks that were read at different moments disagree a little, and time servers correct one of them. */
const TOLERANCE_MS = 120_000;

let known: string | undefined;

/**
 * Tells one start of this machine from another: `id:...` on Linux, `at:<ms since 1970>` elsewhere. What was written
 * before a power failure and not flushed may be gone after it, although its folder entry is there.
 */
export function bootIdentity(): string {
  known ??= readIdentity();
  return known;
}

/** Whether both identities mean the same start of the machine; in doubt no. */
export function isSameBoot(a: string, b: string): boolean {
  if (a === b) return true;
  if (!a.startsWith('at:') || !b.startsWith('at:')) return false;
  return Math.abs(Number(a.slice(3)) - Number(b.slice(3))) < TOLERANCE_MS;
}

function readIdentity(): string {
  if (process.platform === 'linux') {
    try {
      return `id:${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}`;
    } catch {
      // Containers may hide it; the moment of the start serves as well.
    }
  }
  return `at:${Math.round(Date.now() - uptime() * 1000)}`;
}
