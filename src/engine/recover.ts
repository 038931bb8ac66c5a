import { messageOf, TimeLimitError } from '../contract/errors.ts';
import { allSteps } from '../contract/plan.ts';
import type { ActiveRun } from './active-run.ts';
import { readContext } from './step-context.ts';
import type { OpenChild } from './run-state.ts';
import { insideBracket } from './bracket.ts';
import { stopAgain } from './quiet.ts';
import { conclude, leadOut, runAlways } from './work.ts';
import type { RunResult } from './types.ts';

/** Removing leftovers of one step may take this long; services wait to be started meanwhile. Milliseconds. */
const CLEAN_UP_LIMIT = 60_000;
const ORPHAN_POLL_MS = 500;

/**
 * Puts a killed run in order (design section 5a): ends what it left running, removes leftovers, starts what it had
 * stopped. The run then counts as failed; it is never closed as done.
 */
export async function recoverRun(run: ActiveRun): Promise<RunResult> {
  await endOrphans(run);
  await cleanUpLeftovers(run);
  const bracket = insideBracket(run.plan, run.state());
  if (bracket) await stopWhatCameUp(run);
  const failures = await runAlways(run);
  const concluded = conclude(run, undefined, failures);
  if (failures.length > 0) return { ...concluded, outcome: 'failed' };
  const message = bracket
    ? `The run ended inside a part that leaves the site half changed; its services were not started. ${leadOut(run)}`
    : hadStopped(run)
      ? 'What the run had stopped runs again.'
      : 'The run had stopped no service: none has to be started.';
  return { ...concluded, outcome: 'failed', exitCode: 0, error: { name: 'LostRun', message } };
}

/** After a power cut Windows has started the services of automatic start, on a site that is half changed. */
async function stopWhatCameUp(run: ActiveRun): Promise<void> {
  const failure = await stopAgain(run);
  if (failure !== undefined)
    run.warn(
      `services of the half changed site may run: ${messageOf(failure.error)}`,
      `Stop every Qlik Sense service but the database on every node. ${leadOut(run)}`,
    );
}

function hadStopped({ entries }: ActiveRun): boolean {
  return entries.some(
    (entry) =>
      entry.type === 'operation' && entry.operation.kind === 'service' && entry.operation.verb === 'stop',
  );
}

/** Ends what a killed process left running. One that cannot be ended must not keep the services of the site down: that is a warning. */
export async function endOrphans(run: ActiveRun): Promise<void> {
  for (const child of run.state().openChildren) {
    const name = `${child.program} (process ${String(child.pid)})`;
    if (mayFinish(run, child)) {
      await awaitOrphan(run, child, name);
      continue;
    }
    try {
      const ended = await run.collaborators.endOrphan(child);
      if (ended) run.warn(`ended ${name}, which the killed run had left`);
    } catch (error) {
      run.warn(
        `whether ${name}, which the killed run had started, still runs could not be found out: ${messageOf(error)}`,
        'Look at the processes of this machine, and end it when it is still there.',
      );
    }
  }
}

function mayFinish(run: ActiveRun, { step }: OpenChild): boolean {
  const planned = allSteps(run.plan).find(({ id }) => id === step);
  return planned !== undefined && run.action(planned.uses).orphansFinish === true;
}

/** Ctrl+C ends the waiting, not the program. */
async function awaitOrphan(run: ActiveRun, child: OpenChild, name: string): Promise<void> {
  const { clock, orphanRuns } = run.collaborators;
  if (!(await orphanRuns(child))) return;
  run.warn(`waiting for ${name}, which the killed run had started: it must not be cut off`);
  while (await orphanRuns(child)) await clock.sleep(ORPHAN_POLL_MS, run.options.signal);
}

/** Leftovers of one step must not keep the services of the site down: a failure here is a warning. */
async function cleanUpLeftovers(run: ActiveRun): Promise<void> {
  const steps = new Map(allSteps(run.plan).map((step) => [step.id, step]));
  for (const execution of run.state().executions.filter(({ status }) => status === 'unfinished')) {
    const step = steps.get(execution.step);
    const action = step === undefined ? undefined : run.action(step.uses);
    if (step === undefined || action?.cleanUp === undefined) continue;
    const { node, attempt } = execution;
    try {
      const input = action.input.parse(execution.input);
      const limit = new AbortController();
      const context = readContext(run, step, { step: step.id, node, attempt }, limit.signal);
      const what = await within(action.cleanUp(input, execution.before, context), limit);
      if (what.length > 0) run.appendIfPossible({ type: 'cleaned-up', step: step.id, node, what });
    } catch (error) {
      run.warn(
        `what step ${step.id} left on ${node} could not be removed: ${messageOf(error)}`,
        undefined,
        step.id,
      );
    }
  }
}

/** What `work` gives. @throws TimeLimitError when it takes too long; `limit` is aborted then. */
async function within<T>(work: Promise<T>, limit: AbortController): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const error = new TimeLimitError(`it took longer than ${String(CLEAN_UP_LIMIT / 1000)} s`);
      limit.abort(error);
      reject(error);
    }, CLEAN_UP_LIMIT);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
