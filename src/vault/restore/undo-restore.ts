import { resolve } from 'node:path';
import { StepError } from '../../contract/errors.ts';
import { untilDoneOrStuck } from '../patience.ts';
import { createProgressCounter } from '../progress.ts';
import { showPath } from '../tree-trouble.ts';
import { createWorkerPool, type WorkerPool } from '../worker-pool.ts';
import { readChangesBackwards, type Change } from './changes.ts';
import { keptFolders, type KeptFolders } from './own-names.ts';
import { recordToUndo } from './record-to-undo.ts';
import { targetError, withTarget } from './restore-error.ts';
import { removeEmptyFolders, removeRoot, sweepRoot } from './target-root.ts';
import type { RestoreCollaborators, UndoneTree, UndoOptions } from './tree-restore.ts';

const NAMED = 20;
/** Nothing counts as changed: putting back can be done again. */
const NONE = { placed: 0, moved: 0 };

/** What came after the restore and was moved out of the way: the first ones, and how many. */
interface Later {
  readonly paths: string[];
  count: number;
}

/** See `TreeRestore.undo`. */
export async function undoRestore(options: UndoOptions, c: RestoreCollaborators): Promise<UndoneTree> {
  const into = resolve(options.into);
  const { run, signal } = options;
  const kept = keptFolders(into, run);
  await withTarget(into, run, NONE, () => sweepRoot(kept));
  const state = await recordToUndo(options);
  if (state === undefined) return { changes: 0, warnings: [] };
  const counter = createProgressCounter(c.clock, options.onProgress, { filesTotal: state.changes });
  const later: Later = { paths: [], count: 0 };
  const pool = createWorkerPool({ workers: c.workers, signal });
  try {
    await withTarget(into, run, NONE, () =>
      untilDoneOrStuck(
        putAllBack(
          { into, run, kept, pool },
          (changes) => {
            counter.add(changes.length, 0);
          },
          later,
        ),
        signal,
      ),
    );
  } finally {
    await pool.close();
  }
  await withTarget(into, run, NONE, async () => {
    // The record goes last: until all is on the disk it can be gone through again.
    await c.syncFileSystem(into, signal);
    await removeEmptied(kept, run);
    await removeRoot(kept, state.header.made);
  });
  counter.finish();
  return { changes: state.changes, warnings: wordsOf(later, kept.after) };
}

async function putAllBack(
  { into, run, kept, pool }: { into: string; run: string; kept: KeptFolders; pool: WorkerPool },
  onDone: (changes: readonly Change[]) => void,
  later: Later,
): Promise<void> {
  const job = { into, kept: kept.files, after: kept.after };
  for await (const changes of readChangesBackwards(kept.record)) {
    for (const outcome of await pool.putBack(job, changes)) {
      if (outcome.status === 'failed') throw await targetError(into, run, outcome, NONE);
      if (outcome.later === undefined) continue;
      later.count += 1;
      if (later.paths.length < NAMED) later.paths.push(outcome.later);
    }
    onDone(changes);
  }
}

async function removeEmptied(kept: KeptFolders, run: string): Promise<void> {
  try {
    await removeEmptyFolders(kept.files);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    throw new StepError(`In ${kept.files} there is something that its record does not tell.`, {
      hint: `All that the record tells is put back. Move the rest where it belongs, then \`sense-runbook rollback ${run}\` again.`,
      cause: error,
    });
  }
}

function wordsOf({ paths, count }: Later, folder: string): string[] {
  if (count === 0) return [];
  const names = paths.map((path) => showPath(path));
  const rest = count > paths.length ? ` and ${String(count - paths.length)} more` : '';
  return [
    `What came after the restore and was in the way was moved into ${folder}: ${names.join(', ')}${rest}. Look at it and remove that folder.`,
  ];
}
