import fs from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PreflightError } from '../../contract/errors.ts';
import type { JsonObject } from '../../contract/json.ts';
import { reasonOf } from '../../foundation/system-reason.ts';
import { parseAnswer, type HolderAnswer } from './holder-answer.ts';

/** libuv's UV_FS_O_EXLOCK, which Node.js passes on but does not name: Windows opens the file for nobody else (share mode 0). */
const FOR_NOBODY_ELSE = 0x1000_0000;
/** A file that is there can be locked also on a disk that takes no writes. */
const FLAGS = fs.constants.O_RDONLY | fs.constants.O_CREAT | FOR_NOBODY_ELSE;

/** What reads every new file, such as a virus scanner, has it open only for a moment. */
const ATTEMPTS = 20;
const RETRY_MS = 25;

/** Opens a file as only one process can, and gives its descriptor. */
type OpenExclusively = (path: string) => number;

/**
 * Locks the file, and tells beside it who holds it; undefined when somebody keeps it open. Gives what unlocks it; the system
 * does when the process ends, whatever children it leaves, for they do not inherit the file.
 * @throws PreflightError when it cannot be made or opened.
 */
export async function lockFile(
  path: string,
  info: JsonObject,
  open: OpenExclusively = openExclusively,
): Promise<(() => void) | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const descriptor = open(path);
      sayWho(path, info);
      return () => fs.closeSync(descriptor);
    } catch (error) {
      const code = codeOf(error);
      if (code !== 'EBUSY' && code !== 'EPERM') throw unusable(path, error);
      if (attempt === ATTEMPTS) {
        if (code === 'EBUSY') return undefined;
        throw unusable(path, error);
      }
      await delay(RETRY_MS);
    }
  }
}

/** Whether somebody holds the file, and what the holder wrote beside it. @throws PreflightError when it cannot be looked at. */
export function askLockFile(path: string): HolderAnswer {
  try {
    fs.closeSync(fs.openSync(path, 'r'));
    return { held: false };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return { held: false };
    if (codeOf(error) === 'EBUSY') return { held: true, ...readWho(path) };
    throw unusable(path, error);
  }
}

function openExclusively(path: string): number {
  return fs.openSync(path, FLAGS, 0o600);
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

function whoFile(path: string): string {
  return `${path}.json`;
}

function sayWho(path: string, info: JsonObject): void {
  try {
    fs.writeFileSync(whoFile(path), JSON.stringify(info), { mode: 0o600 });
  } catch {
    // The disk is full, or takes no writes. The lock holds all the same.
  }
}

function readWho(path: string): { info?: JsonObject } {
  try {
    return parseAnswer(fs.readFileSync(whoFile(path), 'utf8'));
  } catch {
    // It is being written, or could not be.
    return {};
  }
}

function unusable(path: string, error: unknown): PreflightError {
  return new PreflightError(`The lock file ${path} cannot be opened: ${reasonOf(error)}`, {
    hint: 'See that this account may read and write that folder.',
    cause: error,
  });
}
