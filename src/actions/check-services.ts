import * as z from 'zod';
import type { Action, CheckResult } from '../contract/action.ts';
import type { ReadableNode, ServiceStatus } from '../contract/node.ts';
import type { ServiceOperation } from '../contract/operation.ts';
import { createCheck } from './check-action.ts';
import { factOf } from './failure.ts';
import { isDatabase, leftAtManual } from './service-order.ts';

const LIST: ServiceOperation = { kind: 'service', verb: 'query', service: 'Qlik*', effect: 'read' };

const input = z.strictObject({
  /** A run that goes on has stopped them itself: then what is down is a warning. */
  beforehand: z.boolean().default(false),
});

/**
 * Whether the automatic services of the node all run (design rule 5.1): what does not run now is not started after a
 * backup, and a site that is down already is not a normal night.
 */
export function createCheckServices(): Action<z.infer<typeof input>, null> {
  return createCheck({
    name: 'check.services',
    input,
    whilePlanning: true,

    operations: () => [LIST],

    async probe({ beforehand }, { node }, look) {
      try {
        const services = await look(LIST, () => node.services.list());
        const ordered = [...services].sort((a, b) => (a.name < b.name ? -1 : 1));
        return {
          checks: judge(node, ordered).map((check) => ({ ...check, ...(beforehand && { beforehand }) })),
          observed: { services: Object.fromEntries(ordered.map(({ name, state }) => [name, state])) },
          outputs: { services: ordered.map(({ name }) => name) },
        };
      } catch (error) {
        const message = `The services cannot be listed: ${factOf(error)}`;
        return { checks: [{ id: 'services-running', node: node.name, status: 'failed', message }] };
      }
    },
  });
}

function judge(node: ReadableNode, services: readonly ServiceStatus[]): CheckResult[] {
  const name = node.name;
  if (services.length === 0) {
    const message = 'There are no Qlik Sense services.';
    const hint = 'Check the host of this node in site.yaml, or list its services there.';
    return [{ id: 'services-running', node: name, status: 'failed', message, hint }];
  }
  const idle = services.filter(({ startType, state }) => startType === 'automatic' && state !== 'running');
  // What the site uses is asked by itself: of several database servers here one may be kept stopped, after a move.
  const served = services.some((service) => isDatabase(service.name) && service.state === 'running');
  const kept = served ? idle.filter((service) => isDatabase(service.name)) : [];
  const down = idle.filter((service) => !kept.includes(service));
  const disabled = services.filter(({ startType, state }) => startType === 'disabled' && state === 'stopped');
  const stuck = services.filter(({ startType, state }) => startType === 'disabled' && state !== 'stopped');
  const manual = services.filter(({ startType }) => startType === 'manual');
  const aside = [
    ...(disabled.length === 0 ? [] : [` Disabled and left alone: ${names(disabled)}.`]),
    ...(manual.length === 0 ? [] : [` Not started by Windows, since they are Manual: ${names(manual)}.`]),
  ].join('');
  const checks: CheckResult[] = [];
  if (down.length > 0) {
    checks.push({
      id: 'services-running',
      node: name,
      status: 'failed',
      message: `Of automatic start, but not running: ${states(down)}.${aside}`,
      hint: 'Start them (order: dispatcher, repository, then the others; manual 1.3, p. 40). A service that is meant to be down: set its start type to manual or disabled. After a killed run, `sense-runbook recover` starts what that run stopped.',
    });
  } else {
    const running = services.filter(({ state }) => state === 'running').length;
    const message = `All automatic services${kept.length === 0 ? '' : ' of Qlik Sense'} run (${String(running)} of ${String(services.length)}).${aside}`;
    checks.push({ id: 'services-running', node: name, status: 'ok', message });
  }
  checks.push(...downAtManual(node, services));
  if (kept.length > 0) {
    checks.push({
      id: 'services-database',
      node: name,
      status: 'warning',
      message: `A database server of automatic start is stopped, and another one runs: ${states(kept)}.`,
      hint: 'When it is the old one of a move, set its start type to manual, so that it does not start with Windows.',
    });
  }
  if (stuck.length > 0) {
    checks.push({
      id: 'services-startable',
      node: name,
      status: 'failed',
      message: `Running although disabled, so they could not be started again: ${names(stuck)}.`,
      hint: 'Set their start type to automatic or manual, or stop them for good.',
    });
  }
  return checks;
}

/**
 * The Repository Service of the central node down at Manual: what a restore left that was given up. The site is down then, and
 * nothing would start it again after a run. On a rim node, and where it runs, somebody may mean it so.
 */
function downAtManual({ name, role }: ReadableNode, services: readonly ServiceStatus[]): CheckResult[] {
  if (role !== 'central') return [];
  return leftAtManual(services).repository.map((service) => ({
    id: 'services-start-type',
    node: name,
    status: 'failed',
    message: `The site is down, and does not start with Windows: ${service} is of start type Manual.`,
    hint: `A restore sets services to Manual for its time: one that was given up leaves them so. Set them back in Windows Services, or each with \`sc.exe config ${service} start= auto\`, and start them.`,
  }));
}

function names(services: readonly ServiceStatus[]): string {
  return services.map(({ name }) => name).join(', ');
}

function states(services: readonly ServiceStatus[]): string {
  return services.map(({ name, state }) => `${name} (${state})`).join(', ');
}
