import type { Command } from 'commander';
import { ConfirmationError, UsageError, type ExitCode } from '../contract/errors.ts';
import { DURATION_WORDS, parseDuration } from '../foundation/measures.ts';
import { operationLines, schedulePlanText, scheduleText, writtenFiles } from '../report/schedule-text.ts';
import type { SchedulePlan, ScheduleRequest } from '../schedule/scheduler.ts';
import { parseTimeOfDay } from '../schedule/time-of-day.ts';
import type { Act } from './act.ts';
import type { CommandContext, OpenedSchedule } from './context.ts';
import { doneExitCode } from './exit-codes.ts';
import { note, noteUnfinished, writeJson } from './open.ts';
import { collect, parseApprovals } from './settings.ts';

/** Flags of commands that change the schedule. */
interface ChangeFlags {
  readonly approve?: string[];
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

interface InstallFlags extends ChangeFlags {
  readonly at: string;
  readonly account?: string;
  readonly gmsa?: boolean;
  readonly password?: string;
  readonly timeLimit: string;
}

/** `schedule install|show|remove`: the nightly task and the recovery task. */
export function declareSchedule(program: Command, act: Act): void {
  const schedule = program.command('schedule').description('the nightly task and the recovery task');
  addChangeFlags(schedule.command('install'))
    .description('have this machine back up every night, and recover after a kill')
    .requiredOption('--at <HH:MM>', 'when the backup begins, in local time')
    .option('--account <name>', 'who runs it: DOMAIN\\name (default: who runs this)')
    .option('--gmsa', 'the account is a group managed service account: no password')
    .option('--password <secret>', 'name of a kept secret with the password (default: ask)')
    .option('--time-limit <time>', 'a backup that takes longer is ended', '12h')
    .action((flags: InstallFlags) => act((context) => install(context, flags)));
  schedule
    .command('show')
    .description('next run, last run, and what its result means')
    .action(() => act(show));
  addChangeFlags(schedule.command('remove'))
    .description('remove both tasks')
    .action((flags: ChangeFlags) => act((context) => remove(context, flags)));
}

function addChangeFlags(command: Command): Command {
  return command
    .option('--dry-run', 'only print what would be done, and what would be written')
    .option('--approve <class>', 'approve "change" beforehand', collect)
    .option('--yes', 'the same as --approve change');
}

async function install(context: CommandContext, flags: InstallFlags): Promise<ExitCode> {
  const request = requestOf(flags);
  await noteUnfinished(context);
  const opened = await context.schedule();
  const plan = await opened.scheduler.planInstall(request);
  if (flags.password !== undefined && !plan.needsPassword)
    throw new UsageError('--password is of no use here: these tasks need none');
  for (const warning of plan.warnings) note(context, `warning: ${warning}`);
  if (flags.dryRun === true) return dryRun(context, opened, plan);
  await approve(context, flags, plan, `Schedule the site ${opened.site}, as ${plan.account}?`);
  const password = plan.needsPassword
    ? await passwordOf(context, opened, plan.account, flags.password)
    : undefined;
  await opened.scheduler.perform(plan, password);
  tellDone(context, opened, plan, `The site ${opened.site} is backed up every day at ${flags.at}.`);
  return doneExitCode(context.flags.strict, plan.warnings);
}

async function remove(context: CommandContext, flags: ChangeFlags): Promise<ExitCode> {
  await noteUnfinished(context);
  const opened = await context.schedule();
  const plan = await opened.scheduler.planRemove();
  if (plan.operations.length === 0) {
    tellDone(context, opened, plan, `Nothing is scheduled for the site ${opened.site}.`);
    return 0;
  }
  if (flags.dryRun === true) return dryRun(context, opened, plan);
  await approve(context, flags, plan, `Remove the schedule of the site ${opened.site}?`);
  await opened.scheduler.perform(plan);
  tellDone(context, opened, plan, `The site ${opened.site} is no longer backed up every night.`);
  return 0;
}

async function show(context: CommandContext): Promise<ExitCode> {
  await noteUnfinished(context);
  const { site, scheduler } = await context.schedule();
  const tasks = await scheduler.show();
  if (context.flags.json) writeJson(context, { schemaVersion: 1, site, tasks });
  else context.output.out(scheduleText(site, tasks));
  return 0;
}

function requestOf({ at, account, gmsa, timeLimit, password }: InstallFlags): ScheduleRequest {
  const time = parseTimeOfDay(at);
  if (time === undefined)
    throw new UsageError(`--at ${at} is no time`, {
      hint: 'Write hours and minutes of 24 hours: --at 02:00',
    });
  const timeLimitMs = parseDuration(timeLimit) ?? 0;
  if (timeLimitMs < 60_000)
    throw new UsageError(`--time-limit ${timeLimit}: it ${DURATION_WORDS}, and at least 1m`);
  if (gmsa === true && password !== undefined)
    throw new UsageError('--gmsa and --password exclude each other');
  return { at: time, gmsa: gmsa === true, timeLimitMs, ...(account === undefined ? {} : { account }) };
}

function dryRun(context: CommandContext, { site }: OpenedSchedule, plan: SchedulePlan): ExitCode {
  if (context.flags.json) writeJson(context, { ...planJson(site, plan), dryRun: true });
  else context.output.out(`This would be done:\n${schedulePlanText(plan, { files: true })}`);
  return doneExitCode(context.flags.strict, plan.warnings);
}

async function approve(
  context: CommandContext,
  flags: ChangeFlags,
  plan: SchedulePlan,
  question: string,
): Promise<void> {
  note(context, `This is to be done:\n${schedulePlanText(plan, { files: false }).trimEnd()}`);
  if (parseApprovals(flags.approve, flags.yes === true).change) return;
  if (!context.asker.canAsk)
    throw new ConfirmationError('there is no terminal to ask on; nothing was changed', {
      hint: 'Give --yes to approve it beforehand, or --dry-run to see it.',
    });
  if ((await context.asker.confirm(question, true, context.signal)) !== true)
    throw new ConfirmationError('not confirmed; nothing was changed');
}

/** Never from an argument: arguments are seen by every user of the machine and stay in histories. */
async function passwordOf(
  context: CommandContext,
  opened: OpenedSchedule,
  account: string,
  secret: string | undefined,
): Promise<string> {
  if (secret !== undefined) return opened.readSecret(secret);
  if (!context.asker.canAsk)
    throw new ConfirmationError('the password of the account cannot be asked for without a terminal', {
      hint: 'Keep it with "sense-runbook secret set NAME", give --password NAME, and remove the secret after that.',
    });
  const typed = await context.asker.secret(`Password of ${account}:`, context.signal);
  if (typed === undefined || typed === '')
    throw new ConfirmationError('the password was not typed; nothing was changed');
  opened.hide(typed);
  return typed;
}

function planJson(site: string, plan: SchedulePlan): object {
  const { account, warnings } = plan;
  return {
    schemaVersion: 1,
    site,
    account,
    operations: operationLines(plan),
    files: writtenFiles(plan),
    warnings,
  };
}

function tellDone(context: CommandContext, { site }: OpenedSchedule, plan: SchedulePlan, text: string): void {
  if (context.flags.json) writeJson(context, planJson(site, plan));
  else context.output.out(`${text} What is scheduled: sense-runbook schedule show\n`);
}
