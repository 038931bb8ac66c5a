import {
  ExpectedError,
  InterruptedError,
  NotProvenError,
  SiteDownError,
  StepError,
  StoppedError,
  messageOf,
  type ExitCode,
} from '../contract/errors.ts';
import type { RunOutcome } from '../contract/event.ts';
import type { PlanItem, PlanSection, PlannedExecution } from '../contract/plan.ts';
import { allSteps, stepsOf } from '../contract/plan.ts';
import type { ActiveRun } from './active-run.ts';
import { measureDowntime } from './downtime.ts';
import { standingOf } from './lasting.ts';
import { insideBracket } from './bracket.ts';
import { reversedBy } from './reversed.ts';
import { StepFailure, runItems, runStep, type Remaining } from './steps.ts';
import type { RunResult } from './types.ts';

/** What is to be done of a section: all of it, some of it, or nothing. */
export type SectionWork = (section: PlanSection) => { items: readonly PlanItem[]; remaining?: Remaining };

/** Runs the sections (not preflight), then what always runs, then the hooks of a failure, and gives how it ended. */
export async function workThrough(run: ActiveRun, work: SectionWork): Promise<RunResult> {
  let failure: StepFailure | undefined;
  for (const section of run.plan.sections.filter(({ preflight }) => !preflight)) {
    const { items, remaining } = work(section);
    if (items.length === 0) continue;
    failure = await runSection(run, section, items, remaining);
    if (failure !== undefined) break;
  }
  const alwaysFailures = await runAlways(run);
  // Hooks may take long or hang, and no Ctrl+C reaches them: the services run by then.
  if (failure !== undefined && run.plan.onFailure.length > 0) {
    const further = await runItems(run, run.plan.onFailure, { always: true });
    if (further !== undefined)
      run.warn(`the on-failure hook ${further.step.id} failed: ${messageOf(further.error)}`);
  }
  return conclude(run, failure, alwaysFailures);
}

async function runSection(
  run: ActiveRun,
  section: PlanSection,
  items: readonly PlanItem[],
  remaining: Remaining | undefined,
): Promise<StepFailure | undefined> {
  try {
    run.append({ type: 'section-began', section: section.id, round: 1 });
  } catch (error) {
    const first = stepsOf(items)[0];
    if (first === undefined) throw error;
    return new StepFailure(first, '', error);
  }
  const title = section.title === undefined ? {} : { title: section.title };
  run.emit({ type: 'section-started', section: section.id, ...title, steps: stepsOf(items).length });
  const failure = await inItsOrder(run, section, items, remaining);
  const status = failure === undefined ? 'done' : 'failed';
  run.appendIfPossible({ type: 'section-ended', section: section.id, status });
  run.emit({ type: 'section-finished', section: section.id, status });
  return failure;
}

/** Step by step on all nodes, or node by node: then a node that fails keeps the next ones as they are. */
async function inItsOrder(
  run: ActiveRun,
  { nodeByNode }: PlanSection,
  items: readonly PlanItem[],
  remaining: Remaining = (step) => step.executions,
): Promise<StepFailure | undefined> {
  if (nodeByNode === undefined) return runItems(run, items, { always: false }, remaining);
  const steps = stepsOf(items);
  const planned = new Set(steps.flatMap(({ executions }) => executions.map(({ node }) => node)));
  for (const node of planned) {
    const here: Remaining = (step) => remaining(step).filter((execution) => execution.node === node);
    const left = items.filter((item) => stepsOf([item]).some((step) => here(step).length > 0));
    const failure = await runItems(run, left, { always: false }, here);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/**
 * Runs every always-step, whatever becomes of the others. Inside a `site-consistent: false` bracket those that
 * start services again are left out: a half-restored site must not start (design rule 1).
 */
export async function runAlways(run: ActiveRun): Promise<StepFailure[]> {
  const failures: StepFailure[] = [];
  const bracket = insideBracket(run.plan, run.state());
  for (const step of stepsOf(run.plan.always)) {
    if (bracket && step.reverses.length > 0) {
      run.warn(
        `"${step.title}" was left out: the site is half changed and must not start`,
        leadOut(run),
        step.id,
        { leftOut: true },
      );
      continue;
    }
    const failure = await runStep(run, step, { always: true });
    if (failure !== undefined) failures.push(whatItMeans(run, failure));
  }
  return failures;
}

/** What leads out of a part that leaves the site half changed; once a rollback has begun, only that. */
export function leadOut(run: ActiveRun): string {
  const back = `\`sense-runbook rollback ${run.id}\``;
  const on = `\`sense-runbook resume ${run.id}\` goes on`;
  const { undoBegun, pastNoReturn } = standingOf(run.plan, run.state(), run.collaborators.actions);
  if (undoBegun) return `${back} goes on putting back what is left.`;
  return pastNoReturn === undefined
    ? `${on}, ${back} puts everything back.`
    : `${on}. There is no way back any more, since it is past "${pastNoReturn}".`;
}

/**
 * An always-step that could not put back a stop of services has left them down, whatever kept it from that: a bug of
 * ours or a node that is gone counts no less than a service that does not start.
 */
function whatItMeans(run: ActiveRun, failure: StepFailure): StepFailure {
  const { step, node, error } = failure;
  if (error instanceof SiteDownError) return failure;
  const stops = allSteps(run.plan)
    .filter(({ id, executions }) => step.reverses.includes(id) && executions.some(stopsServices))
    .map(({ id }) => id);
  if (!reversedBy(run.plan, run.state(), stops).some((reversed) => reversed.node === node)) return failure;
  const down = new SiteDownError(`services that were stopped may be down: ${messageOf(error)}`, {
    hint: '`sense-runbook recover` tries again. Look at the services of that server.',
    changed: 'Services were stopped.',
    cause: error,
  });
  return new StepFailure(step, node, down);
}

function stopsServices({ operations }: PlannedExecution): boolean {
  return operations.some((operation) => operation.kind === 'service' && operation.verb === 'stop');
}

/** Words the end of a run, and gives its exit code: 7 before 130 before 1 before 5 (design section 3). */
export function conclude(
  run: ActiveRun,
  failure: StepFailure | undefined,
  alwaysFailures: readonly StepFailure[],
): RunResult {
  const state = run.state();
  const stopped = failure === undefined ? undefined : (madeGood(run, failure, alwaysFailures) ?? failure);
  const down = [...alwaysFailures, ...(stopped === undefined ? [] : [stopped])].find(
    ({ error }) => error instanceof SiteDownError,
  );
  const decisive = down ?? stopped ?? alwaysFailures[0];
  const result = {
    run: run.id,
    folder: run.folder,
    durationMs: run.elapsedMs,
    downtime: measureDowntime(run.entries),
    warnings: state.warnings,
    checks: run.plan.checks,
  };
  if (decisive === undefined) return { ...result, outcome: 'done', exitCode: 0 };
  return {
    ...result,
    outcome: outcomeOf(decisive.error),
    exitCode: exitCodeOf(run, decisive.error),
    error: wordFailure(run, decisive),
  };
}

/** A start that failed, and that an always-step did after all: the run failed, but the site is up. */
function madeGood(
  run: ActiveRun,
  { step, node, error }: StepFailure,
  alwaysFailures: readonly StepFailure[],
): StepFailure | undefined {
  if (!(error instanceof SiteDownError)) return undefined;
  if (alwaysFailures.some((other) => other.error instanceof SiteDownError)) return undefined;
  const again = stepsOf(run.plan.always)
    .filter(({ reverses }) => step.reverses.every((id) => reverses.includes(id)))
    .map(({ id }) => id);
  const done = run
    .state()
    .executions.some(
      (execution) => again.includes(execution.step) && execution.node === node && execution.status === 'done',
    );
  if (!done || step.reverses.length === 0) return undefined;
  const text = `${messageOf(error)}; a second attempt started what was still down`;
  const details = {
    hint: 'The site is up again. Look into the log of the service for why it did not start at once, then run this again.',
    cause: error,
  };
  return new StepFailure(step, node, new StepError(text, details));
}

function outcomeOf(error: unknown): RunOutcome {
  if (error instanceof InterruptedError) return 'interrupted';
  return error instanceof StoppedError ? 'stopped' : 'failed';
}

/**
 * Usage and preflight codes promise that nothing was changed: once a run works, they become 1. So does a failed
 * verification after something was changed: 1 goes before 5. A drill at the end changes nothing of what it judges.
 */
function exitCodeOf(run: ActiveRun, error: unknown): ExitCode {
  if (!(error instanceof ExpectedError)) return 1;
  if (error.exitCode === 5) return hasChanged(run) && !(error instanceof NotProvenError) ? 1 : 5;
  return error.exitCode === 2 || error.exitCode === 3 ? 1 : error.exitCode;
}

function hasChanged(run: ActiveRun): boolean {
  return run.entries.some((entry) => entry.type === 'operation' && entry.operation.effect !== 'read');
}

function wordFailure(run: ActiveRun, failure: StepFailure): NonNullable<RunResult['error']> {
  const { step, node, error } = failure;
  const where = node === '' || failure.beside.length > 0 ? '' : ` on ${node}`;
  const steps = [step, ...failure.beside].map(({ title, id }) => `${title} (${id}${where})`);
  const message = `${steps.join(', ')}: ${messageOf(error)}`;
  const source = step.source === undefined ? '' : ` The manual: ${step.source}.`;
  const details = error instanceof ExpectedError ? error : undefined;
  const hint = details?.hint ?? `\`sense-runbook runs show ${run.id}\` shows what was done.${source}`;
  return {
    name: error instanceof Error ? error.name : 'Error',
    message: run.collaborators.redact(message),
    hint: run.collaborators.redact(hint),
    ...(details?.changed === undefined ? {} : { changed: details.changed }),
    ...(details === undefined && error instanceof Error && error.stack !== undefined
      ? { stack: run.collaborators.redact(error.stack) }
      : {}),
  };
}
