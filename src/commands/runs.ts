import { resolve } from 'node:path';
import type { Command } from 'commander';
import { UsageError, type ExitCode } from '../contract/errors.ts';
import type { RunReport } from '../engine/types.ts';
import type { CommandContext, OpenedSite } from './context.ts';
import { runOptions, type ExecuteFlags } from './execute.ts';
import { note, openNoted, openToLead, writeJson } from './open.ts';
import { journeyText } from '../upgrade/journey/journey-line.ts';
import { pickFormat, type Format } from './plan-output.ts';
import type { Act } from './act.ts';
import { collect } from './settings.ts';

/** The newest run, whatever became of it. */
const LATEST = 'latest';
const RUN_WORDS = 'identifier of the run, or "latest"';

/** `runs`: the history, one run, its report, giving one up. */
export function declareRuns(program: Command, act: Act): void {
  const runs = program
    .command('runs')
    .description('list the runs of this site, oldest first')
    .action(() => act(listRuns));
  runs
    .command('show')
    .argument('[run]', RUN_WORDS, LATEST)
    .description('show one run: steps, times, warnings, error')
    .action((run: string) => act((context) => showReport(context, run, undefined)));
  runs
    .command('report')
    .argument('[run]', RUN_WORDS, LATEST)
    .description('print the report of one run, or pack everything of it into one archive')
    .option('--format <format>', 'text, json, markdown or html')
    .option('--bundle <file>', 'write plan, journal, log and reports to a new .zip file instead')
    .action((run: string, flags: { format?: string; bundle?: string }) =>
      act((context) =>
        flags.bundle === undefined
          ? showReport(context, run, flags.format)
          : bundleRun(context, run, flags.bundle, flags.format),
      ),
    );
  runs
    .command('abandon')
    .argument('<run>', 'identifier of the run')
    .description('give up a stopped run: it can no longer be resumed or rolled back')
    .option('--approve <class>', 'approve "destroy=SITE" beforehand', collect)
    .action((run: string, flags: ExecuteFlags) =>
      act(async (context) => {
        const options = runOptions(context, flags);
        const site = await openToLead(context, run);
        const left = await site.engine.abandon(run, options);
        if (context.flags.json) writeJson(context, { schemaVersion: 1, run, outcome: 'abandoned', left });
        else context.output.out(`Run ${run} is given up. The site is free for other runs.\n`);
        for (const line of left) note(context, `note: ${line}`);
        return 0;
      }),
    );
}

async function listRuns(context: CommandContext): Promise<ExitCode> {
  const site = await context.openSite();
  const runs = await site.engine.runs();
  if (context.flags.json) writeJson(context, { schemaVersion: 1, runs });
  else {
    context.output.out((await import('../report/runs-text.ts')).runsText(runs));
    const journey = await site.upgrade.store.read();
    if (journey?.state === 'unfinished') note(context, `note: ${journeyText(journey)}`);
  }
  return 0;
}

async function showReport(
  context: CommandContext,
  run: string,
  wanted: string | undefined,
): Promise<ExitCode> {
  const format = pickFormat(wanted, context.flags.json);
  const { site } = await openNoted(context);
  const report = await site.engine.report(await identify(site, run));
  context.output.out(await formatReport(report, format));
  return 0;
}

/** @throws UsageError when the newest run is wanted and there is none. */
async function identify({ engine }: OpenedSite, wanted: string): Promise<string> {
  if (wanted !== LATEST) return wanted;
  const newest = (await engine.runs()).at(-1);
  if (newest !== undefined) return newest.id;
  throw new UsageError('there are no runs yet', {
    hint: 'See what one would do with: sense-runbook plan backup',
  });
}

/** For support or an auditor. Says what is in it, and what is not. */
async function bundleRun(
  context: CommandContext,
  run: string,
  bundle: string,
  format: string | undefined,
): Promise<ExitCode> {
  if (format !== undefined) throw new UsageError('--bundle and --format exclude each other');
  const { site } = await openNoted(context);
  const { writeRunBundle } = await import('../report/run-bundle.ts');
  const file = resolve(context.cwd, bundle);
  const id = await identify(site, run);
  const files = await writeRunBundle(await site.engine.report(id), file);
  if (context.flags.json) {
    writeJson(context, { schemaVersion: 1, run: id, file, files });
    return 0;
  }
  context.output.out(
    [
      `Wrote ${file}: ${files.map(({ name }) => name).join(', ')} and SHA256SUMS.`,
      'Secrets are not in it: they were replaced by *** when the files were written.',
      'Host names, paths and accounts are in it. Check it after unpacking: sha256sum -c SHA256SUMS',
      '',
    ].join('\n'),
  );
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
