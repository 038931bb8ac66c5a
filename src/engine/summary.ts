import type { ActionRegistry } from '../contract/action.ts';
import type { CheckResult } from '../contract/action.ts';
import { insideBracket, nodesInBracket } from './bracket.ts';
import { measureDowntime } from './downtime.ts';
import { standingOf } from './lasting.ts';
import { nextCommands, nextOfSiteDown } from './next-commands.ts';
import { foldJournal, siteDown, stepRecords } from './run-state.ts';
import type { StoredRun } from './run-store.ts';
import type { RunReport, RunSummary } from './types.ts';

/** One run for a history. `alive`: some process works on this site now; `holder`: the run that holds the site. */
export function summarise(
  stored: StoredRun,
  context: { actions: ActionRegistry; holder: string | undefined; alive: boolean },
): RunSummary {
  const state = foldJournal(stored.entries);
  const holdsSite = context.holder === stored.id;
  const running = context.alive && holdsSite;
  const outcome =
    running && state.cleaning ? 'running' : (state.ended?.outcome ?? (running ? 'running' : 'lost'));
  return {
    id: stored.id,
    folder: stored.folder,
    runbook: stored.plan.runbook.name,
    title: stored.plan.runbook.title,
    startedAt: state.startedAt,
    outcome,
    downtime: measureDowntime(stored.entries),
    ...(over(outcome) || !insideBracket(stored.plan, state)
      ? {}
      : { halfChanged: true as const, ...nodesInBracket(stored.plan, state) }),
    holdsSite,
    next: siteDown(state)
      ? nextOfSiteDown(standingOf(stored.plan, state, context.actions))
      : nextCommands(outcome, standingOf(stored.plan, state, context.actions)),
    ...(state.ended === undefined ? {} : { endedAt: state.ended.at, durationMs: state.ended.durationMs }),
  };
}

/** Nothing is between old and new any more, or nobody wants to know. */
function over(outcome: RunSummary['outcome']): boolean {
  return ['running', 'abandoned', 'rolled-back'].includes(outcome);
}

/** A run whose plan or journal cannot be read. */
export function damagedSummary(run: { id: string; folder: string; holder: string | undefined }): RunSummary {
  const { id, folder, holder } = run;
  const holdsSite = holder === id;
  return {
    id,
    folder,
    runbook: 'unknown',
    title: 'damaged',
    startedAt: '',
    outcome: 'damaged',
    downtime: {},
    holdsSite,
    next: holdsSite ? ['abandon'] : [],
  };
}

/** Everything of one run. */
export function reportOf(stored: StoredRun, summary: RunSummary): RunReport {
  const state = foldJournal(stored.entries);
  const checks = stored.entries.flatMap((entry): CheckResult[] =>
    entry.type === 'check' ? [entry.result] : [],
  );
  const error = state.ended?.error;
  return {
    schemaVersion: 1,
    run: summary,
    site: stored.plan.site,
    tool: stored.plan.tool,
    steps: stepRecords(state),
    answers: state.answers,
    warnings: state.warnings,
    checks,
    ...(error === undefined ? {} : { error }),
  };
}
