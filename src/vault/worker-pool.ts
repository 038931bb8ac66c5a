import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { TEMPORARY } from './set-names.ts';
import type {
  CopyJob,
  CopyOutcome,
  CopyTask,
  FlushOutcome,
  HashOutcome,
  WorkerMessage,
  WorkerRequest,
  WorkerStart,
} from './worker-protocol.ts';

/** A worker answers within a block of a file; one that hangs in a call (a dead network share) is left after this. */
const PATIENCE_MS = 5000;

/** What a pool is made of. */
export interface PoolOptions {
  /** Compiled JavaScript of `copy-worker.ts`. */
  readonly workerFile: URL;
  readonly workers: number;
  /** The set that is written; absent: the workers only read. */
  readonly set?: string;
  readonly signal: AbortSignal;
  /** Bytes read since the last call. */
  readonly onBytes?: (bytes: number) => void;
}

/** Worker threads that copy, hash and flush. Every call rejects with the signal's reason once it is aborted. */
export interface WorkerPool {
  /** `first`: before everything that waits. */
  copy(job: CopyJob, tasks: readonly CopyTask[], first?: boolean): Promise<CopyOutcome[]>;
  hash(folder: string, paths: readonly string[]): Promise<HashOutcome[]>;
  flush(folder: string, paths: readonly string[]): Promise<FlushOutcome[]>;
  /** Gives up what is going on, ends the threads and removes their temporary files. */
  close(): Promise<void>;
}

interface Waiting {
  readonly request: WorkerRequest;
  readonly resolve: (outcomes: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

interface Member {
  readonly worker: Worker;
  readonly temporary: string | undefined;
  current: Waiting | undefined;
}

/**
 * Starts threads as there is work for them, `workers` at most: a small folder needs one, and starting one takes longer
 * than copying it. They live until `close`, which must always be called.
 */
export function createWorkerPool(options: PoolOptions): WorkerPool {
  const cancel = new SharedArrayBuffer(4);
  const waiting: Waiting[] = [];
  let ended: { reason: Error } | undefined;
  const members: Member[] = [];
  const onAbort = (): void => {
    end(options.signal.reason as Error);
  };
  if (options.signal.aborted) onAbort();
  else options.signal.addEventListener('abort', onAbort, { once: true });

  function end(reason: Error): void {
    ended ??= { reason };
    Atomics.store(new Int32Array(cancel), 0, 1);
    for (const { reject } of waiting.splice(0)) reject(ended.reason);
  }

  function settle(member: Member, message: Exclude<WorkerMessage, { type: 'bytes' }>): void {
    const current = take(member);
    if (message.type === 'done') current?.resolve(message.outcomes);
    else if (message.type === 'cancelled') current?.reject(ended?.reason);
    else current?.reject(new Error(`a copy worker failed: ${message.message}`));
    feed();
  }

  function feed(): void {
    while (waiting.length > 0) {
      const member = members.find(({ current }) => current === undefined) ?? enlist();
      if (member === undefined) return;
      member.current = waiting.shift();
      member.worker.postMessage(member.current?.request);
    }
  }

  function enlist(): Member | undefined {
    if (members.length >= Math.max(1, options.workers)) return undefined;
    const member = startMember(options, cancel);
    members.push(member);
    member.worker.on('message', (message: WorkerMessage) => {
      if (message.type === 'bytes') options.onBytes?.(message.bytes);
      else settle(member, message);
    });
    member.worker.on('error', (error) => {
      end(error);
      take(member)?.reject(error);
    });
    member.worker.on('exit', (code) => {
      take(member)?.reject(ended?.reason ?? new Error(`a copy worker ended by itself with code ${code}`));
    });
    return member;
  }

  function run<Outcome>(request: WorkerRequest, first = false): Promise<Outcome[]> {
    return new Promise((resolve, reject) => {
      if (ended !== undefined) {
        reject(ended.reason);
        return;
      }
      const entry: Waiting = { request, resolve: resolve as (outcomes: unknown) => void, reject };
      if (first) waiting.unshift(entry);
      else waiting.push(entry);
      feed();
    });
  }

  return {
    copy: (job, tasks, first) => run({ kind: 'copy', job, tasks }, first),
    hash: (folder, paths) => run({ kind: 'hash', folder, paths }),
    flush: (folder, paths) => run({ kind: 'flush', folder, paths }),
    async close() {
      options.signal.removeEventListener('abort', onAbort);
      end(new Error('the copy workers were closed'));
      await Promise.race([
        Promise.all(members.map(untilIdle)),
        delay(PATIENCE_MS, undefined, { ref: false }),
      ]);
      await Promise.race([
        Promise.all(members.map(({ worker }) => worker.terminate())),
        delay(PATIENCE_MS, undefined, { ref: false }),
      ]);
      // One that hangs in a system call must not keep the process from ending.
      for (const { worker } of members) worker.unref();
      for (const { temporary } of members) if (temporary !== undefined) await rm(temporary, { force: true });
    },
  };
}

function startMember(options: PoolOptions, cancel: SharedArrayBuffer): Member {
  const temporary =
    options.set === undefined
      ? undefined
      : join(options.set, `${TEMPORARY}${randomBytes(6).toString('hex')}`);
  const start: WorkerStart = temporary === undefined ? { cancel } : { cancel, temporary };
  const worker = new Worker(options.workerFile, { workerData: start });
  return { worker, temporary, current: undefined };
}

function take(member: Member): Waiting | undefined {
  const { current } = member;
  member.current = undefined;
  return current;
}

async function untilIdle(member: Member): Promise<void> {
  while (member.current !== undefined) await delay(5);
}
