import { join } from 'node:path';
import type { OpenedSite } from '../commands/context.ts';
import { messageOf } from '../contract/errors.ts';
import { exampleSite } from '../demo/example-site.ts';
import { rehearsalActions } from '../demo/rehearsal-actions.ts';
import { buildSimulatedCopy } from '../demo/simulated-copy.ts';
import type { SimulatedCopy } from '../demo/simulated-copy.ts';
import { operationText } from '../report/operation-text.ts';
import type { Asker } from '../ui/prompter.ts';
import { openLoadedSite } from './open-site.ts';
import { foundSiteFile } from './site-file.ts';
import { loadSiteFile } from './site-place.ts';
import type { LoadedSite } from '../site/schema.ts';
import type { Surroundings } from './open-site.ts';

/**
 * Lets `work` build a simulated copy of the site and work on it, and removes the copy in the end, whatever happened.
 * Of the real site only its file is read; where there is none, the copy is one of the demo's site.
 * @throws UsageError when the site file that was named is not there, and what `work` throws.
 */
export async function rehearse<T>(
  around: Surroundings,
  work: (name: string, build: () => Promise<OpenedSite>) => Promise<T>,
): Promise<T> {
  const real = await siteToCopy(around);
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

async function siteToCopy(around: Surroundings): Promise<LoadedSite> {
  const named = around.siteFile ?? around.env['SENSE_RUNBOOK_SITE'] ?? '';
  if (named !== '' || (await foundSiteFile(around)) !== undefined) return loadSiteFile(around);
  around.warn(
    'There is no site file: this is a copy of the site of the demo.',
    'For a copy of your own site: --site FILE',
  );
  return exampleSite(join(around.cwd, 'site.yaml'));
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
