import * as z from 'zod';
import type { Action } from '../contract/action.ts';
import { messageOf, NotReadyError, SiteDownError } from '../contract/errors.ts';
import type { ReadableNode } from '../contract/node.ts';
import type { HttpOperation } from '../contract/operation.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { adviceOf, unreachable } from './failure.ts';
import { countsAsRunning, wordOf } from './service-order.ts';
import { UNREACHABLE_MS } from './start-services.ts';

const input = z.strictObject({});

/**
 * Waits until the Repository Service of the node says that it runs (state 2): Windows calls a service running long
 * before. A port that cannot be reached from here is a warning; a service that answers and is not ready is not.
 */
export function createRepositoryReady(
  c: Pick<ActionCollaborators, 'site'>,
): Action<z.infer<typeof input>, null> {
  return {
    name: 'repository.ready',
    effect: 'read',
    input,
    onCancel: 'kill',

    async describe(_input, { node }) {
      try {
        const operation = askOperation(node);
        return { operations: [(await hasRepository(node)) ? operation : { ...operation, repeat: true }] };
      } catch (error) {
        return unreachable(node, error);
      }
    },

    prepare: () => Promise.resolve(null),

    async execute(_input, _before, context) {
      const { node } = context;
      if (!(await hasRepository(node))) return { ready: false };
      const limits = { timeoutMs: c.site.timeouts.ready, unreachableMs: UNREACHABLE_MS };
      try {
        await context.perform(askOperation(node), (signal) => node.ready({ ...limits, signal }));
        return { ready: true };
      } catch (error) {
        context.signal.throwIfAborted();
        if (!(error instanceof NotReadyError)) throw error;
        if (!error.unreachable)
          throw new SiteDownError(`${node.name}: ${messageOf(error)}`, {
            hint: adviceOf(error) ?? '',
            changed: 'The services were stopped and started again.',
            cause: error,
          });
        context.warn(
          `${node.name}: whether the Repository Service is ready is not known: ${error.message}`,
          adviceOf(error),
        );
        return { ready: false };
      }
    },

    check: () => Promise.resolve('not-done'),
  };
}

/** Whether the Repository Service runs on the node: one that was not running before is left alone. */
async function hasRepository(node: ReadableNode): Promise<boolean> {
  const services = await node.services.list();
  return services.some((status) => wordOf(status.name) === 'repository' && countsAsRunning(status));
}

function askOperation(node: ReadableNode): HttpOperation {
  return { kind: 'http', method: 'GET', url: node.readyUrl, effect: 'read' };
}
