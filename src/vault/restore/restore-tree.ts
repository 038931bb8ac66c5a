import { resolve } from 'node:path';
import { StepError, VerificationError } from '../../contract/errors.ts';
import { bootIdentity, isSameBoot } from '../boot.ts';
import { excludedPaths } from '../exclusion.ts';
import { untilDoneOrStuck } from '../patience.ts';
import { createProgressCounter } from '../progress.ts';
import { realPath } from '../set-names.ts';
import { showPath } from '../tree-trouble.ts';
import type { FileEntry } from '../vault.ts';
import { createWindow } from '../window.ts';
import { createWorkerPool } from '../worker-pool.ts';
import { refuseOverlap } from './apart.ts';
import { openRecord, readRecord, type Change, type ChangeRecord, type RecordState } from './changes.ts';
import type { CompareStep } from './compare-tree.ts';
import { flushChanges } from './flush-changes.ts';
import { keptFolders } from './own-names.ts';
import { targetError, withTarget, type RestoreCounts } from './restore-error.ts';
import type { RestoreJob, RestoreTask } from './restore-task.ts';
import { openSetTree } from './set-tree.ts';
import { makeRoot, sweepRoot } from './target-root.ts';
import type { RestoreCollaborators, RestoreResult, RestoreTreeOptions } from './tree-restore.ts';

const BATCH_FILES = 64;
const BATCH_BYTES = 16 * 1024 * 1024;
/** Batches on their way: their lines in the record are made durable together, and no worker waits. */
const AHEAD = 16;
/** A file that comes and goes while it is restored is tried again so often. */
const ROUNDS = 3;
const NAMED = 100;

/** See `TreeRestore.restore`. */
export async function restoreTree(
  options: RestoreTreeOptions,
  c: RestoreCollaborators,
): Promise<RestoreResult> {
  const began = c.clock.monotonic();
  const { set, tree, run, windows = process.platform === 'win32' } = options;
  const into = resolve(options.into);
  const kept = keptFolders(into, run);
  const counts: RestoreCounts = { placed: 0, moved: 0 };
  await refuseOverlap(into, [set, ...(options.apartFrom ?? [])]);
  const listing = await openSetTree(set, tree, windows, options.signal);
  const earlier = await withTarget(into, run, counts, async () => {
    await sweepRoot(kept);
    return readRecord(kept.record);
  });
  const totals = { files: 0, bytes: 0, bytesPlaced: 0, kept: 0 };
  const warnings = createWarnings();
  const counter = createProgressCounter(c.clock, options.onProgress, {
    filesTotal: tree.files,
    bytesTotal: tree.bytes,
  });
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const pool = createWorkerPool({
    workers: c.workers,
    signal,
    onBytes: (bytes) => {
      counter.add(0, bytes);
    },
  });
  const job: RestoreJob = { set, tree: tree.folder, into, kept: kept.files, after: kept.after };
  let opening: Promise<ChangeRecord> | undefined;

  /** Made with the first change: where all is the same, nothing is written. */
  function record(): Promise<ChangeRecord> {
    opening ??= withTarget(into, run, counts, async () => {
      if (earlier === undefined)
        await makeRoot(into, kept, { schemaVersion: 1, run, set, tree: tree.folder });
      return openRecord(kept.record, bootIdentity());
    });
    return opening;
  }

  async function perform(tasks: readonly RestoreTask[], round = 1): Promise<void> {
    const written = await record();
    await withTarget(into, run, counts, () => written.append(tasks.map(changeOf)));
    const outcomes = await pool.restore(job, tasks);
    const again: RestoreTask[] = [];
    for (const [index, task] of tasks.entries()) {
      const outcome = outcomes[index];
      const path = task.kind === 'place' ? task.entry.path : task.path;
      switch (outcome?.status) {
        case 'done':
          count(task);
          if (outcome.later !== undefined)
            warnings.add(`${showPath(path)} came after an earlier attempt; it was moved to ${outcome.later}`);
          break;
        case 'gone':
          if (task.kind === 'place') again.push({ ...task, over: false });
          break;
        case 'appeared':
          if (task.kind === 'place') again.push({ ...task, over: true });
          break;
        case 'damaged':
          throw damagedError(realPath(set, `${tree.folder}/${path}`), outcome.message, counts, into, run);
        case 'failed':
          throw await targetError(into, run, outcome, counts);
        case undefined:
          throw new Error(`nothing was told of ${path}`);
      }
    }
    if (again.length === 0) return;
    if (round === ROUNDS)
      throw new StepError(`Files come and go in ${into} while they are restored.`, {
        hint: 'Stop what works in that folder, then resume the run.',
      });
    await perform(again, round + 1);
  }

  function count(task: RestoreTask): void {
    if (task.kind === 'move-aside') counts.moved += 1;
    if (task.kind !== 'place') return;
    counts.placed += 1;
    if (task.over) counts.moved += 1;
    totals.files += 1;
    totals.bytes += task.entry.size;
    totals.bytesPlaced += task.entry.size;
    counter.add(1, 0);
  }

  const window = createWindow(AHEAD);
  const start = (work: () => Promise<void>): Promise<void> =>
    window.add(async () => {
      try {
        await withTarget(into, run, counts, work);
      } catch (error) {
        // The others end, and nothing is begun any more.
        stop.abort(error);
        throw error;
      }
    });

  const tasks = createBatch<RestoreTask>((batch) => start(() => perform(batch)));
  const reads = createBatch<FileEntry>((batch) => start(() => readAndJudge(batch)));

  async function readAndJudge(entries: readonly FileEntry[]): Promise<void> {
    const outcomes = await pool.hash(
      into,
      entries.map(({ path }) => path),
    );
    const differ = entries.filter((entry, index) => {
      const outcome = outcomes[index];
      const same = outcome?.status === 'hashed' && outcome.sha256 === entry.sha256;
      if (same) {
        totals.files += 1;
        totals.bytes += entry.size;
        counter.add(1, 0);
      }
      return !same;
    });
    if (differ.length > 0) await perform(differ.map((entry) => ({ kind: 'place', entry, over: true })));
  }

  async function take(step: CompareStep): Promise<void> {
    switch (step.kind) {
      case 'same':
        totals.files += step.files;
        totals.bytes += step.bytes;
        counter.add(step.files, step.bytes);
        return;
      case 'read':
        return reads.add(step.entry, step.entry.size);
      case 'place':
        return tasks.add({ kind: 'place', entry: step.entry, over: step.over }, step.entry.size);
      case 'folder':
        return tasks.add({ kind: 'folder', path: step.path }, 0);
      case 'in-the-way':
        await tasks.send();
        await window.drain();
        return perform([{ kind: 'move-aside', path: step.path }]);
      case 'extra':
        if (options.extra === 'move') return tasks.add({ kind: 'move-aside', path: step.path }, 0);
        totals.kept += 1;
        return;
      case 'bad-name':
        totals.kept += 1;
        warnings.add(`${step.path} in ${into} stays where it is: its name is no valid text`);
        return;
      case 'unreadable':
        throw await targetError(
          into,
          run,
          { target: realPath(into, step.path), code: 'EACCES', message: step.message },
          counts,
        );
    }
  }

  async function work(): Promise<void> {
    const steps = pool.compare({
      into,
      listing,
      leave: excludedPaths(options.leave ?? []),
      read: options.compare === 'content' || !isTrusted(earlier) ? 'same-time' : 'none',
      ...(earlier === undefined ? {} : { kept: kept.files }),
    });
    for await (const batch of steps) for (const step of batch) await take(step);
    await reads.send();
    await tasks.send();
    await window.drain();
    if (opening === undefined && isFlushed(earlier)) return;
    const written = await record();
    await withTarget(into, run, counts, async () => {
      if (!(await c.syncFileSystem(into, signal))) await flushChanges(pool, into, kept.record);
      await written.markDurable();
    });
  }

  try {
    await withTarget(into, run, counts, () => untilDoneOrStuck(work(), signal));
  } catch (error) {
    options.signal.throwIfAborted();
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    await pool.close();
    // One that could not be opened was told already.
    await opening?.then((one) => one.close()).catch(() => undefined);
  }
  counter.finish();
  return {
    files: totals.files,
    bytes: totals.bytes,
    filesPlaced: counts.placed,
    bytesPlaced: totals.bytesPlaced,
    moved: counts.moved,
    kept: totals.kept,
    durationMs: c.clock.monotonic() - began,
    warnings: warnings.list(),
  };
}

/** After the machine went down what an earlier attempt wrote may be gone, although sizes and times are right. */
function isTrusted(earlier: RecordState | undefined): boolean {
  return earlier?.unflushed.every((boot) => isSameBoot(boot, bootIdentity())) ?? true;
}

function isFlushed(earlier: RecordState | undefined): boolean {
  return earlier === undefined || earlier.unflushed.length === 0;
}

function changeOf(task: RestoreTask): Change {
  if (task.kind === 'folder') return { change: 'made-folder', path: task.path };
  if (task.kind === 'move-aside') return { change: 'removed', path: task.path };
  const { path, size, mtimeNs } = task.entry;
  return { change: task.over ? 'replaced' : 'added', path, size, mtimeNs };
}

function damagedError(
  file: string,
  message: string,
  { placed, moved }: RestoreCounts,
  into: string,
  run: string,
): VerificationError {
  return new VerificationError(`${showPath(file)} of the set ${message}; it was not restored.`, {
    hint: `The set is damaged. Use another one, or a copy of this one; \`sense-runbook rollback ${run}\` puts back what was there.`,
    ...(placed + moved === 0 ? {} : { changed: `some files in ${into} are those of the set already` }),
  });
}

interface Batch<T> {
  add(item: T, bytes: number): Promise<void>;
  send(): Promise<void>;
}

function createBatch<T>(start: (items: readonly T[]) => Promise<void>): Batch<T> {
  let items: T[] = [];
  let size = 0;
  async function send(): Promise<void> {
    if (items.length === 0) return;
    const full = items;
    items = [];
    size = 0;
    await start(full);
  }
  return {
    send,
    async add(item, bytes) {
      items.push(item);
      size += bytes;
      if (items.length >= BATCH_FILES || size >= BATCH_BYTES) await send();
    },
  };
}

function createWarnings(): { add(text: string): void; list(): string[] } {
  const named: string[] = [];
  let more = 0;
  return {
    add(text) {
      if (named.length < NAMED) named.push(text);
      else more += 1;
    },
    list: () => (more === 0 ? named : [...named, `${String(more)} more like these`]),
  };
}
