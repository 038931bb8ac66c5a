import type { Command } from 'commander';
import type { ExitCode } from '../contract/errors.ts';
import { commandLine } from '../report/operation-text.ts';
import type { CommandContext, OpenedSite, PlannedRun } from './context.ts';
import { doneExitCode } from './exit-codes.ts';
import { note, openNoted } from './open.ts';
import { formatPlan, pickFormat, savePlan } from './plan-output.ts';
import type { Act } from './act.ts';
import { helpOnRunbooks, refuseWithoutRunbook, showHelp } from './runbook-help.ts';
import { collect, parseSettings } from './settings.ts';

/** Flags of `plan`. */
export interface PlanFlags {
  readonly set?: string[];
  readonly out?: string;
  readonly format?: string;
  readonly help?: boolean;
}

/** `plan RUNBOOK`: resolves and prints; changes nothing. */
export function declarePlan(program: Command, act: Act): void {
  const command = helpOnRunbooks(program.command('plan'))
    .argument('[runbook]', 'name of a runbook ("runbooks" lists them), or its YAML file')
    .description('print what a runbook would do on this site; changes nothing')
    .option('--set <name=value>', 'give a parameter; repeatable', collect)
    .option('--out <file>', 'save the plan, to run it later with "run FILE"')
    .option('--format <format>', 'text, json, markdown or html')
    .action((runbook: string | undefined, flags: PlanFlags) =>
      act(async (context) => {
        if (flags.help === true) return showHelp(context, command, runbook);
        if (runbook === undefined) refuseWithoutRunbook(command);
        const params = parseSettings(flags.set);
        pickFormat(flags.format, context.flags.json);
        const { site } = await openNoted(context);
        return showPlan(context, site, await site.plan({ runbook, params }, context.signal), flags);
      }),
    );
}

/** Runs the plan's checks, prints it and saves it when asked. 3 when a check failed: it could not be run now. */
export async function showPlan(
  context: CommandContext,
  site: OpenedSite,
  planned: PlannedRun,
  flags: PlanFlags,
): Promise<ExitCode> {
  const format = pickFormat(flags.format, context.flags.json);
  const checks = await site.engine.preflight(planned.plan, context.signal);
  const plan = { ...planned.plan, checks };
  context.output.out(await formatPlan(plan, format));
  if (flags.out !== undefined) {
    const file = await savePlan(context.cwd, flags.out, await formatPlan(plan, 'json'));
    note(context, `saved: ${file}; run it with: ${commandLine(['sense-runbook', 'run', flags.out])}`);
  }
  if (checks.some((check) => check.status === 'failed')) {
    note(context, 'A check failed: this plan would not be run now.');
    return 3;
  }
  const warned = checks.filter((check) => check.status === 'warning');
  return doneExitCode(context.flags.strict, [...plan.warnings, ...warned]);
}
