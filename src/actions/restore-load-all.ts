import fs from 'node:fs/promises';
import type { ExecuteContext } from '../contract/action.ts';
import { ExpectedError, messageOf } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import { reasonOf } from '../foundation/system-reason.ts';
import type { DatabaseEvidence } from '../postgres/evidence-format.ts';
import { dropDatabase } from '../postgres/sessions.ts';
import { endedBy } from './ended-by.ts';
import { loadOne, type LoadCollaborators } from './restore-load-one.ts';
import type { PlannedLoad } from './restore-load-plan.ts';
import { withDatabase } from './with-database.ts';

/** All of them side by side. The first failure ends the others; what is not complete then goes. */
export async function loadAll(
  c: LoadCollaborators,
  planned: readonly PlannedLoad[],
  recorded: ReadonlyMap<string, DatabaseEvidence>,
  context: ExecuteContext,
): Promise<JsonObject[]> {
  const failed = new AbortController();
  const own = endedBy(context, failed.signal);
  let done = 0;
  const settled = await Promise.allSettled(
    planned.map(async (load) => {
      try {
        const result = await loadOne(c, load, recorded.get(load.one.name), own);
        done += 1;
        context.progress({ filesDone: done, filesTotal: planned.length, text: load.one.name });
        return result;
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    }),
  );
  const half = planned.filter((_load, index) => settled[index]?.status === 'rejected');
  if (half.length > 0 && !context.signal.aborted) await dropAll(c, half, context);
  await removeLists(half, context);
  // The others give the reason that they were ended for: it is the first failure, whichever is looked at.
  return settled.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/**
 * Removes what stood beside loads that came to no end, also when the step is interrupted: nothing is performed any more then,
 * and `rollback` only drops databases. That it cannot be removed must not hide why nothing was restored.
 */
async function removeLists(
  half: readonly PlannedLoad[],
  { warn }: Pick<ExecuteContext, 'warn'>,
): Promise<void> {
  for (const { load } of half) {
    if (load.aside === undefined) continue;
    const { path } = load.aside.remove;
    try {
      await fs.rm(path, { recursive: true, force: true });
    } catch (error) {
      warn(`${path} could not be removed: ${reasonOf(error)}`, 'Remove it by hand.');
    }
  }
}

/** A disk may be full by them; that they cannot be dropped must not hide why. */
async function dropAll(
  c: LoadCollaborators,
  half: readonly PlannedLoad[],
  context: ExecuteContext,
): Promise<void> {
  try {
    await withDatabase(c, 'postgres', context, async (client) => {
      for (const { one, drop } of half)
        await context.perform(drop, () => dropDatabase(client, one.temporary));
    });
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    context.warn(
      `What was restored in part is still there: ${messageOf(error)}`,
      '`rollback` and `resume` drop it.',
    );
  }
}
