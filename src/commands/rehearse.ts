import { StepError, type ExitCode } from '../contract/errors.ts';
import { allSteps } from '../contract/plan.ts';
import type { RunOptions } from '../engine/types.ts';
import type { CommandContext, OpenedSite, PlannedRun } from './context.ts';
import { execute, runOptions, type ExecuteFlags } from './execute.ts';
import { onCopy, REHEARSED, wordsBeside, wordsOfRun, type RehearsalWords } from './on-copy.ts';
import { showPlan, type PlanFlags } from './plan.ts';

/** Steps that look for a backup set, of which a new copy has none. */
const WANT_A_SET = new Set(['check.restore', 'check.safety-backup', 'check.drill']);

type PlanOn = (copy: OpenedSite) => Promise<PlannedRun>;

/**
 * `--simulate`: executes on a simulated copy, which is removed afterwards. Nothing real is changed, so nothing has to be
 * approved. The first and the last line say what it was; with `--json` the first and the last document do.
 */
export function rehearse(context: CommandContext, flags: ExecuteFlags, planOn: PlanOn): Promise<ExitCode> {
  const words = wordsOfRun(context);
  return onCopy(context, words, async (copy) => {
    const { plan, secretParams } = await planWithSet(context, copy, planOn, words.tell);
    const options = { ...runOptions(context, flags, secretParams), approvals: approvalsOf(copy) };
    return execute(context, copy, () => copy.engine.run(plan, options), { rehearsal: REHEARSED });
  });
}

/** `--simulate` with `--dry-run`: prints the plan that the copy gives. What was rehearsed is said on stderr. */
export function rehearsePlan(context: CommandContext, flags: PlanFlags, planOn: PlanOn): Promise<ExitCode> {
  const words = wordsBeside(context);
  return onCopy(context, words, async (copy) =>
    showPlan(context, copy, await planWithSet(context, copy, planOn, words.tell), flags),
  );
}

/** A plan that looks for a backup set is made once more when the copy has one. */
async function planWithSet(
  context: CommandContext,
  copy: OpenedSite,
  planOn: PlanOn,
  tell: RehearsalWords['tell'],
): Promise<PlannedRun> {
  const planned = await planOn(copy);
  if (!allSteps(planned.plan).some(({ uses }) => WANT_A_SET.has(uses))) return planned;
  tell('Backing up the copy first, as the set that is needed.');
  await backUp(context, copy, { ...runOptions(context, {}), approvals: approvalsOf(copy) });
  return planOn(copy);
}

/** Nothing real hangs on a copy. */
function approvalsOf(copy: OpenedSite): RunOptions['approvals'] {
  return { change: true, destroy: copy.name };
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
