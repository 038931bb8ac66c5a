import type { Action } from '../contract/action.ts';
import type { ServiceStatus } from '../contract/node.ts';
import type { StartType } from '../contract/start-type.ts';
import { unreachable } from './failure.ts';
import { isDatabase, isMeant, serviceSelection, type ServiceSelection } from './service-order.ts';
import { setStartTypes, startTypeOperation } from './start-types.ts';

/** Start types, by service, of those that Windows starts by itself. */
export type StartTypesBefore = { startTypes: Record<string, StartType> };

/**
 * Sets the services of automatic start on one node to Manual, so that Windows starts none of them after a power cut or a
 * restart in the middle of the work; the database is left alone. It has no undo: an always-step reverses it with
 * `services.set-start-types-back`.
 */
export function createServicesSetManual(): Action<ServiceSelection, StartTypesBefore> {
  return {
    name: 'services.set-manual',
    effect: 'change',
    input: serviceSelection,
    onCancel: 'wait',

    async describe(input, { node }) {
      try {
        const services = Object.keys(automaticOf(await node.services.list(), input));
        return { operations: services.map((service) => startTypeOperation(service, 'manual')) };
      } catch (error) {
        return unreachable(node, error);
      }
    },

    async prepare(input, { node }) {
      return { startTypes: automaticOf(await node.services.list(), input) };
    },

    async execute(_input, before, context) {
      const services = Object.keys(before.startTypes);
      const planned = services.filter((service) => context.isPlanned(startTypeOperation(service, 'manual')));
      const unknown = services.filter((service) => !planned.includes(service));
      if (unknown.length > 0)
        context.warn(
          `${context.node.name}: ${unknown.join(', ')} still starts with Windows: the plan does not have it.`,
          'It is new, or of automatic start only since the plan was made.',
        );
      await setStartTypes(
        planned.map((service) => startTypeOperation(service, 'manual')),
        context,
        {
          then: 'What was set to Manual is set back when the site may start.',
        },
      );
      return { manual: planned };
    },

    async check(_input, before, { node }) {
      const all = await node.services.list();
      const services = Object.keys(before.startTypes);
      const manual = services.filter((service) =>
        all.some(({ name, startType }) => name === service && startType !== 'automatic'),
      );
      if (manual.length === services.length) return 'done';
      return manual.length === 0 ? 'not-done' : 'partial';
    },
  };
}

/** Start types of those that are meant and that Windows starts by itself, by name. */
export function automaticOf(
  all: readonly ServiceStatus[],
  selection: ServiceSelection,
): Record<string, StartType> {
  return Object.fromEntries(
    all
      .filter(
        ({ name, startType }) => startType === 'automatic' && isMeant(name, selection) && !isDatabase(name),
      )
      .map(({ name, delayed }): [string, StartType] => [
        name,
        delayed === true ? 'automatic-delayed' : 'automatic',
      ])
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}
