import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why no disk of its own can be made here; undefined: it can. */
export const NO_DISK = whyNot();

function whyNot(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'only root of Linux can mount a disk in memory';
  const folder = mkdtempSync(join(tmpdir(), 'sense-runbook-mount-'));
  const made = mountMemory(folder, '1m');
  if (made) spawnSync('umount', [folder]);
  rmSync(folder, { recursive: true, force: true });
  return made ? undefined : 'mount is not permitted here';
}

/** Mounts a disk in memory; `size` as mount takes it. */
export function mountMemory(folder: string, size: string): boolean {
  mkdirSync(folder, { recursive: true });
  const how = ['-t', 'tmpfs', '-o', `size=${size},mode=0700`, 'tmpfs', folder];
  return spawnSync('mount', how, { stdio: 'ignore' }).status === 0;
}

/** A real disk of a few megabytes under a folder that was there before. */
export interface OwnDisk {
  /** What takes its space lies here, on the same disk and outside the folder. */
  readonly filler: string;
  /** A program, as an argument list, that leaves so many KB free. */
  fillCommand(leftKb: number): string[];
  makeRoom(): void;
  unmount(): void;
}

/** Puts a folder with all that is in it on a disk of its own, in memory. Once unmounted, the folder is as it was. */
export function onOwnDisk(folder: string, size: string): OwnDisk {
  const disk = mkdtempSync(join(tmpdir(), 'sense-runbook-disk-'));
  if (!mountMemory(disk, size)) throw new Error('the disk could not be mounted');
  const inside = join(disk, 'folder');
  cpSync(folder, inside, { recursive: true, preserveTimestamps: true });
  const bound = spawnSync('mount', ['--bind', inside, folder], { encoding: 'utf8' });
  if (bound.status !== 0) throw new Error(`the disk could not be bound: ${bound.stderr}`);
  const filler = join(disk, 'filler');
  const script =
    'free=$(df --output=avail -k "$0" | tail -n 1) && dd if=/dev/zero of="$0/filler" bs=1k count=$((free - $1))';
  return {
    filler,
    fillCommand: (leftKb) => ['sh', '-c', script, disk, String(leftKb)],
    makeRoom() {
      if (existsSync(filler)) rmSync(filler);
    },
    unmount() {
      spawnSync('umount', ['-l', folder]);
      spawnSync('umount', ['-l', disk]);
      rmSync(disk, { recursive: true, force: true });
    },
  };
}
