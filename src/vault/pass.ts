import { rm } from 'node:fs/promises';
import { posix } from 'node:path';
import { createProgressCounter, type ProgressTotals } from './progress.ts';
import { realPath } from './set-names.ts';
import { storageError } from './storage-error.ts';
import type { TreeCollaborators } from './tree-collaborators.ts';
import type { Earlier } from './earlier.ts';
import { entryOf, formatEntry, type ListingWriter } from './listing.ts';
import { createTroubleKeeper } from './tree-trouble.ts';
import type { CopyResult, CopyTreeOptions, FileEntry } from './vault.ts';
import { createUnlinkedCount } from './unlinked.ts';
import type { WalkItem } from './walk.ts';
import type { CopyJob, CopyOutcome, CopyTask, ScanStep } from './worker-protocol.ts';
import { createWorkerPool, type WorkerPool } from './worker-pool.ts';

const BATCH = 64;
/** Characters of finished lines that are written at a time. */
const LINES = 64 * 1024;
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
  readonly pool: WorkerPool;
  /** Files that were kept or linked already. */
  reused(step: Extract<ScanStep, { kind: 'reused' }>): void;
  found(item: Extract<WalkItem, { kind: 'file' | 'empty-folder' }>, earlier: Earlier | undefined): void;
  odd(item: Exclude<WalkItem, { kind: 'file' | 'empty-folder' }>, earlier: Earlier | undefined): void;
  gone(earlier: Earlier): void;
  /** Enough is gathered to be handed on. */
  isFull(): boolean;
  /** Hands on what is gathered; waits while too much is on its way. */
  send(): Promise<void>;
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
  const { set, workers } = collaborators;
  const pool = createWorkerPool({
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
  const running: Promise<string>[] = [];
  /** In the order of the listing: what is to be done, and lines of what is done. */
  let batch: (CopyTask | string)[] = [];
  const gathered = { tasks: 0, lines: 0 };

  function add(part: CopyTask | string): void {
    batch.push(part);
    if (typeof part === 'string') gathered.lines += part.length;
    else gathered.tasks += 1;
  }

  async function send(): Promise<void> {
    const parts = batch;
    batch = [];
    Object.assign(gathered, { tasks: 0, lines: 0 });
    const work = runBatch(parts);
    // Awaited in its turn; until then its failure is known through the signal.
    work.catch((error: unknown) => {
      stop.abort(error);
    });
    running.push(work);
    while (running.length >= AHEAD * pool.workers) await writeNext();
  }

  async function writeNext(): Promise<void> {
    const next = running.shift();
    if (next === undefined) return;
    const lines = await next;
    try {
      await writer.write(lines);
    } catch (error) {
      throw await storageError(set, (error as NodeJS.ErrnoException).code ?? '', error);
    }
  }

  /** Gives the lines of the listing. */
  async function runBatch(parts: readonly (CopyTask | string)[]): Promise<string> {
    const tasks = parts.filter((part) => typeof part !== 'string');
    const outcomes = tasks.length === 0 ? [] : await pool.copy(job, tasks);
    const settled = await Promise.all(outcomes.map((outcome, index) => settle(outcome, tasks[index])));
    const entries: FileEntry[] = [];
    let lines = '';
    let fatal: Error | undefined;
    let next = 0;
    for (const part of parts) {
      if (typeof part === 'string') lines += part;
      else {
        const outcome = settled[next];
        next += 1;
        if (outcome === undefined) throw new Error(`nothing was told of ${part.path}`);
        fatal = (await take(part, outcome, entries)) ?? fatal;
        for (const entry of entries.splice(0)) lines += `${formatEntry(entry)}\n`;
      }
    }
    if (fatal !== undefined) throw fatal;
    return lines;
  }

  /** A large file is copied on its own, so that large files are spread over the workers. */
  async function settle(outcome: CopyOutcome, task: CopyTask | undefined): Promise<CopyOutcome> {
    if (outcome.status !== 'large' || task === undefined) return outcome;
    const [again] = await pool.copy(job, [{ ...task, whole: true }], true);
    return again ?? outcome;
  }

  /** Counts one outcome and makes its line; gives the error that ends the pass. */
  function take(
    task: CopyTask,
    outcome: CopyOutcome,
    entries: FileEntry[],
  ): Error | undefined | Promise<Error | undefined> {
    switch (outcome.status) {
      case 'failed':
        return storageError(outcome.target, outcome.code, new Error(outcome.message));
      case 'trouble':
        return notCopied(task, outcome.message);
      case 'removed':
        counts.filesRemoved += 1;
        return undefined;
      case 'large':
        return new Error(`${task.path} was given back although it was to be copied whole`);
      case 'folder':
        entries.push({ path: task.path, size: 0, mtimeNs: outcome.mtimeNs, sha256: '' });
        return undefined;
      case 'kept':
      case 'linked': {
        const version = task.earlier?.[outcome.version];
        if (version === undefined) return new Error(`${task.path} has no earlier copy ${outcome.version}`);
        entries.push(entryOf(task.path, { ...version, readOnly: outcome.readOnly }));
        counts.files += 1;
        counts.bytes += version.size;
        if (outcome.status === 'linked') counts.filesLinked += 1;
        counter.add(1, version.size);
        return undefined;
      }
      case 'copied':
        entries.push(entryOf(task.path, { ...outcome, added: true }));
        counts.files += 1;
        counts.bytes += outcome.size;
        counts.filesCopied += 1;
        counts.bytesCopied += outcome.size;
        if (outcome.unlinked !== undefined) unlinked.add(outcome.unlinked);
        if (outcome.changed === true)
          trouble.note(task.path, 'changed while it was read and is kept as it was read');
        counter.add(1, 0);
        return undefined;
    }
  }

  async function notCopied(task: CopyTask, message: string): Promise<Error | undefined> {
    if (goesOn && task.earlier !== undefined) await forget(task.path);
    return trouble.file(task.path, message);
  }

  async function forget(path: string): Promise<void> {
    await rm(realPath(job.to, path), { force: true });
    emptied.add(posix.dirname(path));
  }

  return {
    signal,
    pool,
    reused({ lines, files, bytes, linked }) {
      add(lines);
      counts.files += files;
      counts.bytes += bytes;
      counts.filesLinked += linked;
      counter.add(files, bytes);
    },
    found(item, earlier) {
      if (item.kind === 'empty-folder') add({ kind: 'folder', path: item.path });
      else if (earlier === undefined) add({ kind: 'file', path: item.path });
      else add({ kind: 'file', path: item.path, earlier: earlier.versions });
    },
    odd(item, earlier) {
      const fatal = trouble.walked(item);
      if (fatal !== undefined) throw fatal;
      if (goesOn && earlier?.inFirst === true) add({ kind: 'remove', path: item.path });
    },
    gone(earlier) {
      if (!goesOn || !earlier.inFirst) return;
      if (earlier.path.endsWith('/')) {
        emptied.add(earlier.path.slice(0, -1));
        return;
      }
      emptied.add(posix.dirname(earlier.path));
      add({ kind: 'remove', path: earlier.path });
    },
    isFull: () => gathered.tasks >= BATCH || gathered.lines >= LINES,
    send,
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
