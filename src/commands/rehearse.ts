import { StepError, type ExitCode } from '../contract/errors.ts';
import { allSteps } from '../contract/plan.ts';
import type { RunOptions } from '../engine/types.ts';
import type { CommandContext, OpenedSite, PlannedRun } from './context.ts';
import { execute, runOptions, type ExecuteFlags } from './execute.ts';
import { note } from './open.ts';

/** Steps that look for a backup set, of which a new copy has none. */
const WANT_A_SET = new Set(['check.restore', 'check.safety-backup', 'check.drill']);

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
      const approvals = { change: true, destroy: copy.name };
      let planned = await planOn(copy);
      if (allSteps(planned.plan).some(({ uses }) => WANT_A_SET.has(uses))) {
        if (!context.flags.json)
          context.output.out('Backing up the copy first, as the set that is needed.\n');
        await backUp(context, copy, { ...runOptions(context, {}), approvals });
        planned = await planOn(copy);
      }
      const { plan, secretParams } = planned;
      const options = { ...runOptions(context, flags, secretParams), approvals };
      return await execute(context, copy, () => copy.engine.run(plan, options), { rehearsal: LAST });
    } finally {
      if (!context.flags.json) context.output.out(`${LAST}\n`);
    }
  });
}

/** Makes a set of the copy that is proven restorable; nothing of it is shown. @throws StepError */
async function backUp(context: CommandContext, copy: OpenedSite, options: RunOptions): Promise<void> {
  const { plan } = await copy.plan({ runbook: 'backup', params: { drill: 'always' } }, context.signal);
  const { outcome, error } = await copy.engine.run(plan, options);
  if (outcome === 'done') return;
  throw new StepError(`the copy could not be backed up: ${error?.message ?? outcome}`, {
    hint: 'Rehearse a backup to see it: sense-runbook backup --simulate',
    changed: 'Nothing of the real site was changed.',
  });
}

function writeLine(context: CommandContext, document: object): void {
  context.output.out(`${JSON.stringify(document)}\n`);
}
