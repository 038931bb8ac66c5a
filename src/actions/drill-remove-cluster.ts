import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { stopCommand } from '../postgres/cluster-commands.ts';
import { clusterFiles } from '../postgres/cluster-files.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { known, orPlaceholder } from './input.ts';
import { clusterOperation, copyFolder, describedExec, removalOf, scratchFolder } from './scratch.ts';

const input = z.strictObject({
  /** Major version of it; absent when the run did not get as far as making one. */
  major: orPlaceholder(z.number()).optional(),
});

/** Ends the scratch database of this run and removes it, whatever of it there is; for an always-step. */
export function createDrillRemoveCluster(
  c: Pick<ActionCollaborators, 'scratch'>,
): Action<z.infer<typeof input>, null> {
  return createRemoval(c, 'drill.remove-cluster', scratchFolder);
}

/** The same for the copy of a data folder. */
export function createClusterRemove(
  c: Pick<ActionCollaborators, 'scratch'>,
): Action<z.infer<typeof input>, null> {
  return createRemoval(c, 'cluster.remove', copyFolder);
}

function createRemoval(
  c: Pick<ActionCollaborators, 'scratch'>,
  name: string,
  folderOf: typeof scratchFolder,
): Action<z.infer<typeof input>, null> {
  return {
    name,
    effect: 'change',
    input,
    onCancel: 'wait',

    async describe({ major }, context) {
      const folder = folderOf(c.scratch, context);
      const version = known(major);
      if (typeof version !== 'number') return { operations: [removalOf(folder)], basis: 'assumed' };
      const stop = stopCommand(await c.scratch.programs(version), clusterFiles(folder), 'immediate');
      return { operations: [{ ...clusterOperation(stop), repeat: true }, removalOf(folder)] };
    },

    prepare: () => Promise.resolve(null),

    async execute({ major }, _before, context) {
      const folder = folderOf(c.scratch, context);
      if (typeof major !== 'number') return { removed: false };
      const programs = await c.scratch.programs(major);
      const removed = await context.perform(removalOf(folder), () =>
        c.scratch.remove(folder, programs, describedExec(context)),
      );
      return { removed };
    },

    // Removing what is not there is harmless: it is done again.
    check: () => Promise.resolve('not-done'),
  };
}
