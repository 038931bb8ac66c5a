import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { messageOf } from '../contract/errors.ts';
import type { EventSink } from '../contract/event.ts';
import type { Plan } from '../contract/plan.ts';
import { ActiveRun } from './active-run.ts';
import { openJournal, type Journal } from './journal.ts';
import { keepsSite } from './lasting.ts';
import type { RunMode } from './records.ts';
import type { Reserve } from './reserve.ts';
import type { RunStore } from './run-store.ts';
import type { SiteClaim } from './claim.ts';
import { reportOf, summarise } from './summary.ts';
import { allSteps } from '../contract/plan.ts';
import type { EngineCollaborators, RunOptions, RunResult } from './types.ts';

/** What belongs to one site on disk. */
export interface SiteFiles {
  readonly store: RunStore;
  readonly claim: SiteClaim;
  readonly reserve: Reserve;
}

/** A stretch of work on one run, with its journal open. */
export interface Session {
  readonly run: ActiveRun;
  /** Writes the end, the reports, and gives the site back when nothing is left on it. */
  finish(result: RunResult): Promise<RunResult>;
}

/** Opens the journal of a run and says who works on it now. */
export function openSession(
  parts: {
    id: string;
    plan: Plan;
    mode: RunMode;
    options: Pick<RunOptions, 'signal' | 'hurry' | 'guided' | 'secretParams'>;
  },
  files: SiteFiles,
  collaborators: EngineCollaborators,
): Session {
  const { id, plan, mode, options } = parts;
  const folder = files.store.folderOf(id);
  const journal = openJournal({
    file: files.store.journalOf(id),
    clock: collaborators.clock,
    redact: collaborators.redact,
    onFull: () => files.reserve.giveUp(),
  });
  const logged = { ...collaborators, sink: loggingSink(folder, collaborators) };
  const run = new ActiveRun({ id, folder, plan, journal, options, collaborators: logged });
  try {
    run.append({ type: 'began', mode, ...collaborators.self }, true);
  } catch (error) {
    journal.close();
    throw error;
  }
  bindKnownOutputs(run);
  if (mode !== 'abandon') run.emit({ type: 'run-started', run: id, plan, mode, folder });
  return { run, finish: (result) => finish(run, journal, result, files) };
}

/** Placeholders whose values earlier stretches of work found out. */
export function bindKnownOutputs(run: ActiveRun): void {
  const steps = new Map(allSteps(run.plan).map((step) => [step.id, step]));
  for (const { step, node, status, outputs } of run.state().executions) {
    const planned = steps.get(step)?.executions.find((execution) => execution.node === node);
    if (status === 'done' && outputs !== undefined && planned !== undefined)
      run.bindOutputs(step, planned, outputs);
  }
}

/** Every event also goes to `log.jsonl`, except progress. A log that cannot be written is said once and does not stop a run. */
function loggingSink(
  folder: string,
  { sink, redact }: Pick<EngineCollaborators, 'sink' | 'redact'>,
): EventSink {
  const file = join(folder, 'log.jsonl');
  let lost = false;
  return (event) => {
    if (!lost && event.type !== 'step-progress') {
      const line = event.type === 'run-started' ? { ...event, plan: event.plan.runbook.name } : event;
      try {
        appendFileSync(file, `${redact(JSON.stringify(line))}\n`, { mode: 0o600 });
      } catch (error) {
        lost = true;
        const message = `the log ${file} can no longer be written: ${messageOf(error)}`;
        sink({ type: 'warning', message, at: event.at });
      }
    }
    // Last: a display may fail, and what it could not show is in the log then.
    sink(event);
  };
}

async function finish(
  run: ActiveRun,
  journal: Journal,
  result: RunResult,
  files: SiteFiles,
): Promise<RunResult> {
  const { collaborators } = run;
  const { outcome, exitCode, durationMs, downtime, error } = result;
  run.appendIfPossible(
    { type: 'ended', outcome, exitCode, durationMs, downtime, ...(error === undefined ? {} : { error }) },
    true,
  );
  // Not always how this stretch of work ended: a cleanup that failed leaves a done run done.
  const state = run.state();
  if (!keepsSite(run.plan, state, state.ended ?? result, collaborators.actions)) giveBack(run, files);
  await writeReports(run, files);
  journal.close();
  run.emit({ type: 'run-finished', run: run.id, outcome, exitCode, durationMs, downtime });
  return result;
}

/** Whoever comes next sees that the run is over: a claim that cannot be removed must not hide how the run ended. */
function giveBack(run: ActiveRun, { claim }: SiteFiles): void {
  try {
    claim.release(run.id);
  } catch (error) {
    run.warn(`the site could not be given back: ${messageOf(error)}`);
  }
}

/** A report that cannot be written is a warning: the journal has everything. */
async function writeReports(run: ActiveRun, files: SiteFiles): Promise<void> {
  const { collaborators } = run;
  try {
    const stored = { id: run.id, folder: run.folder, plan: run.plan, entries: run.entries };
    const context = { actions: collaborators.actions, holder: files.claim.holder(), alive: false };
    const report = reportOf(stored, summarise(stored, context));
    await writeFileAtomic(join(run.folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`, {
      mode: 0o600,
    });
    await writeFileAtomic(join(run.folder, 'report.html'), collaborators.renderReport(report), {
      mode: 0o600,
    });
  } catch (error) {
    run.warn(`the report of run ${run.id} cannot be written: ${messageOf(error)}`);
  }
}
