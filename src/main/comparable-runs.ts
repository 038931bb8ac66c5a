import type { JsonObject } from '../contract/json.ts';
import { allSteps, type Plan, type PlannedExecution, type PlanStep } from '../contract/plan.ts';
import type { Engine, RunSummary } from '../engine/types.ts';
import { canonicalJson } from '../runbook/placeholders.ts';
import { middle, RUNS, stepTimes } from './history.ts';

/** Actions that do the same under another name: the services of a node, in the same order, until the repository answers. */
const SAME_WORK: ReadonlyMap<string, string> = new Map([['services.start-stopped', 'services.start']]);

/** What runs of other runbooks say about a step. */
export interface ComparableRuns {
  /** Milliseconds in the middle of the newest runs in which the same was done, and which runbooks these were of. */
  predict(
    step: PlanStep,
  ): { readonly milliseconds: number; readonly runbooks: readonly string[] } | undefined;
}

interface Measured {
  readonly runbook: string;
  readonly milliseconds: number;
}

/** Reads how long the steps of the other runbooks took in their newest good runs; `all`: oldest first. */
export async function readComparableRuns(
  engine: Pick<Engine, 'report' | 'plan'>,
  all: readonly RunSummary[],
  runbook: string,
): Promise<ComparableRuns> {
  const measured = new Map<string, Measured[]>();
  for (const run of newestOfEach(all.filter((one) => one.runbook !== runbook && one.outcome === 'done'))) {
    const plan = await engine.plan(run.id);
    if (installs(plan)) continue;
    const times = stepTimes(await engine.report(run.id));
    for (const [work, milliseconds] of workTimes(plan, times))
      measured.set(work, [...(measured.get(work) ?? []), { runbook: run.runbook, milliseconds }]);
  }
  return {
    predict(step) {
      const newest = (measured.get(workOf(step) ?? '') ?? []).slice(0, RUNS);
      const milliseconds = middle(newest.map((one) => one.milliseconds));
      if (milliseconds === undefined) return undefined;
      return { milliseconds, runbooks: [...new Set(newest.map((one) => one.runbook))].sort() };
    },
  };
}

/** Newest first. A nightly runbook must not hide one that is run once a month. */
function newestOfEach(runs: readonly RunSummary[]): RunSummary[] {
  const count = new Map<string, number>();
  return [...runs].reverse().filter(({ runbook }) => {
    const before = count.get(runbook) ?? 0;
    count.set(runbook, before + 1);
    return before < RUNS;
  });
}

/** Services that were just installed migrate their databases while they start: no other start takes that long. */
function installs(plan: Plan): boolean {
  return allSteps(plan).some(({ uses, skipped }) => skipped === undefined && uses.startsWith('installer.'));
}

/** How long each kind of work took in a run; of several times the shortest, so that not too much is claimed. */
function workTimes(plan: Plan, times: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const shortest = new Map<string, number>();
  for (const step of allSteps(plan)) {
    const [work, milliseconds] = [workOf(step), times.get(step.id)];
    if (work === undefined || milliseconds === undefined) continue;
    shortest.set(work, Math.min(shortest.get(work) ?? milliseconds, milliseconds));
  }
  return shortest;
}

/**
 * Equal for steps that do the same on the same nodes: their action, and what it is told, which set it is about aside. Undefined
 * for a step that does nothing.
 */
function workOf({ uses, executions, skipped }: PlanStep): string | undefined {
  if (skipped !== undefined || executions.length === 0) return undefined;
  const nodes = executions.map((execution) => ({
    node: execution.node,
    input: withoutSet(execution.input),
    stops: stopsOf(execution),
  }));
  return `${SAME_WORK.get(uses) ?? uses} ${canonicalJson(nodes)}`;
}

function withoutSet(input: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(input).filter(([name]) => name !== 'set'));
}

/** What runs and is to be stopped: on a machine whose services are down, stopping them takes no time. */
function stopsOf({ operations }: PlannedExecution): string[] {
  return operations.flatMap((operation) =>
    operation.kind === 'service' && operation.verb === 'stop' && operation.repeat !== true
      ? [operation.service]
      : [],
  );
}
