import type { Action, ExecuteContext } from '../contract/action.ts';
import type { ReadableNode, ServiceStatus } from '../contract/node.ts';
import type { ServiceOperation } from '../contract/operation.ts';
import { QLIK_SERVICE_NAMES } from '../platform/services/known.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { unreachable } from './failure.ts';
import { firstBefore, keepBefore, keepBeforeOperation } from './safety.ts';
import {
  countsAsRunning,
  isDatabase,
  isMeant,
  leftAtManual,
  serviceSelection,
  startGroups,
  stopGroups,
  wordOf,
  type ServiceSelection,
} from './service-order.ts';
import {
  awaitReady,
  readyOperation,
  siteDown,
  startGroup,
  startOperation,
  type StartFailure,
  type StartWords,
} from './start-services.ts';
import { stopGroup, stopOperation } from './stop-services.ts';

/** `running`: what ran before; `stopped`: what this step starts. */
export type StartServicesBefore = { running: string[]; stopped: string[] };

/**
 * Starts the services of automatic start on one node, in the manual's order (1.3, p. 40; 5.7 step 7, p. 212), the
 * database first where it is a service there and down. On the central node it waits until the Repository Service answers.
 * What is disabled or manual stays as it is. Throws SiteDownError (exit code 7) after every other service was tried.
 */
export function createServicesStart(
  c: Pick<ActionCollaborators, 'site' | 'stateFolder'>,
): Action<ServiceSelection, StartServicesBefore> {
  const limits = c.site.timeouts;
  return {
    name: 'services.start',
    effect: 'change',
    input: serviceSelection,
    onCancel: 'wait',

    async describe(input, context) {
      const { node } = context;
      let all: ServiceStatus[];
      try {
        all = await node.services.list();
      } catch (error) {
        return unreachable(node, error);
      }
      const services = operationsFor(all, input);
      const waits = node.role === 'central' && services.some(({ service }) => isRepository(service));
      return {
        operations: [keepBeforeOperation(c, context), ...services, ...(waits ? [readyOperation(node)] : [])],
        notes: notesFor(all, input, node),
      };
    },

    prepare(input, context) {
      return firstBefore(c, context, async () => {
        const all = await context.node.services.list();
        const names = (statuses: readonly ServiceStatus[]): string[] =>
          statuses.map(({ name }) => name).sort();
        return {
          running: names(all.filter(countsAsRunning)),
          stopped: names(wantedOf(all, input).filter((status) => !countsAsRunning(status))),
        };
      });
    },

    async execute(input, before, context) {
      await keepBefore(c, context, before);
      const wanted = await plannedOf(input, context);
      const limit = { certain: () => true, timeoutMs: limits.serviceStart };
      const failures: StartFailure[] = [];
      for (const group of startGroups(wanted.map(({ name }) => name))) {
        failures.push(...(await startGroup(group, context, limit)));
      }
      const down = failures.map(({ service }) => service);
      const words = wordsFor(before.stopped.filter((service) => !down.includes(service)));
      if (failures.length > 0) throw siteDown(context.node, failures, words);
      const awaited = context.node.role === 'central' && wanted.some(({ name }) => isRepository(name));
      if (awaited) await awaitReady(context, limits.ready, words);
      return { started: before.stopped };
    },

    async check(_input, before, { node }) {
      const all = await node.services.list();
      const running = before.stopped.filter((service) =>
        all.some(({ name, state }) => name === service && state === 'running'),
      );
      if (running.length === before.stopped.length) return 'done';
      return running.length === 0 ? 'not-done' : 'partial';
    },

    async undo(_input, before, _outputs, context) {
      const how = {
        certain: () => false,
        timeoutMs: limits.serviceStop,
        then: 'What was put back so far stays so.',
      };
      for (const group of await stopGroups(context.node, { only: before.stopped })) {
        const running = group.filter(({ state }) => state !== 'stopped').map(({ name }) => name);
        await stopGroup(running, context, how);
      }
    },

    async describeUndo(_input, before, _outputs, { node }) {
      const groups = await stopGroups(node, { only: before.stopped });
      return { operations: groups.flat().map(({ name }) => stopOperation(name, false)) };
    },
  };
}

/** What the step means and Windows would start by itself. */
function wantedOf(all: readonly ServiceStatus[], input: ServiceSelection): ServiceStatus[] {
  return all.filter(
    (status) => status.startType === 'automatic' && isMeant(status.name, input) && !isLeftBehind(status, all),
  );
}

/**
 * A PostgreSQL of its own that is down beside a database that runs: the server that the databases were moved away from, which
 * nobody but a rollback starts again. One that came with Qlik Sense may be down beside a server of somebody else.
 */
function isLeftBehind(status: ServiceStatus, all: readonly ServiceStatus[]): boolean {
  return (
    isDatabase(status.name) &&
    !QLIK_SERVICE_NAMES.has(status.name) &&
    !countsAsRunning(status) &&
    all.some((other) => other !== status && isDatabase(other.name) && countsAsRunning(other))
  );
}

/** In the order they are started. A node on which Qlik Sense is yet to be installed will have services with known names. */
function operationsFor(all: readonly ServiceStatus[], input: ServiceSelection): ServiceOperation[] {
  const wanted = new Map(wantedOf(all, input).map((status) => [status.name, status]));
  const installed = all.some(({ name }) => isRepository(name));
  const expected = installed ? [] : [...QLIK_SERVICE_NAMES.keys()].filter((name) => isMeant(name, input));
  return startGroups([...wanted.keys(), ...expected])
    .flat()
    .map((name) => {
      const status = wanted.get(name);
      return startOperation(name, status !== undefined && !(isDatabase(name) && countsAsRunning(status)));
    });
}

/** What is to be started now: all that is meant, for one that runs already is no trouble; the database only when it is down. */
async function plannedOf(input: ServiceSelection, context: ExecuteContext): Promise<ServiceStatus[]> {
  const all = await context.node.services.list();
  const wanted = wantedOf(all, input).filter(
    (status) => !(isDatabase(status.name) && countsAsRunning(status)),
  );
  const { repository, scheduler } = leftAtManual(all);
  const down = [...repository, ...scheduler].filter((name) => isMeant(name, input));
  if (down.length > 0)
    context.warn(
      `${context.node.name}: not started, since the start type is Manual: ${down.join(', ')}.`,
      'What is to run: start it in Windows Services, and set its start type to Automatic.',
    );
  const planned = wanted.filter(({ name }) => context.isPlanned(startOperation(name, true)));
  const unknown = wanted.filter((status) => !planned.includes(status)).map(({ name }) => name);
  if (unknown.length > 0)
    context.warn(
      `${context.node.name}: ${unknown.join(', ')} was not started: the plan does not have it.`,
      'It is new, or of automatic start only since the plan was made. Start it in Windows Services.',
    );
  return planned;
}

function notesFor(
  all: readonly ServiceStatus[],
  input: ServiceSelection,
  { name: node }: Pick<ReadableNode, 'name'>,
): string[] {
  const left = all.filter(
    (status) => isMeant(status.name, input) && status.startType !== 'automatic' && !countsAsRunning(status),
  );
  const notes = left.map(
    ({ name, startType }) => `Not started on ${node}: ${name}, of start type ${startType}.`,
  );
  for (const status of all)
    if (isMeant(status.name, input) && status.startType === 'automatic' && isLeftBehind(status, all))
      notes.push(`Not started on ${node}: ${status.name}, since another database runs there.`);
  if (!all.some(({ name }) => isRepository(name)))
    notes.push(`${node} has no services of Qlik Sense yet; those of automatic start are started.`);
  return notes;
}

function wordsFor(started: readonly string[]): StartWords {
  const up = started.length === 0 ? 'Nothing was started.' : `Started by this step: ${started.join(', ')}.`;
  return {
    changed: (names) => `${up} Down: ${names}.`,
    changedWhenUp: up,
    again: 'sense-runbook resume',
  };
}

function isRepository(service: string): boolean {
  return wordOf(service) === 'repository';
}
