import { resolve } from 'node:path';
import { ExpectedError, StepError } from '../../contract/errors.ts';
import { readRecord, type RecordState } from './changes.ts';
import { keptFolders } from './own-names.ts';
import { withTarget } from './restore-error.ts';
import { lstatIfThere } from './target-root.ts';
import type { ForeseenUndo, UndoOptions } from './tree-restore.ts';

const NONE = { placed: 0, moved: 0 };

/**
 * What a restore wrote down of its changes; undefined: nothing has to be undone.
 * @throws StepError when it cannot be undone: the folder is not there, what was kept is removed, the record is none of ours
 */
export async function recordToUndo({
  into: folder,
  run,
  made,
}: Pick<UndoOptions, 'into' | 'run' | 'made'>): Promise<RecordState | undefined> {
  const into = resolve(folder);
  const state = await withTarget(into, run, NONE, () => readRecord(keptFolders(into, run).record));
  if (state === undefined && made !== true && (await lstatIfThere(into)) === undefined)
    throw new StepError(`${into} is not there: whether anything has to be put back in it cannot be told.`, {
      hint: `Look whether its disk or network share is there; then \`sense-runbook rollback ${run}\` again.`,
    });
  if (state?.discarded === true)
    throw new StepError(`What was moved aside in ${into} was removed for good: it cannot be put back.`, {
      hint: `Restore another backup set, or finish the removal with \`sense-runbook cleanup ${run}\`.`,
    });
  return state;
}

/**
 * See `TreeRestore.foreseeUndo`. That what was kept is gone only shows before the undo begins: it removes files and record
 * itself, so that afterwards nobody can tell.
 */
export async function foreseeUndo(options: ForeseenUndo): Promise<ExpectedError[]> {
  const { run, made, begun, changed } = options;
  const into = resolve(options.into);
  const kept = keptFolders(into, run);
  try {
    const state = await recordToUndo(options);
    if (begun) return [];
    const wanted = state === undefined ? changed && made !== true : state.moves > 0;
    if (!wanted || (await lstatIfThere(kept.files)) !== undefined) return [];
    return [
      new StepError(`What was moved aside in ${into} is not there any more: ${kept.files}.`, {
        hint: `Somebody removed or moved it. Put ${kept.before} back as it was; without it the old files are lost.`,
      }),
    ];
  } catch (error) {
    if (error instanceof ExpectedError) return [error];
    throw error;
  }
}
