import type { ExitCode } from '../contract/errors.ts';
import type { CommandContext, OpenedSite, PlannedRun } from './context.ts';
import { execute, runOptions, type ExecuteFlags } from './execute.ts';
import { note } from './open.ts';

const LAST = 'This was a REHEARSAL on a simulated copy: nothing of the real site was touched.';

/**
 * `--simulate`: executes on a simulated copy, which is removed afterwards. Nothing real is changed, so nothing has to be
 * approved. The first and the last line say what it was; with `--json` the first and the last document do.
 */
export function rehearse(
  context: CommandContext,
  flags: ExecuteFlags,
  planOn: (copy: OpenedSite) => Promise<PlannedRun>,
): Promise<ExitCode> {
  context.beginEffects();
  return context.rehearse(async (name, build) => {
    const first = `REHEARSAL on a simulated copy of ${name}: nothing of the real site is touched.`;
    if (context.flags.json) writeLine(context, { schemaVersion: 1, type: 'rehearsal', message: first });
    else context.output.out(`${first}\nBuilding the copy; it is removed in the end.\n`);
    try {
      const copy = await build();
      for (const warning of copy.warnings) note(context, `warning: ${warning}`);
      const { plan, secretParams } = await planOn(copy);
      const approvals = { change: true, destroy: copy.name };
      const options = { ...runOptions(context, flags, secretParams), approvals };
      return await execute(context, copy, () => copy.engine.run(plan, options), { rehearsal: LAST });
    } finally {
      if (!context.flags.json) context.output.out(`${LAST}\n`);
    }
  });
}

function writeLine(context: CommandContext, document: object): void {
  context.output.out(`${JSON.stringify(document)}\n`);
}
