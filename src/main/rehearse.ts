import type { OpenedSite } from '../commands/context.ts';
import { messageOf } from '../contract/errors.ts';
import { rehearsalActions } from '../demo/rehearsal-actions.ts';
import { buildSimulatedCopy } from '../demo/simulated-copy.ts';
import type { SimulatedCopy } from '../demo/simulated-copy.ts';
import { operationText } from '../report/operation-text.ts';
import type { Asker } from '../ui/prompter.ts';
import { openLoadedSite } from './open-site.ts';
import { loadSiteFile } from './site-place.ts';
import type { Surroundings } from './open-site.ts';

/**
 * Lets `work` build a simulated copy of the site and work on it, and removes the copy in the end, whatever happened.
 * Of the real site only its file is read. @throws UsageError without a site file, and what `work` throws.
 */
export async function rehearse<T>(
  around: Surroundings,
  work: (name: string, build: () => Promise<OpenedSite>) => Promise<T>,
): Promise<T> {
  const real = await loadSiteFile(around);
  let copy: SimulatedCopy | undefined;
  try {
    return await work(real.site.name, async () => {
      copy = await buildSimulatedCopy({ real, exec: around.exec, signal: around.signal });
      const { site } = copy.loaded;
      return openLoadedSite(copy.loaded, { ...around, asker: rehearsalAsker(around.asker) }, (actions) =>
        rehearsalActions(actions, site, (operation, node) => {
          around.sink({
            type: 'message',
            text: `NOT EXECUTED in a rehearsal (${node}): ${operationText(operation)}`,
            at: around.clock.now().toISOString(),
          });
        }),
      );
    });
  } finally {
    if (copy !== undefined) await removeCopy(copy, around);
  }
}

/** A copy that cannot be removed must not hide how the rehearsal went. */
async function removeCopy(copy: SimulatedCopy, { warn }: Surroundings): Promise<void> {
  try {
    await copy.remove();
  } catch (error) {
    warn(
      `the simulated copy in ${copy.dir} could not be removed: ${messageOf(error)}`,
      'Delete that folder; a PostgreSQL server may still run from it.',
    );
  }
}

/** Without a terminal every question is answered with yes: nothing real hangs on it. */
function rehearsalAsker(asker: Asker): Asker {
  if (asker.canAsk) return asker;
  return {
    ...asker,
    canAsk: true,
    approve: () => Promise.resolve(true),
    step: () => Promise.resolve('go'),
    confirm: () => Promise.resolve(true),
  };
}
