import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { sameHost } from '../foundation/same-host.ts';
import { hostOf, readNodes, readTopology } from './check-topology.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { repositoryName } from './database-names.ts';
import { factOf } from './failure.ts';

const input = z.strictObject({
  /** Host of the central node before the services were stopped. */
  central: z.string(),
});

/**
 * After the start: whether the central node is still the central node. A downtime beyond the failover timeout moves
 * that role to a candidate (manual 2.4, p. 135). A warning, since the site works all the same.
 */
export function createTopologyCheck(
  c: Pick<ActionCollaborators, 'site' | 'database'>,
): Action<z.infer<typeof input>, null> {
  const repository = repositoryName(c.site.database.names);
  const read = readNodes(repository);
  return {
    name: 'topology.check',
    effect: 'read',
    input,
    onCancel: 'kill',
    describe: () => Promise.resolve({ operations: [read] }),
    prepare: () => Promise.resolve(null),
    async execute({ central }, _before, context) {
      try {
        const topology = await context.perform(read, () => readTopology(c, repository));
        const now = hostOf(topology.central);
        if (central !== '' && !sameHost(now, central)) {
          context.warn(
            `The central node was ${central} and is now ${now === '' ? 'unknown' : now}: the site has failed over.`,
            'Move the role back in a quiet hour (POST /qrs/failover/tonode/ID, manual 2.4, p. 136), or correct the roles in site.yaml.',
          );
        }
        return { central: now };
      } catch (error) {
        context.signal.throwIfAborted();
        context.warn(
          `The central node could not be read after the start: ${factOf(error)}`,
          'Look at the nodes in the QMC.',
        );
        return { central: '' };
      }
    },
    check: () => Promise.resolve('not-done'),
  };
}
