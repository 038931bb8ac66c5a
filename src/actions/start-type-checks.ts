import type { CheckResult } from '../contract/action.ts';
import { ExpectedError } from '../contract/errors.ts';
import type { ReadableNode, ServiceStatus } from '../contract/node.ts';
import { startTypeArguments } from '../contract/start-type.ts';
import { leftAtManual } from './service-order.ts';

/**
 * Services that are down at Manual before a restore: a run that was given up, or a rehearsal, left them so, and the restore starts
 * only those of automatic start. Without the Repository Service there is no site: refused; without a Scheduler Service nothing
 * reloads: a warning. Both are said beforehand alone, since the restore sets services to Manual itself.
 */
export async function startTypeChecks(nodes: readonly ReadableNode[]): Promise<CheckResult[]> {
  const checks = await Promise.all(nodes.map(checksOf));
  return checks.flat();
}

async function checksOf(node: ReadableNode): Promise<CheckResult[]> {
  let services: ServiceStatus[];
  try {
    services = await node.services.list();
  } catch (error) {
    // A node that does not answer is named by the check of nodes.
    if (error instanceof ExpectedError) return [];
    throw error;
  }
  const { repository, scheduler } = leftAtManual(services);
  const check = (name: string, status: 'failed' | 'warning'): CheckResult => ({
    id: 'restore-start-type',
    node: node.name,
    status,
    message: `${name} is stopped, and its start type is Manual: this restore would not start it.`,
    hint: `Where an earlier restore or rehearsal left it so, set it and the other services of Qlik Sense back before: \`sc.exe ${startTypeArguments(name, 'automatic').join(' ')}\` on ${node.host}. One that is meant to be down: disable it.`,
    beforehand: true,
  });
  return [
    ...repository.map((name) => check(name, 'failed')),
    ...scheduler.map((name) => check(name, 'warning')),
  ];
}
