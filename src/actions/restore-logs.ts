import * as z from 'zod';
import type { Action, ReadContext } from '../contract/action.ts';
import { PreflightError } from '../contract/errors.ts';
import type { ActionCollaborators } from './collaborators.ts';
import {
  createTreesRestore,
  restoreInput,
  withoutNested,
  type RestoredTargets,
  type RestoreTarget,
} from './restore-trees.ts';
import type { PlaceCollaborators } from './set-place.ts';
import { logTrees } from './trees.ts';

const input = z.strictObject(restoreInput);

/** Restores the log folders of the node (manual 5.3, p. 189). What was logged since the backup stays beside it. */
export function createRestoreLogs(
  c: Pick<ActionCollaborators, 'site' | 'restoreTrees'> & PlaceCollaborators,
): Action<z.infer<typeof input>, RestoredTargets> {
  const targetsOf = ({ node }: ReadContext): RestoreTarget[] =>
    withoutNested(logTrees(c.site, node).map(({ from, to }) => ({ folder: to, into: from, leave: [] })));

  return createTreesRestore(c, {
    name: 'restore.logs',
    input,
    how: () => ({ compare: 'quick', extra: 'keep' }),
    possible: (_input, context) => targetsOf(context),
    choose(_input, trees, context) {
      const { name } = context.node;
      const own = `logs/${name}`;
      const inSet = trees.filter((folder) => folder === own || folder.startsWith(`${own}/`));
      const targets = targetsOf(context);
      const homeless = inSet.filter((folder) => !targets.some((target) => target.folder === folder));
      if (homeless.length > 0)
        throw new PreflightError(
          `The set has ${homeless.join(', ')}, and the site file does not say where that goes.`,
          { hint: 'Give logs.folders in site.yaml as they were when the set was made.' },
        );
      const chosen = targets.filter(({ folder }) => inSet.includes(folder));
      return { targets: chosen, notes: chosen.length === 0 ? [`The set has no logs of ${name}.`] : [] };
    },
  });
}
