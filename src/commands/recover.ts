import type { Command } from 'commander';
import { execute } from './execute.ts';
import { writeJsonLine } from './open.ts';
import type { Act } from './act.ts';
import type { WatchedSite } from './context.ts';

/** `recover`: after a kill or a power cut, ends what was left and starts what was stopped. */
export function declareRecover(program: Command, act: Act): void {
  program
    .command('recover')
    .description('after a kill or a power cut: end what was left, start what was stopped')
    .option('--if-needed', 'say nothing when there is nothing to recover')
    .action((flags: { ifNeeded?: boolean }) =>
      act(async (context) => {
        // Asked every 15 minutes: what works on a site is only loaded when there is something to do.
        if (flags.ifNeeded === true && !(await mayRecover(await context.watchSite()))) {
          if (context.flags.json) writeJsonLine(context, { schemaVersion: 1, type: 'nothing' });
          return 0;
        }
        const site = await context.openSite();
        return execute(context, site, () =>
          site.engine.recover({ signal: context.signal, hurry: context.hurry }),
        );
      }),
    );
}

/** A run was cut off, or ended with services that did not start. */
async function mayRecover(site: WatchedSite): Promise<boolean> {
  return (await site.unfinished())?.next.includes('recover') === true;
}
