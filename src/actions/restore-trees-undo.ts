import type { Action } from '../contract/action.ts';
import type { ExpectedError } from '../contract/errors.ts';
import type { FileOperation } from '../contract/operation.ts';
import { keptFolders } from '../vault/restore/own-names.ts';
import type { TreeRestore } from '../vault/restore/tree-restore.ts';
import type { RestoredTargets } from './restore-trees.ts';

type Undo<Input> = Required<Pick<Action<Input, RestoredTargets>, 'undo' | 'describeUndo' | 'foreseeUndo'>>;

/** Puts back what restores of folders moved aside, the last one first; may be done again. */
export function putBackTrees<Input>(restoreTrees: Pick<TreeRestore, 'undo' | 'foreseeUndo'>): Undo<Input> {
  return {
    describeUndo(_input, { targets }, _outputs, context) {
      return Promise.resolve({
        operations: targets.map(({ into }) => putBackOperation(into, context.run.id)),
      });
    },

    async foreseeUndo(_input, { targets }, outputs, { run }, { begun }) {
      const changedIn = outputs?.['changedIn'];
      const found: ExpectedError[] = [];
      for (const { into, made } of targets.toReversed()) {
        const changed = Array.isArray(changedIn) && changedIn.includes(into);
        found.push(...(await restoreTrees.foreseeUndo({ into, made, run: run.id, begun, changed })));
      }
      return found;
    },

    async undo(_input, { targets }, _outputs, context) {
      const { run } = context;
      for (const { into, made } of targets.toReversed()) {
        const { warnings } = await context.perform(putBackOperation(into, run.id), (signal) =>
          restoreTrees.undo({
            into,
            made,
            run: run.id,
            signal,
            onProgress: (progress) => {
              context.progress(progress);
            },
          }),
        );
        for (const warning of warnings) context.warn(warning);
      }
    },
  };
}

function putBackOperation(into: string, run: string): FileOperation {
  return {
    ...{ kind: 'file', verb: 'move', effect: 'change', repeat: true },
    source: keptFolders(into, run).before,
    path: into,
  };
}
