import { StepError, VerificationError } from '../../contract/errors.ts';
import { bootIdentity } from '../boot.ts';
import type { ProgressCounter } from '../progress.ts';
import { realPath } from '../set-names.ts';
import { showPath } from '../tree-trouble.ts';
import { createWindow } from '../window.ts';
import type { WorkerPool } from '../worker-pool.ts';
import { createBatch } from './batch.ts';
import { openRecord, type Change, type ChangeRecord } from './changes.ts';
import type { CompareStep } from './compare-tree.ts';
import { keptFolders } from './own-names.ts';
import { targetError, withTarget, type RestoreCounts } from './restore-error.ts';
import type { RestoreOutcome, RestoreTask } from './restore-task.ts';
import { makeRoot } from './target-root.ts';
import type { RestoreTreeOptions } from './tree-restore.ts';

/** What one worker does in one go. */
const BATCH = { items: 256, bytes: 16 * 1024 * 1024 };
/** Batches on their way, so that no worker waits. */
const AHEAD = 16;
/**
 * Tasks that are written down together: flushing the record takes as long as all else that is on its way to that disk.
 * The first few are not kept waiting for many.
 */
const NOTED = { first: 64, growth: 4, most: 4096 };
/** A file that comes and goes while it is restored is tried again so often. */
const ROUNDS = 3;
const NAMED = 100;

/** What a pass is made of. */
export interface RestorePassOptions {
  readonly options: Omit<RestoreTreeOptions, 'signal' | 'onProgress'>;
  readonly pool: WorkerPool;
  readonly counter: ProgressCounter;
  /** An earlier attempt left a record, with which this one goes on. */
  readonly goesOn: boolean;
  /** Called with the first failure: nothing is begun any more. */
  readonly onFailure: (error: unknown) => void;
}

/** What a pass has done so far. Bytes are logical sizes. */
interface PassTotals extends RestoreCounts {
  files: number;
  bytes: number;
  bytesPlaced: number;
  kept: number;
}

/** Takes what a comparison met, in order; writes down what is to be changed, then has it done. */
export interface RestorePass {
  readonly totals: PassTotals;
  take(step: CompareStep): Promise<void>;
  /** Waits for all. @throws what failed first */
  finish(): Promise<void>;
  /** The record, made with the first change: where all is the same, nothing is written. */
  record(): Promise<ChangeRecord>;
  hasChanged(): boolean;
  warnings(): string[];
  close(): Promise<void>;
}

/** A file of the target that has to be read to know whether it is the same. */
type Unread = Pick<Extract<CompareStep, { kind: 'read' }>, 'entry' | 'was'>;

/** Begins a pass; `close` must always be called. */
export function createRestorePass({
  options,
  pool,
  counter,
  goesOn,
  onFailure,
}: RestorePassOptions): RestorePass {
  const { set, tree, into, run } = options;
  const kept = keptFolders(into, run);
  const job = { set, tree: tree.folder, into, kept: kept.files, after: kept.after };
  const totals: PassTotals = { files: 0, bytes: 0, bytesPlaced: 0, placed: 0, moved: 0, kept: 0 };
  const warnings = createWarnings();
  const window = createWindow(AHEAD);
  let opening: Promise<ChangeRecord> | undefined;
  let noting = Promise.resolve();
  let noted = NOTED.first;

  const small = createBatch<RestoreTask>(
    () => BATCH,
    (tasks) => {
      const before = noting;
      return start(() => before.then(() => carryOut(tasks, 1)));
    },
  );
  const large = createBatch<RestoreTask>(() => ({ items: noted, bytes: Infinity }), noteAndStart);
  const reads = createBatch<Unread>(
    () => BATCH,
    (files) => start(() => readAndJudge(files)),
  );

  function start(work: () => Promise<void>): Promise<void> {
    return window.add(async () => {
      try {
        await withTarget(into, run, totals, work);
      } catch (error) {
        onFailure(error);
        throw error;
      }
    });
  }

  function record(): Promise<ChangeRecord> {
    opening ??= withTarget(into, run, totals, async () => {
      if (!goesOn) await makeRoot(into, kept, { schemaVersion: 1, run, set, tree: tree.folder });
      return openRecord(kept.record, bootIdentity());
    });
    return opening;
  }

  async function note(tasks: readonly RestoreTask[]): Promise<void> {
    const written = await record();
    await withTarget(into, run, totals, () => written.append(tasks.map(changeOf)));
  }

  async function noteAndStart(tasks: readonly RestoreTask[]): Promise<void> {
    noted = Math.min(NOTED.most, noted * NOTED.growth);
    noting = note(tasks);
    // Those that wait for it tell it.
    noting.catch(() => undefined);
    for (const task of tasks) await small.add(task, task.kind === 'place' ? task.entry.size : 0);
    await small.send();
  }

  async function perform(tasks: readonly RestoreTask[], round = 1): Promise<void> {
    await note(tasks);
    await carryOut(tasks, round);
  }

  async function carryOut(tasks: readonly RestoreTask[], round: number): Promise<void> {
    const outcomes = await pool.restore(job, tasks);
    const again: RestoreTask[] = [];
    for (const [index, task] of tasks.entries()) again.push(...(await settle(task, outcomes[index])));
    if (again.length === 0) return;
    if (round === ROUNDS)
      throw new StepError(`Files come and go in ${into} while they are restored.`, {
        hint: 'Stop what works in that folder, then resume the run.',
      });
    await perform(again, round + 1);
  }

  /** Gives what is to be done instead. @throws what is wrong */
  async function settle(task: RestoreTask, outcome: RestoreOutcome | undefined): Promise<RestoreTask[]> {
    const path = task.kind === 'place' ? task.entry.path : task.path;
    switch (outcome?.status) {
      case 'done':
        count(task);
        if (outcome.later !== undefined)
          warnings.add(`${showPath(path)} came after an earlier attempt; it was moved to ${outcome.later}`);
        return [];
      case 'gone':
        return task.kind === 'place' ? [{ kind: 'place', entry: task.entry, over: false }] : [];
      case 'appeared':
        return task.kind === 'place' ? [{ ...task, over: true }] : [];
      case 'damaged':
        throw damagedError(realPath(set, `${tree.folder}/${path}`), outcome.message, totals, options);
      case 'failed':
        throw await targetError(into, run, outcome, totals);
      case undefined:
        throw new Error(`nothing was told of ${path}`);
    }
  }

  function count(task: RestoreTask): void {
    if (task.kind === 'move-aside') totals.moved += 1;
    if (task.kind !== 'place') return;
    totals.placed += 1;
    if (task.over) totals.moved += 1;
    totals.bytesPlaced += task.entry.size;
    isThere(1, task.entry.size, 0);
  }

  /** `told`: those of the bytes that progress does not know of yet. */
  function isThere(files: number, bytes: number, told: number): void {
    totals.files += files;
    totals.bytes += bytes;
    counter.add(files, told);
  }

  async function readAndJudge(unread: readonly Unread[]): Promise<void> {
    const outcomes = await pool.hash(
      into,
      unread.map(({ entry }) => entry.path),
    );
    const differ: RestoreTask[] = [];
    for (const [index, file] of unread.entries()) {
      const { entry } = file;
      const outcome = outcomes[index];
      if (outcome?.status === 'hashed' && outcome.sha256 === entry.sha256) isThere(1, entry.size, 0);
      else differ.push({ ...file, kind: 'place', over: true });
    }
    if (differ.length > 0) await perform(differ);
  }

  async function sendAll(): Promise<void> {
    await reads.send();
    await large.send();
    await window.drain();
  }

  return {
    totals,
    record,
    finish: sendAll,
    hasChanged: () => opening !== undefined,
    warnings: () => warnings.list(),
    async take(step) {
      switch (step.kind) {
        case 'same':
          isThere(step.files, step.bytes, step.bytes);
          return;
        case 'read':
          return reads.add(step, step.entry.size);
        case 'place':
          return large.add(step, step.entry.size);
        case 'folder':
          return large.add({ kind: 'folder', path: step.path }, 0);
        case 'in-the-way':
          await sendAll();
          return perform([{ kind: 'move-aside', path: step.path }]);
        case 'extra':
          if (options.extra === 'move') return large.add({ kind: 'move-aside', path: step.path }, 0);
          totals.kept += 1;
          return;
        case 'link':
          totals.kept += 1;
          if (options.extra === 'move')
            warnings.add(
              `${showPath(step.path)} in ${into} is a link that the set has not; it stays, and what it leads to is left alone`,
            );
          return;
        case 'bad-name':
          totals.kept += 1;
          warnings.add(`${step.path} in ${into} stays where it is: its name is no valid text`);
          return;
        case 'unreadable': {
          const { path, code, message } = step;
          throw await targetError(into, run, { target: realPath(into, path), code, message }, totals);
        }
      }
    },
    async close() {
      // One that could not be opened was told already.
      await opening?.then((one) => one.close()).catch(() => undefined);
    },
  };
}

function changeOf(task: RestoreTask): Change {
  if (task.kind === 'folder') return { change: 'made-folder', path: task.path };
  if (task.kind === 'move-aside') return { change: 'removed', path: task.path };
  const { path, size, mtimeNs } = task.entry;
  if (!task.over) return { change: 'added', path, size, mtimeNs };
  return { change: 'replaced', path, size, mtimeNs, ...(task.was !== undefined && { was: task.was }) };
}

function damagedError(
  file: string,
  message: string,
  { placed, moved }: RestoreCounts,
  { into, run }: Pick<RestoreTreeOptions, 'into' | 'run'>,
): VerificationError {
  return new VerificationError(`${showPath(file)} of the set ${message}; it was not restored.`, {
    hint: `The set is damaged. Use another one, or a copy of this one; \`sense-runbook rollback ${run}\` puts back what was there.`,
    ...(placed + moved === 0 ? {} : { changed: `some files in ${into} are those of the set already` }),
  });
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
