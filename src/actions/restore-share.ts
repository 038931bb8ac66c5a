import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { PreflightError } from '../contract/errors.ts';
import type { SiteShare } from '../site/schema.ts';
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
import { shareTrees } from './trees.ts';

const input = z.strictObject({ ...restoreInput, compare: compareInput, extra: extraInput });

/**
 * Restores the file share (manual 5.7, p. 211): its root, and the folders of it that lie elsewhere.
 * What is the same is left, what is not is moved aside first.
 */
export function createRestoreShare(
  c: Pick<ActionCollaborators, 'site' | 'restoreTrees'> & PlaceCollaborators,
): Action<z.infer<typeof input>, RestoredTargets> {
  return createTreesRestore(c, {
    name: 'restore.share',
    input,
    how: ({ compare, extra }) => ({ compare, extra }),
    possible: () => targetsOf(c.site.share),
    choose(_input, trees) {
      const targets = targetsOf(c.site.share);
      const inSet = trees.filter((folder) => /^share(?:$|-)/.test(folder));
      const homeless = inSet.filter((folder) => !targets.some((target) => target.folder === folder));
      const lacking = targets.filter(({ folder }) => !inSet.includes(folder));
      if (homeless.length > 0)
        throw new PreflightError(
          `The set has ${homeless.join(', ')}, and the site file does not say where that goes.`,
          { hint: 'Give the folders of the share in site.yaml (share) as they were when the set was made.' },
        );
      if (lacking.length > 0)
        throw new PreflightError(
          `The site file names ${lacking.map(({ into }) => into).join(', ')}, and the set has no ${lacking.map(({ folder }) => folder).join(', ')}.`,
          { hint: 'Give the folders of the share in site.yaml (share) as they were when the set was made.' },
        );
      const other = trees.filter((folder) => !/^(?:share(?:$|-)|(?:extra|logs|config)\/)/.test(folder));
      const notes = other.map(
        (folder) => `The set has ${folder} too, which no runbook of ours made: copy it by hand.`,
      );
      return { targets, notes };
    },
  });
}

function targetsOf(share: SiteShare): RestoreTarget[] {
  return withoutNested(
    shareTrees(share).map(({ from, to, exclude }) => ({ folder: to, into: from, leave: exclude })),
  );
}
