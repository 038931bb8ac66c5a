import * as z from 'zod';
import type { Action, ReadContext, ReversedStep } from '../contract/action.ts';
import type { JsonValue } from '../contract/json.ts';
import type { ServiceStatus } from '../contract/node.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { unreachable } from './failure.ts';
import { countsAsRunning, isDatabase, startGroups, stopGroups, wordOf } from './service-order.ts';
import {
  awaitReady,
  readyOperation,
  siteDown,
  startGroup,
  startOperation,
  type StartFailure,
  type StartWords,
} from './start-services.ts';

const input = z.strictObject({
  /** True in an always-step: an earlier step has started them already, this one starts what still is not running. */
  remaining: z.boolean().default(false),
  /** True when the reversed steps stop the database too. */
  database: z.boolean().default(false),
});

type Input = z.infer<typeof input>;

/**
 * `wanted`: what ran before it was stopped; `stopped`: those of them that do not run now; `unsure`: those that were
 * told to stop and may still do it, though they say that they run, or cannot be asked.
 */
export type StartBefore = { wanted: string[]; stopped: string[]; unsure?: string[] };

const WORDS: StartWords = {
  changed: (names) => `These services were running and were stopped: ${names}.`,
  changedWhenUp: 'The services were stopped and started again.',
  again: 'sense-runbook recover',
};

/**
 * Starts what the reversed steps found running on this node, in the manual's order (1.3, p. 40), and nothing else.
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
      const unanswered = unansweredOf(context);
      const unsure = wanted.filter(
        (service, index) =>
          unanswered.includes(service) && (runs(index) || found[index]?.status === 'rejected'),
      );
      return {
        wanted,
        stopped: wanted.filter((_service, index) => !runs(index)),
        ...(unsure.length > 0 && { unsure }),
      };
    },

    async execute({ remaining }, before, context) {
      const failures: StartFailure[] = [];
      const { stopped, unsure = [] } = before;
      if (unsure.length > 0)
        context.warn(
          `${context.node.name}: ${unsure.join(', ')} was told to stop and did not answer.`,
          'It is watched until it has stopped, and started then, or has kept running.',
        );
      for (const group of startGroups([...stopped, ...unsure])) {
        const limit = { certain: () => !remaining, timeoutMs: limits.serviceStart, unsure };
        failures.push(...(await startGroup(group, context, limit)));
      }
      if (failures.length > 0) throw siteDown(context.node, failures, WORDS);
      const awaited =
        context.node.role === 'central' && before.wanted.some((name) => wordOf(name) === 'repository');
      if (awaited) await awaitReady(context, limits.ready, WORDS);
      return { started: stopped };
    },

    async check(_input, before, { node }) {
      // What one says that may still stop proves nothing.
      if ((before.unsure ?? []).length > 0) return 'partial';
      const states = await Promise.all(before.wanted.map((service) => node.services.query(service)));
      const running = states.filter(({ state }) => state === 'running').length;
      if (running === before.wanted.length) return 'done';
      return running === before.wanted.length - before.stopped.length ? 'not-done' : 'partial';
    },
  };
}

/** What the reversed steps found running on this node: the union, since there may be several stop steps and attempts. */
function wantedOf(context: Pick<ReadContext, 'reversed' | 'node'>): string[] {
  return startGroups(reversedHere(context).flatMap(({ before }) => runningOf(before))).flat();
}

function unansweredOf(context: Pick<ReadContext, 'reversed' | 'node'>): string[] {
  return reversedHere(context).flatMap(({ unanswered = [] }) => unanswered);
}

function reversedHere({ reversed, node }: Pick<ReadContext, 'reversed' | 'node'>): readonly ReversedStep[] {
  return reversed.filter((step) => step.node === node.name);
}

function runningOf(before: JsonValue): string[] {
  if (before === null || typeof before !== 'object' || Array.isArray(before)) return [];
  const running = before['running'];
  return Array.isArray(running) ? running.filter((name) => typeof name === 'string') : [];
}
