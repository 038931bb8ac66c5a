import type { Stats } from 'node:fs';
import type { FileCalls } from '../file-tasks.ts';
import { realPath } from '../set-names.ts';
import { patiently } from './patiently.ts';
import { createRealFolders, nameOf, NoFolderError, parentOf } from './real-folders.ts';

/** Copies of one path that are told apart by a number. */
const MOST = 1000;

/** What is known of something that stands where something else is to be. */
export interface InTheWay {
  readonly job: { readonly into: string; readonly after: string };
  readonly path: string;
  readonly status: Stats;
  /** What was restored there, if anything was. */
  readonly ours: { readonly size: number; readonly mtimeNs: string } | undefined;
}

/**
 * Makes room at a path: what was restored there is removed, since the set has it. Anything else came later and is nobody's
 * to remove: it is moved into the folder for that, and where is given back.
 */
export function giveWay(
  { job, path, status, ours }: InTheWay,
  c: { readonly files: FileCalls; readonly windows: boolean; readonly isCancelled: () => boolean },
): string | undefined {
  const { files } = c;
  const target = realPath(job.into, path);
  if (ours !== undefined && isOurs(status, ours)) {
    patiently(() => {
      files.rmSync(target, { force: true });
    }, c);
    return undefined;
  }
  const later = freeName(files, makePlace(files, job.after, path));
  patiently(() => {
    files.renameSync(target, later);
  }, c);
  return later;
}

/** Whether a file is what was restored: size and time say so. File systems round times: FAT to 2 s. */
function isOurs(
  status: Stats,
  { size, mtimeNs }: { readonly size: number; readonly mtimeNs: string },
): boolean {
  return status.isFile() && status.size === size && Math.abs(status.mtimeMs - Number(mtimeNs) / 1e6) <= 2000;
}

/** What stands at a path, a link by itself; undefined when nothing does. */
export function statOf(files: Pick<FileCalls, 'lstatSync'>, path: string): Stats | undefined {
  return files.lstatSync(path, { throwIfNoEntry: false });
}

/** The path in the folder for what came later; by its name alone where something stands in the way there, too. */
function makePlace(files: FileCalls, after: string, path: string): string {
  files.mkdirSync(after, { recursive: true });
  try {
    createRealFolders(files, after).make(parentOf(path));
    return realPath(after, path);
  } catch (error) {
    if (error instanceof NoFolderError) return realPath(after, nameOf(path));
    throw error;
  }
}

function freeName(files: FileCalls, wanted: string): string {
  for (let number = 1; number < MOST; number += 1) {
    const name = number === 1 ? wanted : `${wanted}.${String(number)}`;
    if (statOf(files, name) === undefined) return name;
  }
  throw Object.assign(new Error(`there are too many copies of ${wanted}`), { code: 'EEXIST' });
}
