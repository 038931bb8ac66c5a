import type { Command } from 'commander';
import type { ExitCode } from '../contract/errors.ts';
import type { RunReport } from '../engine/types.ts';
import type { CommandContext } from './context.ts';
import { runOptions, type ExecuteFlags } from './execute.ts';
import { openNoted, writeJson } from './open.ts';
import { pickFormat, type Format } from './plan-output.ts';
import type { Act } from './act.ts';
import { collect } from './settings.ts';

/** `runs`: the history, one run, its report, giving one up. */
export function declareRuns(program: Command, act: Act): void {
  const runs = program
    .command('runs')
    .description('list the runs of this site, oldest first')
    .action(() => act(listRuns));
  runs
    .command('show')
    .argument('<run>', 'identifier of the run')
    .description('show one run: steps, times, warnings, error')
    .action((run: string) => act((context) => showReport(context, run, undefined)));
  runs
    .command('report')
    .argument('<run>', 'identifier of the run')
    .description('print the report of one run')
    .option('--format <format>', 'text, json, markdown or html')
    .action((run: string, flags: { format?: string }) =>
      act((context) => showReport(context, run, flags.format)),
    );
  runs
    .command('abandon')
    .argument('<run>', 'identifier of the run')
    .description('give up a stopped run: it can no longer be resumed or rolled back')
    .option('--approve <class>', 'approve "destroy=SITE" beforehand', collect)
    .action((run: string, flags: ExecuteFlags) =>
      act(async (context) => {
        const options = runOptions(context, flags);
        const site = await context.openSite();
        await site.engine.abandon(run, options);
        if (context.flags.json) writeJson(context, { schemaVersion: 1, run, outcome: 'abandoned' });
        else context.output.out(`Run ${run} is given up. The site is free for other runs.\n`);
        return 0;
      }),
    );
}

async function listRuns(context: CommandContext): Promise<ExitCode> {
  const site = await context.openSite();
  const runs = await site.engine.runs();
  if (context.flags.json) writeJson(context, { schemaVersion: 1, runs });
  else context.output.out((await import('../report/runs-text.ts')).runsText(runs));
  return 0;
}

async function showReport(
  context: CommandContext,
  run: string,
  wanted: string | undefined,
): Promise<ExitCode> {
  const format = pickFormat(wanted, context.flags.json);
  const { site } = await openNoted(context);
  context.output.out(await formatReport(await site.engine.report(run), format));
  return 0;
}

async function formatReport(report: RunReport, format: Format): Promise<string> {
  switch (format) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'text':
      return (await import('../report/run-report-text.ts')).runReportText(report);
    case 'markdown':
      return (await import('../report/run-report-markdown.ts')).runReportMarkdown(report);
    case 'html':
      return (await import('../report/run-report-html.ts')).runReportHtml(report);
  }
}
