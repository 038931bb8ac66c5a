import { rm } from 'node:fs/promises';
import { posix } from 'node:path';
import { createProgressCounter, type ProgressTotals } from './progress.ts';
import { realPath } from './set-names.ts';
import { storageError } from './storage-error.ts';
import type { TreeCollaborators } from './tree-collaborators.ts';
import type { Earlier } from './earlier.ts';
import type { ListingWriter } from './listing.ts';
import { createTroubleKeeper } from './tree-trouble.ts';
import type { CopyResult, CopyTreeOptions, FileEntry } from './vault.ts';
import { createUnlinkedCount } from './unlinked.ts';
import type { WalkItem } from './walk.ts';
import type { CopyJob, CopyOutcome, CopyTask } from './worker-protocol.ts';
import { createWorkerPool } from './worker-pool.ts';

const BATCH = 64;
/** Batches on their way for each worker: enough that none waits, few enough that memory stays small. */
const AHEAD = 4;

/** What one pass is made of. */
export interface PassOptions {
  readonly options: CopyTreeOptions;
  readonly collaborators: TreeCollaborators;
  readonly job: CopyJob;
  /** How large the tree is thought to be. */
  readonly totals: ProgressTotals;
  readonly writer: ListingWriter;
}

/** Takes what walk and earlier listing give, in order; hands it to the workers and writes the listing in that order. */
export interface Pass {
  /** Aborted by the caller, or by the first failure of this pass with it as reason. */
  readonly signal: AbortSignal;
  found(
    item: Extract<WalkItem, { kind: 'file' | 'empty-folder' }>,
    earlier: Earlier | undefined,
  ): Promise<void>;
  odd(item: Exclude<WalkItem, { kind: 'file' | 'empty-folder' }>, earlier: Earlier | undefined): void;
  gone(earlier: Earlier): Promise<void>;
  finish(): Promise<void>;
  close(): Promise<void>;
  /** Folders of the set in which something was removed. */
  emptied(): Iterable<string>;
  result(durationMs: number, sourceMissing: boolean): CopyResult;
}

/** Begins a pass. `close` must always be called. */
export function createPass({ options, collaborators, job, totals, writer }: PassOptions): Pass {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const trouble = createTroubleKeeper(options);
  const counter = createProgressCounter(collaborators.clock, options.onProgress, totals);
  const { set, workerFile, workers } = collaborators;
  const pool = createWorkerPool({
    workerFile,
    workers,
    set,
    signal,
    onBytes: (bytes) => counter.add(0, bytes),
  });
  const counts = { files: 0, bytes: 0, filesCopied: 0, bytesCopied: 0, filesLinked: 0, filesRemoved: 0 };
  const emptied = new Set<string>();
  // What the first source has lies in this very folder: what is gone has to be removed from it.
  const goesOn = job.sources[0]?.folder === job.to;
  const unlinked = createUnlinkedCount();
  const running: Promise<FileEntry[]>[] = [];
  let batch: CopyTask[] = [];

  async function add(task: CopyTask): Promise<void> {
    batch.push(task);
    if (batch.length >= BATCH) await send();
  }

  async function send(): Promise<void> {
    const tasks = batch;
    batch = [];
    const work = runBatch(tasks);
    // Awaited in its turn; until then its failure is known through the signal.
    work.catch((error: unknown) => {
      stop.abort(error);
    });
    running.push(work);
    while (running.length >= AHEAD * workers) await writeNext();
  }

  async function writeNext(): Promise<void> {
    const next = running.shift();
    if (next === undefined) return;
    const entries = await next;
    try {
      await writer.write(entries);
    } catch (error) {
      throw await storageError(set, (error as NodeJS.ErrnoException).code ?? '', error);
    }
  }

  async function runBatch(tasks: readonly CopyTask[]): Promise<FileEntry[]> {
    const outcomes = await pool.copy(job, tasks);
    const settled = await Promise.all(
      outcomes.map(async (outcome, index) => {
        const task = tasks[index];
        if (outcome.status !== 'large' || task === undefined) return outcome;
        const [again] = await pool.copy(job, [{ ...task, whole: true }], true);
        return again ?? outcome;
      }),
    );
    const entries: FileEntry[] = [];
    let fatal: Error | undefined;
    for (const [index, outcome] of settled.entries()) {
      const task = tasks[index];
      if (task !== undefined) fatal = (await take(task, outcome, entries)) ?? fatal;
    }
    if (fatal !== undefined) throw fatal;
    return entries;
  }

  /** Counts one outcome and makes its line; gives the error that ends the pass. */
  async function take(
    task: CopyTask,
    outcome: CopyOutcome,
    entries: FileEntry[],
  ): Promise<Error | undefined> {
    switch (outcome.status) {
      case 'failed':
        return storageError(outcome.target, outcome.code, new Error(outcome.message));
      case 'trouble':
        if (goesOn && task.earlier !== undefined) await forget(task.path);
        return trouble.file(task.path, outcome.message);
      case 'removed':
        counts.filesRemoved += 1;
        return undefined;
      case 'large':
        return new Error(`${task.path} was given back although it was to be copied whole`);
      default: {
        const { size, mtimeNs, sha256, added } = outcome;
        entries.push({ path: task.path, size, mtimeNs, sha256, ...(added ? { added } : {}) });
        if (outcome.status === 'folder') return undefined;
        counts.files += 1;
        counts.bytes += size;
        if (outcome.status === 'copied') {
          counts.filesCopied += 1;
          counts.bytesCopied += size;
        } else if (outcome.status === 'linked') counts.filesLinked += 1;
        if (outcome.unlinked !== undefined) unlinked.add(outcome.unlinked);
        if (outcome.changed === true)
          trouble.note(task.path, 'changed while it was read and is kept as it was read');
        counter.add(1, outcome.status === 'copied' ? 0 : size);
        return undefined;
      }
    }
  }

  async function forget(path: string): Promise<void> {
    await rm(realPath(job.to, path), { force: true });
    emptied.add(posix.dirname(path));
  }

  return {
    signal,
    async found(item, earlier) {
      if (item.kind === 'empty-folder') await add({ kind: 'folder', path: item.path });
      else if (earlier === undefined) await add({ kind: 'file', path: item.path });
      else await add({ kind: 'file', path: item.path, earlier: earlier.versions });
    },
    odd(item, earlier) {
      const fatal = trouble.walked(item);
      if (fatal !== undefined) throw fatal;
      if (goesOn && earlier?.inFirst === true) batch.push({ kind: 'remove', path: item.path });
    },
    async gone(earlier) {
      if (!goesOn || !earlier.inFirst) return;
      if (earlier.path.endsWith('/')) {
        emptied.add(earlier.path.slice(0, -1));
        return;
      }
      emptied.add(posix.dirname(earlier.path));
      await add({ kind: 'remove', path: earlier.path });
    },
    async finish() {
      if (batch.length > 0) await send();
      while (running.length > 0) await writeNext();
      counter.finish();
    },
    async close() {
      await pool.close();
      await writer.close();
    },
    emptied: () => emptied,
    result(durationMs, sourceMissing) {
      const warnings = [...trouble.warnings(), ...unlinked.warnings()];
      if (sourceMissing)
        warnings.unshift(
          `${options.from} does not exist or is no folder; nothing of it is in the backup set`,
        );
      return { ...counts, durationMs, warnings };
    },
  };
}
