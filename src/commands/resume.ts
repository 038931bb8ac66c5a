import type { Command } from 'commander';
import { execute, runOptions, type ExecuteFlags } from './execute.ts';
import type { Act } from './act.ts';
import { openToLead } from './open.ts';
import { addApprovalFlags } from './run.ts';
import { collect, parseSettings } from './settings.ts';

interface ResumeFlags extends ExecuteFlags {
  readonly set?: string[];
}

/** `resume [RUN]`: continues a run that stopped, failed or was interrupted. */
export function declareResume(program: Command, act: Act): void {
  addApprovalFlags(program.command('resume'))
    .argument('[run]', 'identifier of the run (default: the unfinished one)')
    .description('continue a run that stopped, failed or was interrupted')
    .option('--guided', 'explain every step and ask before it (on a terminal, where the run was guided)')
    .option('--no-guided', 'do not, although the run was guided')
    .option('--set <name=value>', 'give a secret parameter again; repeatable', collect)
    .action((run: string | undefined, flags: ResumeFlags) =>
      act(async (context) => {
        // Who gives approvals beforehand knows the way.
        const asBefore = flags.guided === undefined && flags.approve === undefined && flags.yes !== true;
        const options = {
          ...runOptions(context, flags, parseSettings(flags.set)),
          ...(asBefore && { guidedAsBefore: true as const }),
        };
        const site = await openToLead(context, run);
        return execute(context, site, () => site.engine.resume(run, options));
      }),
    );
}
