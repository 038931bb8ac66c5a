import { nextCommandLine } from '../engine/next-commands.ts';
import type { RunSummary } from '../engine/types.ts';
import { formatDuration, formatLocalTime } from '../foundation/human.ts';
import { textTable } from './text-table.ts';

/** The table of `runs`: oldest first, times local. Ends with a newline. */
export function runsText(runs: readonly RunSummary[]): string {
  if (runs.length === 0) return 'No runs yet. See what one would do with: sense-runbook plan backup\n';
  const rows = runs.map((run) => [
    run.id,
    run.runbook,
    formatLocalTime(run.startedAt),
    outcomeText(run),
    run.durationMs === undefined ? '-' : formatDuration(run.durationMs),
  ]);
  const columns = [
    { title: 'RUN' },
    { title: 'RUNBOOK' },
    { title: 'STARTED' },
    { title: 'OUTCOME' },
    { title: 'TOOK', align: 'right' as const },
  ];
  const hints = runs.flatMap((run) => (run.holdsSite ? [unfinishedText(run)] : []));
  return `${[...textTable(columns, rows), ...(hints.length === 0 ? [] : ['', ...hints])].join('\n')}\n`;
}

/** One line that names an unfinished run, says when services may be down, and gives the next command. */
export function unfinishedText(run: RunSummary): string {
  if (run.outcome === 'running') return `run ${run.id} (${run.runbook}) is running`;
  const state: Record<string, string> = {
    lost: 'was cut off',
    failed: 'failed',
    interrupted: 'was interrupted',
    stopped: 'was stopped and waits to be continued',
  };
  const down = downWords(run);
  const words = `run ${run.id} (${run.runbook}) ${state[run.outcome] ?? `is ${run.outcome}`}${down}`;
  return run.next.length === 0 ? words : `${words}; next: ${nextText(run)}`;
}

function downWords(run: RunSummary): string {
  if (run.halfChanged === true) return `, and the site is half changed: ${halfChangedWords(run)}`;
  return mayBeDown(run) ? ', and services it stopped may be down' : '';
}

function halfChangedWords({ startedAgain = [], keptDown = [] }: RunSummary): string {
  if (startedAgain.length === 0) return 'its services stay down until then';
  const up = `services were started again on ${startedAgain.join(', ')}`;
  return keptDown.length === 0 ? up : `${up}, and stay down on ${keptDown.join(', ')} until then`;
}

/** What leads on from a run that holds the site, or what may still be done with one that is over. */
export function leadText(run: RunSummary): string | undefined {
  if (run.holdsSite) return unfinishedText(run);
  if (!['done', 'abandoned'].includes(run.outcome) || run.next.length === 0) return undefined;
  const words = { rollback: 'can be put back', cleanup: 'keeps old data' } as const;
  const said = run.next.flatMap((command) =>
    command === 'rollback' || command === 'cleanup' ? [words[command]] : [],
  );
  return `run ${run.id} is ${run.outcome}, ${said.join(' and ')}; possible: ${nextText(run)}`;
}

/** The commands that are possible after a run, to be typed. */
export function nextText({ id, next }: Pick<RunSummary, 'id' | 'next'>): string {
  return next.map((command) => `sense-runbook ${nextCommandLine(command, id)}`).join(' or ');
}

/** Whether services that a run stopped may still be down; no measured downtime is true then. */
export function mayBeDown({ next, halfChanged }: Pick<RunSummary, 'next' | 'halfChanged'>): boolean {
  return halfChanged === true || next.includes('recover');
}

/** How a run ended or stands, in one word or two. */
export function outcomeText(run: Pick<RunSummary, 'outcome'>): string {
  return run.outcome === 'lost' ? 'cut off' : run.outcome;
}
