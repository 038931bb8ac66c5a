import fs from 'node:fs/promises';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { BusyError } from '../../contract/errors.ts';
import type { JsonObject } from '../../contract/json.ts';
import { lockAddress, type LockAddress, type LockPlace } from './address.ts';
import { askHolder } from './ask-holder.ts';
import { askLockFile, lockFile } from './exclusive-file.ts';
import type { HolderAnswer } from './holder-answer.ts';

const ATTEMPTS = 20;
const RETRY_MS = 25;
const GUARD_LIMIT_MS = 10_000;

/** A lock that is held until `release`, or until this process is gone, however it ended. */
export interface ProcessLock {
  release(): Promise<void>;
}

/** What is locked, and what is told to whoever comes second: run, pid, start. */
export interface ProcessLockRequest extends LockPlace {
  readonly info: JsonObject;
  /** For tests; by default the platform's own. */
  readonly address?: LockAddress;
}

/** The lock is held by another process, or by this one. `holder` is what it said; undefined when it did not answer. */
export class LockHeldError extends BusyError {
  readonly holder: JsonObject | undefined;

  constructor(name: string, holder: JsonObject | undefined) {
    // A start time is for programs: it only tells a process from a later one with the same number.
    const said =
      holder &&
      Object.entries(holder).flatMap(([key, value]) => (key === 'startedAt' ? [] : `${key} ${plain(value)}`));
    super(
      `${name} is in use by ${said === undefined || said.length === 0 ? 'another process that did not answer' : said.join(', ')}`,
      { hint: 'Wait until it has ended, or look at `sense-runbook runs`.' },
    );
    this.holder = holder;
  }
}

/**
 * Takes the lock, or @throws LockHeldError (exit code 6) with what its holder said.
 * @throws PreflightError when its file cannot be opened.
 */
export async function acquireProcessLock(request: ProcessLockRequest): Promise<ProcessLock> {
  const address = request.address ?? lockAddress(request);
  for (let attempt = 1; ; attempt += 1) {
    const lock = await take(address, request.info);
    if (lock !== undefined) return lock;
    const answer = await ask(address);
    // Nobody there: it ended just now, or it left its socket file behind.
    if (answer.held || attempt === ATTEMPTS) throw new LockHeldError(request.name, holderOf(answer));
    if (address.kind === 'file') await removeStale(address);
    else await delay(RETRY_MS);
  }
}

/** What the holder of the lock says of itself; `{}` when it is too busy to answer, undefined when nobody holds it. */
export async function readLock(
  place: LockPlace,
  address = lockAddress(place),
): Promise<JsonObject | undefined> {
  const answer = await ask(address);
  return answer.held ? (answer.info ?? {}) : undefined;
}

async function take(address: LockAddress, info: JsonObject): Promise<ProcessLock | undefined> {
  if (address.kind === 'exclusive') {
    const unlock = await lockFile(address.path, info);
    return unlock && { release: async () => unlock() };
  }
  const server = await listen(address, info);
  return server && { release: () => close(server) };
}

async function ask(address: LockAddress): Promise<HolderAnswer> {
  return address.kind === 'exclusive' ? askLockFile(address.path) : askHolder(address);
}

function holderOf(answer: HolderAnswer): JsonObject | undefined {
  return answer.held ? answer.info : undefined;
}

async function listen(address: LockAddress, info: JsonObject): Promise<net.Server | undefined> {
  const answer = JSON.stringify(info);
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.setTimeout(1_000, () => socket.destroy());
    socket.end(answer);
  });
  server.unref();
  return new Promise((resolve, reject) => {
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    server.listen({ path: address.path }, () => resolve(server));
  });
}

/** Removes a socket file nobody listens on. One process at a time looks and removes, else it could be a live one. */
async function removeStale(address: LockAddress): Promise<void> {
  const guard = `${address.path}.removing`;
  try {
    await fs.mkdir(guard);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // An old one was left by a process that was killed in between.
    const found = await fs.stat(guard).catch(ignoreMissing);
    if (found !== undefined && Date.now() - found.mtimeMs > GUARD_LIMIT_MS)
      await fs.rmdir(guard).catch(ignoreMissing);
    await delay(RETRY_MS);
    return;
  }
  try {
    if (!(await askHolder(address)).held) await fs.rm(address.path, { force: true });
  } finally {
    await fs.rmdir(guard);
  }
}

async function close(server: net.Server): Promise<void> {
  // Without this nothing would keep the process alive until the answer has come.
  server.ref();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
