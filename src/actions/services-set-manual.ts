import type { Action } from '../contract/action.ts';
import { ServiceError } from '../contract/errors.ts';
import type { ReadableNode, ServiceStatus } from '../contract/node.ts';
import type { StartType } from '../contract/start-type.ts';
import { unreachable } from './failure.ts';
import { SERVICE_CODES } from '../platform/services/codes.ts';
import { isDatabase, isMeant, serviceSelection, stopGroups, type ServiceSelection } from './service-order.ts';
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
        const services = Object.keys(automaticOf(await startable(node), input));
        return { operations: services.map((service) => startTypeOperation(service, 'manual')) };
      } catch (error) {
        return unreachable(node, error);
      }
    },

    async prepare(input, { node }) {
      return { startTypes: automaticOf(await startable(node), input) };
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
      const services = Object.keys(before.startTypes);
      const all = await servicesNamed(node, services);
      const manual = services.filter((service) =>
        all.some(({ name, startType }) => name === service && startType !== 'automatic'),
      );
      if (manual.length === services.length) return 'done';
      return manual.length === 0 ? 'not-done' : 'partial';
    },
  };
}

/**
 * The services of a node that start Qlik Sense: its own, and those that depend on them, which bring them up when Windows starts
 * them.
 */
export async function startable(node: ReadableNode): Promise<ServiceStatus[]> {
  return (await stopGroups(node, {})).flat();
}

/** Those of these names that are there, of whatever product. */
export async function servicesNamed(node: ReadableNode, names: readonly string[]): Promise<ServiceStatus[]> {
  const found = await node.services.list();
  const missing = names.filter((name) => !found.some((status) => status.name === name));
  const asked = await Promise.all(
    missing.map(async (name) => {
      try {
        return [await node.services.query(name)];
      } catch (error) {
        if (error instanceof ServiceError && error.serviceCode === SERVICE_CODES.unknown) return [];
        throw error;
      }
    }),
  );
  return [...found, ...asked.flat()];
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
