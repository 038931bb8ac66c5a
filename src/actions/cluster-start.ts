import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import type { FileOperation } from '../contract/operation.ts';
import { startCommand } from '../postgres/cluster-commands.ts';
import { clusterFiles } from '../postgres/cluster-files.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { known, orPlaceholder } from './input.ts';
import { clusterOperation, copyFolder, describedExec } from './scratch.ts';

const input = z.strictObject({
  /** Major version of the data folder. */
  major: orPlaceholder(z.number()),
  /** Superuser of that server. */
  user: z.string().min(1).default('postgres'),
});

/**
 * Starts a server on the copy of a data folder, with programs of its own version, as an unprivileged user, on a free port
 * of this machine only. No password is asked there: that of the old site may be known to nobody.
 */
export function createClusterStart(
  c: Pick<ActionCollaborators, 'scratch'>,
): Action<z.infer<typeof input>, null> {
  const configure = (folder: string): FileOperation => ({
    kind: 'file',
    verb: 'write',
    path: clusterFiles(folder).settings,
    effect: 'change',
  });
  return {
    name: 'cluster.start',
    effect: 'change',
    input,
    onCancel: 'kill',
    async describe({ major }, context) {
      const folder = copyFolder(c.scratch, context);
      const version = known(major);
      if (typeof version !== 'number') return { operations: [configure(folder)], basis: 'assumed' };
      const start = clusterOperation(startCommand(await c.scratch.programs(version), clusterFiles(folder)));
      return {
        // Again when somebody takes the free port in between.
        operations: [configure(folder), { ...start, repeat: true }],
        notes: ['In the copy pg_hba.conf lets everybody on this machine in, as long as the copy is there.'],
      };
    },
    prepare: () => Promise.resolve(null),
    async execute({ major, user }, _before, context) {
      const folder = copyFolder(c.scratch, context);
      const programs = await c.scratch.programs(Number(major));
      try {
        const { port } = await context.perform(configure(folder), () =>
          c.scratch.startCopy(folder, programs, { user, exec: describedExec(context) }),
        );
        return { port, version: programs.version };
      } catch (error) {
        // Ctrl+C ends pg_ctl too, which then looks like a server that does not start.
        context.signal.throwIfAborted();
        throw error;
      }
    },
    check: () => Promise.resolve('not-done'),
  };
}
