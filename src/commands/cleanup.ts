import type { Command } from 'commander';
import type { ExitCode } from '../contract/errors.ts';
import { keptJson, keptText } from '../report/kept-text.ts';
import type { Act } from './act.ts';
import type { CommandContext } from './context.ts';
import { execute, runOptions, type ExecuteFlags } from './execute.ts';
import { note, openNoted, writeJson } from './open.ts';
import { collect } from './settings.ts';

/** Flags of `cleanup`. */
interface CleanupFlags extends Pick<ExecuteFlags, 'approve'> {
  readonly dryRun?: boolean;
}

/** `cleanup RUN`: removes for good what a run keeps so that it can be rolled back. */
export function declareCleanup(program: Command, act: Act): void {
  program
    .command('cleanup')
    .argument('<run>', 'identifier of a run that is done')
    .description('remove the old data that a run keeps; then it can no longer be rolled back')
    .option('--dry-run', 'only tell what would be removed, and how large it is')
    .option('--approve <class>', 'approve "destroy=SITE" beforehand', collect)
    .action((run: string, flags: CleanupFlags) => act((context) => cleanUp(context, run, flags)));
}

async function cleanUp(context: CommandContext, run: string, flags: CleanupFlags): Promise<ExitCode> {
  const options = runOptions(context, flags);
  const { site } = await openNoted(context);
  // The question shows what goes; who approves beforehand is shown it too.
  if (flags.dryRun === true || options.approvals.destroy !== undefined) {
    const view = { run: { id: run }, kept: await site.engine.kept(run, context.signal) };
    if (flags.dryRun !== true) note(context, keptText(view).trimEnd());
    else if (context.flags.json) writeJson(context, keptJson(view));
    else context.output.out(keptText(view));
    if (flags.dryRun === true) return 0;
  }
  return execute(context, site, () => site.engine.cleanup(run, options));
}
