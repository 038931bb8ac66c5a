import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { CopyWorkers, Order, Owner } from './copy-workers.ts';
import type { Change } from './restore/changes.ts';
import type { CompareRequest, CompareStep } from './restore/compare-tree.ts';
import type { PutBackJob, PutBackOutcome } from './restore/put-back.ts';
import type { RestoreJob, RestoreOutcome, RestoreTask } from './restore/restore-task.ts';
import type {
  CopyJob,
  CopyOutcome,
  CopyTask,
  FlushOutcome,
  HashOutcome,
  ScanRequest,
  ScanStep,
  WorkerEnd,
  WorkerRequest,
} from './worker-protocol.ts';

/** What a pool is made of. */
export interface PoolOptions {
  readonly workers: CopyWorkers;
  /** The set that is written; absent: the workers only read. */
  readonly set?: string;
  readonly signal: AbortSignal;
  /** Bytes read since the last call. */
  readonly onBytes?: (bytes: number) => void;
}

/**
 * Worker threads that scan, copy, hash and flush for one piece of work. Every call rejects with the signal's reason once it
 * is aborted.
 */
export interface WorkerPool {
  /** How many things are done at the same time. */
  readonly workers: number;
  /** The steps in batches. @throws the file system's error when the folder or a listing cannot be read */
  scan(request: Omit<ScanRequest, 'kind'>): AsyncGenerator<readonly ScanStep[], void, undefined>;
  /** `first`: before everything that waits. */
  copy(job: CopyJob, tasks: readonly CopyTask[], first?: boolean): Promise<CopyOutcome[]>;
  hash(folder: string, paths: readonly string[]): Promise<HashOutcome[]>;
  flush(folder: string, paths: readonly string[]): Promise<FlushOutcome[]>;
  /** The steps in batches. @throws the file system's error when the folder or the listing cannot be read */
  compare(request: Omit<CompareRequest, 'kind'>): AsyncGenerator<readonly CompareStep[], void, undefined>;
  restore(job: RestoreJob, tasks: readonly RestoreTask[]): Promise<RestoreOutcome[]>;
  putBack(job: PutBackJob, changes: readonly Change[]): Promise<PutBackOutcome[]>;
  /** Gives up what is going on and removes its temporary files. */
  close(): Promise<void>;
}

/** Makes a pool; `close` must always be called. */
export function createWorkerPool({ workers, set, signal, onBytes }: PoolOptions): WorkerPool {
  const owner: Owner = {
    name: randomBytes(4).toString('hex'),
    cancel: new SharedArrayBuffer(4),
    temporaries: new Set(),
    onBytes: (bytes) => onBytes?.(bytes),
    ...(set === undefined ? {} : { set }),
  };
  let ended: { reason: Error } | undefined;
  const onAbort = (): void => {
    end(signal.reason as Error);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });

  function end(reason: Error): void {
    if (ended !== undefined) return;
    ended = { reason };
    Atomics.store(new Int32Array(owner.cancel), 0, 1);
    void workers.withdraw(owner);
  }

  function run<Outcome>(
    request: WorkerRequest,
    { first = false, onSteps }: { first?: boolean; onSteps?: Order['onSteps'] } = {},
  ): Promise<Outcome[]> {
    return new Promise((resolve, reject) => {
      if (ended !== undefined) {
        reject(ended.reason);
        return;
      }
      const onEnd = (end: WorkerEnd): void => {
        // Which outcomes a worker sends is decided by the request: who sends that names them.
        if (end.type === 'done') resolve(end.outcomes as unknown as Outcome[]);
        else reject(errorOf(end, ended?.reason));
      };
      workers.submit({ owner, request, onEnd, ...(onSteps === undefined ? {} : { onSteps }) }, first);
    });
  }

  async function* stream<Step>(
    request: ScanRequest | CompareRequest,
  ): AsyncGenerator<readonly Step[], void, undefined> {
    const taken = new Int32Array(new SharedArrayBuffer(4));
    const arrived: (readonly Step[])[] = [];
    let over: { error?: unknown } | undefined;
    let wake = (): void => undefined;
    const onSteps: Order['onSteps'] = (steps) => {
      arrived.push(steps as readonly unknown[] as readonly Step[]);
      wake();
    };
    run({ ...request, taken: taken.buffer }, { onSteps }).then(
      () => {
        over = {};
        wake();
      },
      (error: unknown) => {
        over = { error };
        wake();
      },
    );
    for (;;) {
      const steps = arrived.shift();
      if (steps !== undefined) {
        yield steps;
        Atomics.add(taken, 0, 1);
        Atomics.notify(taken, 0);
      } else if (over === undefined)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      else if ('error' in over) throw over.error;
      else return;
    }
  }

  return {
    workers: workers.workers,
    scan: (request) => stream<ScanStep>({ kind: 'scan', ...request }),
    compare: (request) => stream<CompareStep>({ kind: 'compare', ...request }),
    restore: (job, tasks) => run({ kind: 'restore', job, tasks }),
    putBack: (job, changes) => run({ kind: 'put-back', job, changes }),
    copy: (job, tasks, first = false) => run({ kind: 'copy', job, tasks }, { first }),
    hash: (folder, paths) => run({ kind: 'hash', folder, paths }),
    flush: (folder, paths) => run({ kind: 'flush', folder, paths }),
    async close() {
      signal.removeEventListener('abort', onAbort);
      end(new Error('the copy workers were closed'));
      await workers.withdraw(owner);
      for (const temporary of owner.temporaries) await rm(temporary, { force: true });
    },
  };
}

function errorOf(end: Exclude<WorkerEnd, { type: 'done' }>, reason: Error | undefined): Error {
  if (end.type === 'unreadable')
    return Object.assign(new Error(end.message), { code: end.code, path: end.path });
  if (end.type === 'crashed' && reason === undefined)
    return new Error(`a copy worker failed: ${end.message}`);
  return reason ?? new Error('a copy worker gave up although nobody told it to');
}
