import { compareWithSet } from './compare-with-set.ts';
import { discardKept, isMadeByRestore, sizeOfKept } from './kept-files.ts';
import { foreseeUndo } from './record-to-undo.ts';
import { restoreTree } from './restore-tree.ts';
import type { RestoreCollaborators, TreeRestore } from './tree-restore.ts';
import { undoRestore } from './undo-restore.ts';

/** Puts together what restores trees; nothing is read or started before it is asked for. */
export function createTreeRestore(c: RestoreCollaborators): TreeRestore {
  return {
    restore: (options) => restoreTree(options, c),
    compare: (options) => compareWithSet(options, c),
    undo: (options) => undoRestore(options, c),
    foreseeUndo,
    isMade: isMadeByRestore,
    kept: sizeOfKept,
    discard: discardKept,
  };
}
