import * as z from 'zod';
import type { Action, ExecuteContext, ReadContext } from '../contract/action.ts';
import { messageOf, NotReadyError, ServiceError, SiteDownError } from '../contract/errors.ts';
import type { JsonValue } from '../contract/json.ts';
import type { ReadableNode, ServiceStatus } from '../contract/node.ts';
import type { HttpOperation, ServiceOperation } from '../contract/operation.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { unreachable } from './failure.ts';
import { countsAsRunning, isDatabase, startGroups, stopGroups, wordOf } from './service-order.ts';

/** How long a port that no answer ever came from is tried; the services run by then. */
export const UNREACHABLE_MS = 2 * 60_000;

const input = z.strictObject({
  /** True in an always-step: an earlier step has started them already, this one starts what still is not running. */
  remaining: z.boolean().default(false),
  /** True when the reversed steps stop the database too. */
  database: z.boolean().default(false),
});

type Input = z.infer<typeof input>;

/** `wanted`: what ran before it was stopped; `stopped`: those of them that do not run now. */
export type StartBefore = { wanted: string[]; stopped: string[] };

/** A service that would not start. */
interface StartFailure {
  readonly service: string;
  readonly error: unknown;
}

/**
 * Starts what the reversed steps found running on this node, in the manual's order (1.3, p. 30-31), and nothing else.
 * On the central node it waits until the Repository Service answers.
 * Throws SiteDownError (exit code 7) after every other service was tried.
 */
export function createServicesStartStopped(c: Pick<ActionCollaborators, 'site'>): Action<Input, StartBefore> {
  const limits = c.site.timeouts;
  return {
    name: 'services.start-stopped',
    effect: 'change',
    input,
    onCancel: 'wait',

    async describe({ remaining, database }, context) {
      const { node } = context;
      let candidates: ServiceStatus[];
      try {
        candidates = (await stopGroups(node, {})).flat();
        if (database) candidates.push(...(await node.services.list()).filter(({ name }) => isDatabase(name)));
      } catch (error) {
        return unreachable(node, error);
      }
      const reversed = wantedOf(context);
      const named = new Map(candidates.map((status) => [status.name, status]));
      const order = startGroups([...named.keys(), ...reversed]).flat();
      const certain = (service: string): boolean => {
        const status = named.get(service);
        return !remaining && status !== undefined && countsAsRunning(status);
      };
      const operations = order.map((service) => startOperation(service, certain(service)));
      return { operations: node.role === 'central' ? [...operations, readyOperation(node)] : operations };
    },

    async prepare(_input, context) {
      const wanted = wantedOf(context);
      const found = await Promise.allSettled(wanted.map((service) => context.node.services.query(service)));
      // One that cannot be asked counts as down: the others are started all the same, and then that one is named.
      const runs = (index: number): boolean => {
        const one = found[index];
        return one?.status === 'fulfilled' && one.value.state === 'running';
      };
      return { wanted, stopped: wanted.filter((_service, index) => !runs(index)) };
    },

    async execute({ remaining }, before, context) {
      const failures: StartFailure[] = [];
      for (const group of startGroups(before.stopped)) {
        failures.push(...(await startGroup(group, remaining, context, limits.serviceStart)));
      }
      if (failures.length > 0) throw siteDown(context.node, failures);
      const awaited =
        context.node.role === 'central' && before.wanted.some((name) => wordOf(name) === 'repository');
      if (awaited) await awaitReady(context, limits.ready);
      return { started: before.stopped };
    },

    async check(_input, before, { node }) {
      const states = await Promise.all(before.wanted.map((service) => node.services.query(service)));
      const running = states.filter(({ state }) => state === 'running').length;
      if (running === before.wanted.length) return 'done';
      return running === before.wanted.length - before.stopped.length ? 'not-done' : 'partial';
    },
  };
}

/** What the reversed steps found running on this node: the union, since there may be several stop steps and attempts. */
function wantedOf({ reversed, node }: Pick<ReadContext, 'reversed' | 'node'>): string[] {
  const services = reversed
    .filter((step) => step.node === node.name)
    .flatMap((step) => runningOf(step.before));
  return startGroups(services).flat();
}

function runningOf(before: JsonValue): string[] {
  if (before === null || typeof before !== 'object' || Array.isArray(before)) return [];
  const running = before['running'];
  return Array.isArray(running) ? running.filter((name) => typeof name === 'string') : [];
}

function startOperation(service: string, certain: boolean): ServiceOperation {
  const operation: ServiceOperation = { kind: 'service', verb: 'start', service, effect: 'change' };
  return certain ? operation : { ...operation, repeat: true };
}

function readyOperation(node: ReadableNode): HttpOperation {
  return {
    kind: 'http',
    method: 'GET',
    url: node.readyUrl,
    effect: 'read',
  };
}

/** Tries every service of the group, whatever happens to the others. */
async function startGroup(
  group: readonly string[],
  remaining: boolean,
  context: ExecuteContext,
  timeoutMs: number,
): Promise<StartFailure[]> {
  const results = await Promise.allSettled(
    group.map((service) => context.service(startOperation(service, !remaining), { timeoutMs })),
  );
  context.signal.throwIfAborted();
  return results.flatMap((result, index) =>
    result.status === 'rejected' ? [{ service: group[index] ?? '', error: result.reason as unknown }] : [],
  );
}

async function awaitReady(context: ExecuteContext, timeoutMs: number): Promise<void> {
  const { node } = context;
  try {
    await context.perform(readyOperation(node), (signal) =>
      node.ready({ timeoutMs, unreachableMs: UNREACHABLE_MS, signal }),
    );
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof NotReadyError && error.unreachable) {
      context.warn(
        `${node.name}: the services run; whether the Repository Service is ready is not known: ${error.message}`,
        error.hint,
      );
      return;
    }
    throw new SiteDownError(
      `${node.name} (${node.host}): the services run, but the Repository Service does not answer: ${messageOf(error)}`,
      {
        hint:
          'Look into %ProgramData%\\Qlik\\Sense\\Log\\Repository\\Trace on that server and at the database. ' +
          'When it only needs longer, raise timeouts.ready in site.yaml (manual 8.9, p. 306).',
        changed: 'The services were stopped and started again.',
        cause: error,
      },
    );
  }
}

function siteDown(node: ReadableNode, failures: readonly StartFailure[]): SiteDownError {
  const names = failures.map(({ service }) => service).join(', ');
  const reasons = failures.map(({ error }) => messageOf(error)).join('; ');
  return new SiteDownError(`${node.name} (${node.host}) is not up: could not start ${names} (${reasons})`, {
    hint: [...new Set(failures.map(({ error }) => adviceFor(error)))].join(' '),
    changed: `These services were running and were stopped: ${names}.`,
    cause: failures[0]?.error,
  });
}

/** What to do about a service that will not start; meanings from the Win32 error and the manual, 8.9, p. 306. */
function adviceFor(error: unknown): string {
  const code = error instanceof ServiceError ? error.serviceCode : undefined;
  const order = 'Order: dispatcher, repository, then the others (manual 1.3, p. 31).';
  if (code === 1053) {
    return `Start it again with \`sense-runbook recover\` or in Windows Services. It did not answer in time: set ServicesPipeTimeout to 120000 in the registry (manual 8.9, p. 306). ${order}`;
  }
  if (code === 1058) {
    return `Set its start type to automatic, then \`sense-runbook recover\`, or start it in Windows Services. ${order}`;
  }
  if (code === 1060) {
    return 'The service does not exist any more: look whether Qlik Sense was changed or removed meanwhile.';
  }
  return `Start it with \`sense-runbook recover\` or in Windows Services. Check its account and its log in %ProgramData%\\Qlik\\Sense\\Log (manual 8.9, p. 306). ${order}`;
}
