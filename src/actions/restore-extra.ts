import * as z from 'zod';
import type { Action, ReadContext } from '../contract/action.ts';
import { PreflightError } from '../contract/errors.ts';
import type { ActionCollaborators } from './collaborators.ts';
import {
  compareInput,
  createTreesRestore,
  extraInput,
  restoreInput,
  withoutNested,
  type RestoredTargets,
  type RestoreTarget,
} from './restore-trees.ts';
import type { PlaceCollaborators } from './set-place.ts';
import { extraTree } from './trees.ts';

const PREFIX = 'extra/';

const input = z.strictObject({
  ...restoreInput,
  names: z.array(z.string().min(1)).default([]).describe('Of those under `extra`; none: all of the set'),
  compare: compareInput,
  extra: extraInput,
});

/** Restores the further folders of a set, such as QVD files (manual 5.7, p. 211), to where the site file has them. */
export function createRestoreExtra(
  c: Pick<ActionCollaborators, 'site' | 'restoreTrees'> & PlaceCollaborators,
): Action<z.infer<typeof input>, RestoredTargets> {
  function targetsOf({ nodes }: ReadContext): RestoreTarget[] {
    return withoutNested(
      c.site.extra.map((extra) => {
        const { to, from } = extraTree(extra, nodes);
        return { folder: to, into: from, leave: [] };
      }),
    );
  }

  return createTreesRestore(c, {
    name: 'restore.extra',
    input,
    how: ({ compare, extra }) => ({ compare, extra }),
    possible: ({ names }, context) =>
      targetsOf(context).filter(({ folder }) => names.length === 0 || names.includes(nameOf(folder))),
    choose({ names }, trees, context) {
      const inSet = trees.filter((folder) => folder.startsWith(PREFIX)).map(nameOf);
      const wanted = names.length === 0 ? inSet : names;
      const lacking = wanted.filter((name) => !inSet.includes(name));
      if (lacking.length > 0)
        throw new PreflightError(`The set has no extra folder ${lacking.join(', ')}.`, {
          hint: inSet.length === 0 ? 'It has none at all.' : `It has: ${inSet.join(', ')}`,
        });
      const targets = targetsOf(context);
      const homeless = wanted.filter((name) => !targets.some(({ folder }) => nameOf(folder) === name));
      if (homeless.length > 0)
        throw new PreflightError(
          `The set has the extra folder ${homeless.join(', ')}, and the site file does not say where that goes.`,
          { hint: 'Give it under "extra" in site.yaml, or name the folders to be restored.' },
        );
      const chosen = targets.filter(({ folder }) => wanted.includes(nameOf(folder)));
      return { targets: chosen, notes: chosen.length === 0 ? ['The set has no extra folders.'] : [] };
    },
  });
}

function nameOf(folder: string): string {
  return folder.slice(PREFIX.length);
}
