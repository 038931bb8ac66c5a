import type { Command } from 'commander';
import { UsageError, type ExitCode } from '../contract/errors.ts';
import type { UpgradePlan, UpgradeStart } from '../upgrade/types.ts';
import type { Act } from './act.ts';
import type { CommandContext } from './context.ts';
import { doneExitCode } from './exit-codes.ts';
import { note, noteWaiting, writeJson } from './open.ts';
import { pickFormat, savePlan, type Format } from './plan-output.ts';
import { collect } from './settings.ts';
import { declareUpgradeAbandon } from './upgrade-abandon.ts';
import { declareUpgradeRun } from './upgrade-run.ts';
import { optionsOfFlags, startOfFlags, type UpgradeFlags } from './upgrade-start.ts';

/** `upgrade`: the way from one release to another, and what is known of releases and rules. */
export function declareUpgrade(program: Command, act: Act): void {
  const upgrade = program
    .command('upgrade')
    .description('plan an upgrade from any release to any release, and carry it out');
  declarePlan(upgrade, act);
  declareUpgradeRun(upgrade, act);
  declareUpgradeAbandon(upgrade, act);
  upgrade
    .command('releases')
    .description('list the releases that are known, oldest first')
    .action(() => act(listReleases));
  upgrade
    .command('rules')
    .description('list the rules that plans are made of, with the pages of the manual')
    .option('--inference', 'only those that are inference, for a person to check')
    .action((flags: { inference?: boolean }) =>
      act((context) => listRules(context, flags.inference === true)),
    );
}

function declarePlan(upgrade: Command, act: Act): void {
  upgrade
    .command('plan')
    .description('print which hops lead to a release, why, and what each demands; changes nothing')
    .requiredOption('--to <release>', 'where to: "May 2025", "May 2025 Patch 5", 2025-05')
    .option('--from <release>', 'what is installed (default: what the site tells): "August 2022 Patch 5"')
    .option('--patch <number>', 'the patch that is installed, or none')
    .option('--first-installed <release>', 'with which release the site began')
    .option('--postgres <version>', 'version of PostgreSQL')
    .option('--postgres-kind <kind>', 'bundled, qpi, standalone or managed')
    .option('--postgres-remote', 'PostgreSQL is not on the central node')
    .option('--persistence <model>', 'shared or synchronized')
    .option('--service-account <kind>', 'who runs the services: user or local-system')
    .option('--ssl', 'PostgreSQL is asked over SSL')
    .option('--no-ssl', 'it is not')
    .option('--nodes <number>', 'how many nodes, with the central one')
    .option('--uninstalled', 'Qlik Sense was uninstalled already, its database is left')
    .option('--centralized-logging', 'logs go to a database')
    .option('--no-centralized-logging', 'they do not')
    .option('--dot-net <version>', 'version of the .NET Framework')
    .option('--windows <name>', 'for example "Windows Server 2016"')
    .option('--visual-cpp', 'the runtime of Visual C++ 2019 is there')
    .option('--no-visual-cpp', 'it is not')
    .option('--powershell <version>', 'version of PowerShell')
    .option('--execution-policy <policy>', 'of PowerShell: for example AllSigned')
    .option('--avx', 'the processors have AVX')
    .option('--no-avx', 'they do not')
    .option('--free-space <gb>', 'GB free on the disk that Qlik Sense is on')
    .option('--pending-reboot', 'Windows waits for a restart')
    .option('--no-pending-reboot', 'it does not')
    .option('--databases <names>', 'all databases of the server: QSR,SenseServices,QSMQ,Licenses')
    .option('--password-encryption <kind>', 'how passwords are stored: md5 or scram-sha-256')
    .option(
      '--changed-config <file>',
      'a configuration file that was changed by hand; repeatable',
      (file, earlier: string[] | false = []) => collect(file, earlier === false ? [] : earlier),
    )
    .option('--no-changed-config', 'none was')
    .option('--capabilities-changed', 'Capabilities.json was changed')
    .option('--no-capabilities-changed', 'it was not')
    .option('--proxy-settings', 'services.conf has settings for a proxy')
    .option('--no-proxy-settings', 'it has none')
    .option('--minutes <kind=n>', 'how long a kind of hop took a node on this site; repeatable', collect)
    .option('--alternatives <number>', 'show so many other ways, too')
    .option('--alternative <number>', 'make the plan of that alternative, 1 for the first that is listed')
    .option('--follow-advice', "make the plan of the path that follows the manual's advice, too")
    .option('--brief', 'text without what each hop demands')
    .option('--out <file>', 'save the plan as JSON')
    .option('--format <format>', 'text, json, markdown or html')
    .action((flags: UpgradeFlags) => act((context) => showUpgrade(context, flags)));
}

/** 3 when there is no way: nothing could be done by this plan. */
async function showUpgrade(context: CommandContext, flags: UpgradeFlags): Promise<ExitCode> {
  const format = pickFormat(flags.format, context.flags.json);
  const options = optionsOfFlags(flags);
  await noteWaiting(context);
  const start = await readStart(context, flags);
  const { planUpgrade } = await import('../upgrade/plan-upgrade.ts');
  const plan = planUpgrade(start, { to: flags.to }, options);
  context.output.out(await formatUpgrade(plan, format, flags.brief));
  if (flags.followAdvice === true && plan.chosen === undefined && plan.reachable)
    note(context, 'note: the cheapest path follows all advice that can be followed');
  if (flags.out !== undefined) {
    const file = await savePlan(context.cwd, flags.out, await formatUpgrade(plan, 'json'));
    note(context, `saved: ${file}`);
  }
  return plan.reachable ? doneExitCode(context.flags.strict, plan.warnings) : 3;
}

/** With --from the flags alone tell, unless a site file is named; without it the site tells what no flag does. */
async function readStart(context: CommandContext, flags: UpgradeFlags): Promise<UpgradeStart> {
  const given = startOfFlags(flags);
  if (given.release !== undefined && context.flags.site === undefined) {
    const left = await context.siteFile();
    if (left !== undefined)
      note(
        context,
        `note: with --from the flags alone were used, nothing of ${left}. With --site "${left}" it answers what no flag does.`,
      );
    return { ...given, release: given.release };
  }
  const site = await context.upgradeStart();
  for (const text of site?.notes ?? []) note(context, `note: ${text}`);
  const known = site?.known ?? {};
  const postgres = { ...known.postgres, ...given.postgres };
  const release = given.release ?? known.release;
  if (release === undefined)
    throw new UsageError(
      site === undefined
        ? 'there is no site file, and --from does not say which release is installed'
        : `neither ${site.file} nor this machine tells which release is installed`,
      { hint: 'Say it with --from "August 2022 Patch 5".' },
    );
  if (site !== undefined) note(context, `note: what no flag says is taken from ${site.file} and the site`);
  // The patch that was found belongs to the release that was found.
  const { patch, ...rest } = known;
  return {
    ...rest,
    ...(given.release === undefined && patch !== undefined ? { patch } : {}),
    ...given,
    ...(Object.keys(postgres).length === 0 ? {} : { postgres }),
    release,
  };
}

async function formatUpgrade(plan: UpgradePlan, format: Format, brief = false): Promise<string> {
  switch (format) {
    case 'json':
      return `${JSON.stringify(plan, null, 2)}\n`;
    case 'text':
      return (await import('../report/upgrade-text.ts')).upgradeText(plan, { brief });
    case 'markdown':
      return (await import('../report/upgrade-markdown.ts')).upgradeMarkdown(plan);
    case 'html':
      return (await import('../report/upgrade-html.ts')).upgradeHtml(plan);
  }
}

async function listReleases(context: CommandContext): Promise<ExitCode> {
  await noteWaiting(context);
  const { RELEASES } = await import('../upgrade/releases.ts');
  if (context.flags.json) writeJson(context, { schemaVersion: 1, releases: RELEASES });
  else context.output.out((await import('../report/upgrade-knowledge.ts')).releasesText(RELEASES));
  return 0;
}

async function listRules(context: CommandContext, inference: boolean): Promise<ExitCode> {
  await noteWaiting(context);
  const { knowledge } = await import('../upgrade/knowledge.ts');
  const known = knowledge(inference);
  if (context.flags.json) writeJson(context, { schemaVersion: 1, ...known });
  else context.output.out((await import('../report/upgrade-knowledge.ts')).knowledgeText(known));
  return 0;
}
