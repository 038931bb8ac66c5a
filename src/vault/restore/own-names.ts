import { hash } from 'node:crypto';
import { join, sep } from 'node:path';

/** Folder at the top of a restored tree that holds what was there before; the run's id follows. */
const BEFORE = '.sense-runbook-before-';
/** Folder beside it that holds what came after the restore and was in the way when the old files were put back. */
const AFTER = '.sense-runbook-after-';
/** Beginning of what is being made or removed, until it is renamed or gone. */
const NEW = '.sense-runbook-new-';

const OWN = /^\.sense-runbook-(?:before|after|new)-/i;

/** Whether a name is one that restores keep for themselves: no backup copies it, and no set may have it. */
export function isOwnName(name: string): boolean {
  return name.startsWith('.') && OWN.test(name);
}

/** Where one restored tree keeps what it moved aside. All in the tree itself, so that a move stays on its volume. */
export interface KeptFolders {
  /** All of it; there from the first change until the restore is undone or discarded. */
  readonly before: string;
  /** The record of the changes, in `before`. */
  readonly record: string;
  /** What was moved aside, under its own relative path, in `before`. */
  readonly files: string;
  /** What was in the way when the old files were put back; it is never removed by this tool. */
  readonly after: string;
}

/** The folders for a tree that is restored into `into`; `run` is `<run>` while planning. */
export function keptFolders(into: string, run: string): KeptFolders {
  const before = join(into, BEFORE + run);
  return {
    before,
    record: join(before, 'changes.jsonl'),
    files: join(before, 'files'),
    after: join(into, AFTER + run),
  };
}

/**
 * Beside a file or folder: its name until it is complete, the same each time, so that a killed attempt's is found. `path`
 * is absolute and in order.
 */
export function temporaryFor(path: string): string {
  // By hand: it is done for every file, and taking a path apart and putting it together again takes longer than the hash.
  const name = path.lastIndexOf(sep) + 1;
  return path.slice(0, name) + NEW + hash('sha256', path.slice(name), 'hex').slice(0, 16);
}
