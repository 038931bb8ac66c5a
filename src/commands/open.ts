import type { RunSummary } from '../engine/types.ts';
import { unfinishedText } from '../report/runs-text.ts';
import type { CommandContext, OpenedSite } from './context.ts';

/** A site with the run that waits there, if one does. */
export interface NotedSite {
  readonly site: OpenedSite;
  readonly unfinished: RunSummary | undefined;
}

/** Opens the site; what is odd about its file and a run that was left unfinished are named first, on stderr. */
export async function openNoted(context: CommandContext): Promise<NotedSite> {
  const site = await context.openSite();
  for (const warning of site.warnings) note(context, `warning: ${warning}`);
  const unfinished = await site.engine.unfinished();
  noteRun(context, unfinished);
  return { site, unfinished };
}

/** Opens the site for a command that leads a run on: a run that waits is named where it is another one than `run`. */
export async function openToLead(context: CommandContext, run: string | undefined): Promise<OpenedSite> {
  const site = await context.openSite();
  const unfinished = await site.engine.unfinished();
  if (run !== undefined && unfinished?.id !== run) noteRun(context, unfinished);
  return site;
}

/** Names a run that waits, for commands that need nothing of the site but its file. */
export async function noteUnfinished(context: CommandContext): Promise<void> {
  if (context.flags.json) return;
  const site = await context.watchSite();
  noteRun(context, await site.unfinished());
}

/** The same for commands that need no site file: where there is none, or none that can be read, nothing is said. */
export async function noteWaiting(context: CommandContext): Promise<void> {
  if (context.flags.json) return;
  const waiting = await context.waitingRun();
  if (waiting === undefined) return;
  if ('run' in waiting) noteRun(context, waiting.run);
  else
    note(
      context,
      `note: run ${waiting.id} holds the site, and how it stands cannot be told: ${waiting.trouble}; next: sense-runbook runs show ${waiting.id}`,
    );
}

function noteRun(context: CommandContext, unfinished: RunSummary | undefined): void {
  if (unfinished !== undefined) note(context, `note: ${unfinishedText(unfinished)}`);
}

/** One line for the person; with `--json` stderr is for errors only. */
export function note(context: CommandContext, text: string): void {
  if (!context.flags.json) context.output.err(`${text}\n`);
}

/** One JSON document on one line of stdout, as commands do whose documents are lines. */
export function writeJsonLine(context: CommandContext, document: object): void {
  context.output.out(`${JSON.stringify(document)}\n`);
}

/** One JSON document on stdout. */
export function writeJson(context: CommandContext, document: object): void {
  context.output.out(`${JSON.stringify(document, null, 2)}\n`);
}
