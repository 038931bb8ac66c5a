import type { Action, ReadContext } from '../contract/action.ts';
import { StepError } from '../contract/errors.ts';
import type { ServiceStatus } from '../contract/node.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { unreachable } from './failure.ts';
import { countsAsRunning, isExcepted, serviceSelection, stopGroups } from './service-order.ts';
import type { ServiceSelection } from './service-order.ts';
import { stopGroup, stopOperation } from './stop-services.ts';

/** `running` is what has to be started again; `groups` are what is to stop, in order. */
export type StoppedBefore = { running: string[]; groups: string[][] };

/**
 * Stops the services a step means on one node, in the reverse of the manual's start order (1.3, p. 40), each awaited.
 * It has no undo: an always-step reverses it with `services.start-stopped`.
 */
export function createServicesStop(
  c: Pick<ActionCollaborators, 'site'>,
): Action<ServiceSelection, StoppedBefore> {
  return {
    name: 'services.stop',
    effect: 'change',
    input: serviceSelection,
    onCancel: 'wait',

    async describe(input, { node }) {
      let groups: ServiceStatus[][];
      try {
        groups = await stopGroups(node, input);
      } catch (error) {
        return unreachable(node, error);
      }
      const all = groups.flat();
      // What is left out was stopped by an earlier step, as a rule.
      const certain = (status: ServiceStatus): boolean =>
        countsAsRunning(status) && !isExcepted(status.name, input);
      const strangers = all.filter((status) => !selectedByName(status, input)).map((status) => status.name);
      return {
        operations: all.map((status) => stopOperation(status.name, certain(status))),
        outputs: { stopped: all.filter(certain).map((status) => status.name) },
        notes:
          strangers.length === 0 ? [] : [`Stopped too, since they depend on these: ${strangers.join(', ')}.`],
      };
    },

    async prepare(input, { node }) {
      const groups = await stopGroups(node, input);
      const running = groups.flat().filter(countsAsRunning);
      const disabled = running.filter((status) => status.startType === 'disabled').map(({ name }) => name);
      if (disabled.length > 0) {
        throw new StepError(
          `${node.name}: ${disabled.join(', ')} would not start again: disabled while running`,
          {
            hint: 'Nothing was stopped. Set their start type to automatic or manual, or stop them for good, then run again.',
          },
        );
      }
      return {
        running: running.map(({ name }) => name),
        groups: groups
          .map((group) => group.filter(({ state }) => state !== 'stopped').map(({ name }) => name))
          .filter((group) => group.length > 0),
      };
    },

    async execute(_input, before, context) {
      const how = {
        certain: (service: string) => before.running.includes(service),
        timeoutMs: c.site.timeouts.serviceStop,
        then: 'What was stopped is started again.',
      };
      for (const group of before.groups) await stopGroup(group, context, how);
      return { stopped: before.running };
    },

    async check(_input, before, { node }) {
      const stopped = await countStopped(before.running, { node });
      if (stopped === before.running.length) return 'done';
      return stopped === 0 ? 'not-done' : 'partial';
    },
  };
}

async function countStopped(
  services: readonly string[],
  { node }: Pick<ReadContext, 'node'>,
): Promise<number> {
  const states = await Promise.all(services.map((service) => node.services.query(service)));
  return states.filter(({ state }) => state === 'stopped').length;
}

function selectedByName(status: ServiceStatus, input: ServiceSelection): boolean {
  return input.only === undefined ? /^(qlik|postgresql)/i.test(status.name) : true;
}
