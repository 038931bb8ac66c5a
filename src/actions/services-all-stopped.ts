import * as z from 'zod';
import type { Action, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { ServiceOperation } from '../contract/operation.ts';
import { isDatabase } from './service-order.ts';

const input = z.strictObject({});

/**
 * Makes sure that nothing of Qlik Sense but the database runs on the node, before what it works with is replaced. It looks
 * before it begins, so that one that fails has begun nothing: the services may start again then. It changes nothing, and
 * may so be put back: as the first step of a part in which the site must not start.
 */
export function createServicesAllStopped(): Action<z.infer<typeof input>, null> {
  return {
    name: 'services.all-stopped',
    effect: 'read',
    input,
    onCancel: 'kill',
    describe: (_input, { node }) => Promise.resolve({ operations: [queryOperation(node.name)] }),

    async prepare(_input, context) {
      const running = await runningOn(context);
      if (running.length > 0)
        throw new StepError(`${context.node.name}: ${running.join(', ')} should be stopped by now`, {
          hint: 'Something has started it again: the recovery settings of the service, or a person. Stop it, then `sense-runbook resume`.',
        });
      return null;
    },

    async execute(_input, _before, context) {
      await context.perform(queryOperation(context.node.name), () => Promise.resolve());
      return {};
    },

    check: () => Promise.resolve('not-done'),
    undo: () => Promise.resolve(),
  };
}

async function runningOn({ node }: Pick<ReadContext, 'node'>): Promise<string[]> {
  const services = await node.services.list();
  return services
    .filter(({ name, state }) => state !== 'stopped' && !isDatabase(name))
    .map(({ name, state }) => `${name} (${state})`);
}

function queryOperation(node: string): ServiceOperation {
  return {
    kind: 'service',
    verb: 'query',
    service: `every Qlik Sense service of ${node}`,
    effect: 'read',
  };
}
