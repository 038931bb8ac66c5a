import * as z from 'zod';
import type { Action, ExecuteContext } from '../contract/action.ts';
import type { JsonObject } from '../contract/json.ts';
import { formatCount, formatDuration } from '../foundation/human.ts';
import { RELOAD_STATEMENTS, type ReloadFacts, type RunningReload } from '../postgres/reloads.ts';
import type { ActionCollaborators } from './collaborators.ts';
import { realName, repositoryName } from './database-names.ts';
import { factOf } from './failure.ts';
import { namesOf } from './reload-words.ts';
import { sqlLook } from './sql-operation.ts';

const POLL_MS = 5_000;

const input = z.strictObject({});

type Collaborators = Pick<ActionCollaborators, 'site' | 'database' | 'clock'>;

/**
 * Waits before the stop until no reload runs, up to `timeouts.drain`, and names those that the stop cuts off. Gives
 * what is due next, for `reloads.missed`: after the start the repository has forgotten it. It looks, and stops nothing.
 */
export function createReloadsDrain(c: Collaborators): Action<z.infer<typeof input>, null> {
  const repository = repositoryName(c.site.database.names);
  // Again and again while it waits.
  const read = sqlLook(repository, RELOAD_STATEMENTS, { repeat: true });
  const look = (context: ExecuteContext): Promise<ReloadFacts> =>
    context.perform(read, async () =>
      c.database.reloads(realName(repository, await c.database.facts()) ?? repository),
    );
  return {
    name: 'reloads.drain',
    effect: 'read',
    input,
    onCancel: 'kill',

    describe: () => Promise.resolve({ operations: [read] }),
    prepare: () => Promise.resolve(null),

    async execute(_input, _before, context) {
      try {
        return await drain(c, context, () => look(context));
      } catch (error) {
        context.signal.throwIfAborted();
        context.warn(
          `Which reloads run, and which are due, cannot be read from ${repository}: ${factOf(error)}`,
          'The run goes on without waiting for reloads. Look at the tasks in the QMC.',
        );
        return nothingKnown(c);
      }
    },

    check: () => Promise.resolve('not-done'),
  };
}

async function drain(
  c: Collaborators,
  context: ExecuteContext,
  look: () => Promise<ReloadFacts>,
): Promise<JsonObject> {
  const limit = c.site.timeouts.drain;
  const begin = c.clock.monotonic();
  for (;;) {
    const { running, due } = await look();
    const waited = c.clock.monotonic() - begin;
    if (running === undefined || running.length === 0 || waited >= limit) {
      tell(context, { running, due }, waited);
      return {
        at: c.clock.now().toISOString(),
        cutOff: (running ?? []).map(({ task, startedAt }) => ({ task, startedAt })),
        due: due?.map(({ task, at }) => ({ task, at })) ?? null,
      };
    }
    context.progress({ text: `waiting for ${formatCount(running.length, 'reload')}: ${names(running)}` });
    await c.clock.sleep(Math.min(POLL_MS, limit - waited), context.signal);
  }
}

function tell(
  context: ExecuteContext,
  { running, due }: { running: ReloadFacts['running'] | undefined; due: ReloadFacts['due'] | undefined },
  waitedMs: number,
): void {
  const unknown = [
    ...(running === undefined ? ['which reloads run'] : []),
    ...(due === undefined ? ['which are due'] : []),
  ];
  if (unknown.length > 0)
    context.warn(
      `This release keeps ${unknown.join(' and ')} where this tool does not find it.`,
      'Look at the tasks in the QMC.',
    );
  if (running === undefined || running.length === 0) return;
  const after = waitedMs < 1000 ? '' : ` after ${formatDuration(waitedMs)} of waiting`;
  context.warn(
    `${formatCount(running.length, 'reload')} still ${running.length === 1 ? 'runs' : 'run'}${after}; stopping the services cuts off: ${names(running)}.`,
    'Start these tasks again in the QMC. A longer timeouts.drain in the site file waits longer.',
  );
}

function names(running: readonly RunningReload[]): string {
  return namesOf(
    running.map(({ task, startedAt }) => ({ task, at: startedAt })),
    'since',
  );
}

function nothingKnown({ clock }: Pick<Collaborators, 'clock'>): JsonObject {
  return { at: clock.now().toISOString(), cutOff: [], due: null };
}
