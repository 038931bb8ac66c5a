import fs from 'node:fs/promises';
import * as z from 'zod';
import type { Action, ReadContext } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import { initialiseCommand, startCommand } from '../postgres/cluster-commands.ts';
import { clusterFiles } from '../postgres/cluster-files.ts';
import { SCRATCH_SUPERUSER } from '../postgres/scratch-cluster.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { known, orPlaceholder } from './input.ts';
import { clusterOperation, describedExec, scratchFolder } from './scratch.ts';

const input = z.strictObject({
  /** Major version of the server that was dumped. */
  major: orPlaceholder(z.number()),
});

/** Written down before the folder is made. */
export type ScratchBefore = { folder: string };

/**
 * Makes and starts a PostgreSQL server to restore into: of the same major version, in a folder of its own, on a free port
 * of 127.0.0.1 that is not the site's, with a random password. `drill.remove-cluster` removes it.
 */
export function createDrillStartCluster(
  c: Pick<ActionCollaborators, 'scratch'>,
): Action<z.infer<typeof input>, ScratchBefore> {
  const makeFolder = (folder: string): FileOperation => ({
    kind: 'file',
    verb: 'make-folder',
    path: folder,
    effect: 'change',
  });
  const folderOf = (context: Pick<ReadContext, 'run'>): string => scratchFolder(c.scratch, context);

  return {
    name: 'drill.start-cluster',
    effect: 'change',
    input,
    onCancel: 'kill',

    async describe({ major }, context) {
      const folder = folderOf(context);
      const version = known(major);
      if (typeof version !== 'number') return { operations: [makeFolder(folder)], basis: 'assumed' };
      const programs = await c.scratch.programs(version);
      const files = clusterFiles(folder);
      const options = { superuser: SCRATCH_SUPERUSER, durable: false };
      return {
        operations: [
          makeFolder(folder),
          clusterOperation(initialiseCommand(programs, files, options)),
          // Again when somebody takes the free port in between.
          { ...clusterOperation(startCommand(programs, files)), repeat: true },
        ],
        observed: { programs: programs.folder, version: programs.version },
      };
    },

    prepare: (_input, context) => Promise.resolve({ folder: folderOf(context) }),

    async execute({ major }, { folder }, context) {
      const programs = await c.scratch.programs(Number(major));
      // Left by an earlier attempt of this run.
      await c.scratch.remove(folder, programs);
      await context.perform(makeFolder(folder), () => fs.mkdir(folder, { recursive: true, mode: 0o700 }));
      try {
        const { port } = await c.scratch.start(folder, programs, describedExec(context));
        return { folder, port, version: programs.version };
      } catch (error) {
        // Ctrl+C ends pg_ctl too, which then looks like a server that does not start.
        context.signal.throwIfAborted();
        throw error;
      }
    },

    check: () => Promise.resolve('not-done'),

    async cleanUp({ major }, { folder }) {
      const removed = await c.scratch.remove(folder, await c.scratch.programs(Number(major)));
      return removed ? [`removed the scratch database in ${folder}`] : [];
    },
  };
}
