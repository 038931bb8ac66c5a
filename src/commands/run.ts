import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { PreflightError, UsageError, type ExitCode } from '../contract/errors.ts';
import type { CommandContext, OpenedSite, PlannedRun, PlanRequest } from './context.ts';
import { execute, runOptions, type ExecuteFlags } from './execute.ts';
import { openNoted } from './open.ts';
import { showPlan, type PlanFlags } from './plan.ts';
import type { Act } from './act.ts';
import { recoverFirst } from './recover-first.ts';
import { rehearse, rehearsePlan } from './rehearse.ts';
import { helpOnRunbooks, refuseWithoutRunbook, showHelp } from './runbook-help.ts';
import { collect, parseSettings } from './settings.ts';
import { reasonOf } from '../foundation/system-reason.ts';

/** Flags of `run`; those of `plan` hold for its dry run. */
export interface RunFlags extends ExecuteFlags, PlanFlags {
  readonly dryRun?: boolean;
  readonly simulate?: boolean;
}

/** `run RUNBOOK|PLANFILE`: executes. */
export function declareRun(program: Command, act: Act): void {
  const command = addRunFlags(helpOnRunbooks(program.command('run')))
    .argument('[runbook]', 'name of a runbook, its YAML file, or a plan saved by "plan --out" (name.json)')
    .description('execute a runbook or a saved plan')
    .option('--set <name=value>', 'give a parameter; repeatable', collect)
    .option('--format <format>', 'with --dry-run: text, json, markdown or html')
    .action((name: string | undefined, flags: RunFlags) =>
      act(async (context) => {
        if (flags.help === true) return showHelp(context, command, name);
        if (name === undefined) refuseWithoutRunbook(command);
        return runRunbook(context, name, parseSettings(flags.set), flags);
      }),
    );
}

/** Flags of every command that executes a runbook. */
export function addRunFlags(command: Command): Command {
  return addApprovalFlags(command)
    .option('--dry-run', 'only print the plan; the same as "plan"')
    .option(
      '--simulate',
      'rehearse on a simulated copy of the site, with a database of its own; without a site file, of the demo',
    )
    .option('--guided', 'explain every step and ask before it')
    .option('--out <file>', 'with --dry-run: save the plan to run it later');
}

/** `--approve` and `--yes`. */
export function addApprovalFlags(command: Command): Command {
  return command
    .option('--approve <class>', 'approve "change" or "destroy=SITE" beforehand; repeatable', collect)
    .option('--yes', 'the same as --approve change');
}

/** Plans and executes a runbook or a saved plan. */
export async function runRunbook(
  context: CommandContext,
  name: string,
  params: PlanRequest['params'],
  flags: RunFlags,
): Promise<ExitCode> {
  if (flags.dryRun !== true) refusePlanOnlyFlags(flags);
  // Wrong approvals are told before anything is looked at.
  const { approvals } = runOptions(context, flags);
  if (flags.simulate === true) {
    const planOn = (copy: OpenedSite) => planOrSaved(context, copy, name, params, { anyway: true });
    if (flags.dryRun !== true) return rehearse(context, flags, planOn);
    if (flags.out !== undefined)
      throw new UsageError('--out is not for --simulate: a plan holds only on the site it was made for');
    return rehearsePlan(context, flags, planOn);
  }
  const { site, unfinished } = await openNoted(context);
  if (flags.dryRun === true)
    return showPlan(context, site, await planOrSaved(context, site, name, params), flags);
  await recoverFirst(context, site, unfinished, approvals);
  const { plan, secretParams } = await planOrSaved(context, site, name, params);
  return execute(context, site, () => site.engine.run(plan, runOptions(context, flags, secretParams)));
}

/** `anyway`: a saved plan is taken although it does not hold on this site, which is a copy. */
async function planOrSaved(
  context: CommandContext,
  site: OpenedSite,
  name: string,
  params: PlanRequest['params'],
  { anyway }: { readonly anyway: boolean } = { anyway: false },
): Promise<PlannedRun> {
  if (!(await isPlanFile(context, name))) return site.plan({ runbook: name, params }, context.signal);
  const file = resolve(context.cwd, name);
  const saved = { text: await readText(file), file };
  const { differences, ...planned } = await site.planSaved(saved, params, context.signal);
  if (differences.length > 0 && !anyway)
    throw new PreflightError(
      [`the plan ${file} no longer holds:`, ...differences.map((line) => `  ${line}`)].join('\n'),
      { hint: `Look at a new plan: sense-runbook plan ${planned.plan.runbook.name} --out ${name}` },
    );
  return planned;
}

/** A name of a runbook comes before a file that happens to have the same name. */
async function isPlanFile(context: CommandContext, name: string): Promise<boolean> {
  if (/\.json$/i.test(name)) return true;
  if (/\.ya?ml$/i.test(name)) return false;
  try {
    if (!(await stat(resolve(context.cwd, name))).isFile()) return false;
  } catch {
    // Not a file: the planner says that there is no such runbook.
    return false;
  }
  return !(await context.runbooks()).some((runbook) => runbook.name === name);
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`the plan file ${file} cannot be read: ${reasonOf(error)}`, {
      hint: 'Write one with: sense-runbook plan RUNBOOK --out FILE',
      cause: error,
    });
  }
}

function refusePlanOnlyFlags(flags: RunFlags): void {
  if (flags.out !== undefined) throw new UsageError('--out is only for --dry-run');
  if (flags.format !== undefined) throw new UsageError('--format is only for --dry-run');
}
