import type { RunOptions, RunResult, RunSummary } from '../engine/types.ts';
import { messageOf, type ExitCode } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import { formatBytes, formatCount, formatDuration, wrapText } from '../foundation/human.ts';
import { lackedWords } from '../vault/set-parts.ts';
import { downtimeFacts } from '../report/run-report-text.ts';
import type { SetEvent } from '../vault/history.ts';
import { leadText, mayBeDown, nextText, unfinishedText } from '../report/runs-text.ts';
import type { CommandContext, OpenedSite, SetSummary } from './context.ts';
import { note, writeJsonLine } from './open.ts';
import { parseApprovals } from './settings.ts';

/** Flags of commands that execute. */
export interface ExecuteFlags {
  readonly approve?: string[];
  readonly yes?: boolean;
  readonly guided?: boolean;
  /** Guided without being told so where there is a terminal; `--no-guided` is the way out. */
  readonly guidedByDefault?: boolean;
}

/** A drill and the set it was about. */
type Drilled = SetEvent & { readonly set: string };

/** How it ended, and what goes on from there. */
interface End {
  readonly result: RunResult;
  readonly lead: string | undefined;
  /** Services that the run stopped may still be down. */
  readonly down: boolean;
  readonly set: SetSummary | undefined;
  /** The verdict of the drill that the run made. */
  readonly drill: Drilled | undefined;
  /** That it was a rehearsal, in words. */
  readonly rehearsal: string | undefined;
}

/** Said first and loudest: the one thing that must not be overlooked. */
const SITE_DOWN = [
  '*'.repeat(80),
  'THE SITE IS NOT UP: services that were running could not be started again.',
  '*'.repeat(80),
].join('\n');

/** The engine's options from flags. @throws UsageError on an unknown approval. */
export function runOptions(
  context: CommandContext,
  flags: ExecuteFlags,
  secretParams: JsonObject = {},
): RunOptions {
  return {
    approvals: parseApprovals(flags.approve, flags.yes === true),
    guided: flags.guided ?? (flags.guidedByDefault === true && context.asker.canAsk),
    signal: context.signal,
    hurry: context.hurry,
    secretParams,
    strict: context.flags.strict,
  };
}

/**
 * Shows the work while it goes on, then says how it ended. Gives the exit code. `rehearsal` says that the site is a
 * simulated copy: then no command leads on from here, and no report is left.
 */
export async function execute(
  context: CommandContext,
  site: OpenedSite,
  work: () => Promise<RunResult | undefined>,
  { rehearsal }: { readonly rehearsal?: string } = {},
): Promise<ExitCode> {
  const display = await context.startDisplay();
  let result: RunResult | undefined;
  try {
    result = await work();
  } finally {
    await finishDisplay(context, display);
  }
  if (result === undefined) {
    await writeNothing(context, site);
    return 0;
  }
  // How it ended must be told, also when what is only said beside it cannot be found out.
  const set = await orNote(context, 'the backup sets could not be listed', () => setOf(site, result));
  const after =
    rehearsal === undefined
      ? await orNote(context, 'the runs could not be read', () => afterwards(site, result))
      : undefined;
  const drill = await orNote(context, 'the history of the backup sets could not be read', () =>
    drillOf(site, result),
  );
  const end: End = { result, lead: after?.lead, down: after?.down === true, set, drill, rehearsal };
  if (context.flags.json) writeJsonResult(context, end);
  else writeTextResult(context, end);
  return result.exitCode;
}

/** A half changed site is no matter of `recover`, and is down all the same: what leads on is said. */
async function writeNothing(context: CommandContext, { engine }: OpenedSite): Promise<void> {
  if (context.flags.json) {
    writeJsonLine(context, { schemaVersion: 1, type: 'nothing' });
    return;
  }
  const open = await orNote(context, 'the runs could not be read', () => engine.unfinished());
  context.output.out('There is nothing to recover.\n');
  if (open !== undefined) context.output.err(`hint: ${unfinishedText(open)}\n`);
}

/** Ends the display. One that fails must not hide how the run ended. */
export async function finishDisplay(
  context: CommandContext,
  display: Awaited<ReturnType<CommandContext['startDisplay']>>,
): Promise<void> {
  await orNote(context, 'the display failed', () => display.finish());
}

async function orNote<T>(
  context: CommandContext,
  what: string,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    note(context, `note: ${what}: ${messageOf(error)}`);
    return undefined;
  }
}

/** The set a run wrote; a resumed run has several, and the complete one counts. */
async function setOf({ vault }: OpenedSite, { run }: RunResult): Promise<SetSummary | undefined> {
  const own = (await vault.list()).filter((candidate) => candidate.run === run);
  return own.findLast(({ state }) => state === 'complete') ?? own.at(-1);
}

/** The drill of a run: its last one, should it have been resumed. */
async function drillOf({ vault, copies }: OpenedSite, { run }: RunResult): Promise<Drilled | undefined> {
  const { readHistory } = await import('../vault/history.ts');
  for (const sets of [vault, ...copies.map((copy) => copy.sets)]) {
    for (const { set, folder } of (await sets.histories()).reverse()) {
      const event = (await readHistory(folder)).findLast((one) => one.kind === 'drill' && one.run === run);
      if (event !== undefined) return { ...event, set };
    }
  }
  return undefined;
}

/** Which command goes on from here, and whether services wait for it. A run that left nothing behind does not keep others away; that is said too. */
async function afterwards(
  { engine }: OpenedSite,
  { run, outcome }: RunResult,
): Promise<{ readonly lead: string | undefined; readonly down: boolean }> {
  const open = await engine.unfinished();
  if (open?.id === run) return { lead: unfinishedText(open), down: mayBeDown(open) };
  if (outcome !== 'failed' && outcome !== 'interrupted') return { lead: undefined, down: false };
  const ended = (await engine.runs()).find(({ id }) => id === run);
  return { lead: ended === undefined ? undefined : leadOfEnded(ended), down: false };
}

function leadOfEnded(ended: RunSummary): string | undefined {
  if (ended.next.length === 0) return undefined;
  // A rollback that came to nothing, or a cleanup that failed: how the run itself ended is as it was.
  if (ended.outcome === 'done') return leadText(ended);
  return `the site is free for a new run; to go on with this one: ${nextText(ended)}`;
}

/** The last line of the JSON lines; failures also stand on stderr, as every error does. */
function writeJsonResult(context: CommandContext, { result, lead, set, drill, rehearsal }: End): void {
  context.output.out(`${JSON.stringify({ type: 'result', ...result, set, drill, rehearsal })}\n`);
  // A recovered run stays failed, but recovering it went well.
  if (result.error === undefined || result.exitCode === 0) return;
  const { name, message, hint, changed } = result.error;
  const hints = [hint, lead].filter((text) => text !== undefined);
  const error = { code: result.exitCode, name, message, hint: hints.join('\n'), changed };
  context.output.err(`${JSON.stringify({ error })}\n`);
}

function writeTextResult(context: CommandContext, end: End): void {
  const { result, lead, set, drill, rehearsal } = end;
  const { output } = context;
  const { error, warnings, downtime } = result;
  const recovered = error !== undefined && result.exitCode === 0;
  const down = result.exitCode === 7;
  if (down && rehearsal === undefined) output.err(`${SITE_DOWN}\n`);
  if (error !== undefined && !recovered) {
    output.err(`${result.outcome === 'stopped' ? 'stopped' : 'error'}: ${error.message}\n`);
    if (error.changed !== undefined) output.err(`changed: ${error.changed}\n`);
    for (const line of error.hint?.split('\n') ?? []) output.err(`hint: ${line}\n`);
  }
  if (lead !== undefined) output.err(`hint: ${lead}\n`);
  const lines = [
    `${recovered ? 'Recovered' : outcomeWords(result)} in ${formatDuration(result.durationMs)} (run ${result.run})`,
    ...(recovered ? [error.message] : []),
  ];
  lines.push(...downtimeFacts(downtime, down || end.down).map(([name, value]) => `${name}: ${value}`));
  if (set !== undefined) lines.push(`Backup set: ${set.id} (${setWords(set)})`);
  if (drill !== undefined) lines.push(drillWords(drill));
  for (const { message, hint } of warnings) {
    lines.push(...wrapText(`warning: ${message}`, 80, '  '));
    if (hint !== undefined) lines.push(...wrapText(`  hint: ${hint}`, 80, '  '));
  }
  if (rehearsal === undefined) lines.push(`Report: sense-runbook runs report ${result.run}`);
  output.out(`${lines.join('\n')}\n`);
}

function setWords({ state, bytes, bytesNew }: SetSummary): string {
  if (bytes === undefined) return state;
  const added = bytesNew === undefined ? '' : `, ${formatBytes(bytesNew)} of it new`;
  return `${state}, ${formatBytes(bytes)}${added}`;
}

function drillWords({ set, copy, verdict, restoreMs, lacks = [] }: Drilled): string {
  const took = restoreMs === undefined ? '' : ` (databases restored in ${formatDuration(restoreMs)})`;
  const what = copy === undefined ? set : `${set} of copy ${copy}`;
  if (verdict !== 'passed') return `NOT PROVEN: ${what}`;
  if (lacks.length === 0) return `Proven restorable: ${what}${took}`;
  return `Proven restorable, what is in it: ${what}${took}; it has ${lackedWords(lacks)}`;
}

function outcomeWords({ outcome, warnings }: RunResult): string {
  switch (outcome) {
    case 'done':
      return warnings.length === 0 ? 'Done' : `Done, with ${formatCount(warnings.length, 'warning')},`;
    case 'failed':
      return 'Failed';
    case 'interrupted':
      return 'Interrupted';
    case 'stopped':
      return 'Stopped, to be resumed,';
    case 'rolled-back':
      return 'Rolled back';
    case 'abandoned':
      return 'Given up';
  }
}
