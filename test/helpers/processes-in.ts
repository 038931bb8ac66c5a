import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** Processes that were started with this folder or a path in it, or work in it, also in a part of it that was removed. */
export function processesIn(folder: string): string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    // One that ended meanwhile, or has ended and was not collected yet, has neither.
    const words = read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim());
    const place = read(() => readlinkSync(`/proc/${pid}/cwd`));
    return words.includes(folder) || place.startsWith(folder) ? [`${pid}: ${words} in ${place}`] : [];
  });
}

function read(look: () => string): string {
  try {
    return look();
  } catch {
    return '';
  }
}
