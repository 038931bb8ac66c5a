import type { Command } from 'commander';
import { execute, runOptions, type ExecuteFlags } from './execute.ts';
import type { Act } from './act.ts';
import { openToLead } from './open.ts';
import { addApprovalFlags } from './run.ts';

/** `rollback [RUN]`: puts back what a run changed. */
export function declareRollback(program: Command, act: Act): void {
  addApprovalFlags(program.command('rollback'))
    .argument('[run]', 'identifier of the run (default: the unfinished one)')
    .description('put back what a run changed')
    .action((run: string | undefined, flags: ExecuteFlags) =>
      act(async (context) => {
        const options = runOptions(context, flags);
        const site = await openToLead(context, run);
        return execute(context, site, () => site.engine.rollback(run, options));
      }),
    );
}
