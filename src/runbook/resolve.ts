import type { ActionRegistry } from '../contract/action.ts';
import { PreflightError } from '../contract/errors.ts';
import type { JsonObject } from '../contract/json.ts';
import type { Node } from '../contract/node.ts';
import { allSteps, awaited } from '../contract/plan.ts';
import type { Plan, PlanItem, PlanSection } from '../contract/plan.ts';
import type { Clock } from '../foundation/clock.ts';
import { formatDuration } from '../foundation/human.ts';
import { nearest } from '../foundation/nearest.ts';
import { basicFacts, sortedFacts } from './fingerprint.ts';
import { checkAlways } from './always-rules.ts';
import { mergeHooks } from './hooks.ts';
import type { LoadedHook } from './hooks.ts';
import type { LoadedItem, LoadedRunbook, LoadedStep, Program } from './loaded.ts';
import { checkOrder } from './order.ts';
import { resolveParams } from './params.ts';
import { predictPlan, type Predict } from './predict.ts';
import { mistakesError } from './problems.ts';
import { resolveStep } from './resolve-step.ts';
import type { Resolution } from './resolve-step.ts';
import { findUnstartable, type Unstartable } from './startable.ts';

/** After this time without its central node a site gives the role to a failover candidate, unless it is set otherwise. */
const DEFAULT_FAILOVER_MS = 10 * 60_000;

/** Everything a plan is made from. */
export interface ResolveOptions {
  readonly runbook: LoadedRunbook;
  /** `values` is what `site.x` means; secrets stand in it as references. */
  readonly site: { readonly name: string; readonly values: JsonObject };
  readonly hooks: readonly LoadedHook[];
  /** In the order of the site file. */
  readonly nodes: readonly Node[];
  /** Name of the node the database runs on; absent when it is no node of the site. */
  readonly databaseNode?: string;
  readonly actions: ActionRegistry;
  /** As given on the command line. */
  readonly params: Readonly<Record<string, string>>;
  /** Name and version of this tool. */
  readonly tool: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long a step will take, going by what was measured; it is given without a prediction. */
  readonly predict?: Predict;
  /** How many earlier runs of this runbook `predict` rests on. */
  readonly history?: { readonly runs: number };
}

/**
 * Resolves a runbook against a site: every step, node, input and operation. Looks at the site, changes nothing.
 * @returns the plan, and the values of secret parameters, which stand in no plan.
 * @throws UsageError with one line a mistake; PreflightError when something could not be looked at; the signal's reason.
 */
export async function resolvePlan(
  options: ResolveOptions,
): Promise<{ readonly plan: Plan; readonly secretParams: JsonObject }> {
  const { runbook, site } = options;
  const params = resolveParams(runbook, options.params, site.values);
  const problems: string[] = [];
  const program = mergeHooks(runbook, options.hooks, problems);
  problems.push(...checkOrder(program, { params: runbook.params }), ...checkAlways(program));
  const observed = basicFacts({
    sha256: runbook.sha256,
    site,
    params: params.shown,
    nodes: options.nodes,
  });
  const shared: Resolution = {
    actions: options.actions,
    nodes: options.nodes,
    databaseNode: options.databaseNode,
    signal: options.signal,
    scope: {
      params: params.shown,
      secretNames: runbook.params.flatMap((param) => (param.type === 'secret' ? [param.name] : [])),
      site: site.values,
      nodeNames: options.nodes.map((node) => node.name),
      steps: new Map(),
    },
    predict: options.predict,
    problems,
    failures: [],
    observed,
  };
  const resolved = await resolveProgram(program, shared);
  if (problems.length > 0) throw mistakesError(problems);
  const stopped = findUnstartable(resolved);
  refuseUnstartable(stopped, shared);
  throwFailures(shared);
  const predicted = predictPlan(resolved, options.history?.runs ?? 0);
  const plan: Plan = {
    schemaVersion: 1,
    tool: options.tool,
    runbook: {
      name: runbook.name,
      title: runbook.title,
      ...(runbook.source === undefined ? {} : { source: runbook.source }),
      file: runbook.file,
      sha256: runbook.sha256,
    },
    site: site.name,
    createdAt: options.clock.now().toISOString(),
    params: params.shown,
    durations: runbook.params.flatMap((param) => (param.type === 'duration' ? [param.name] : [])),
    ...resolved,
    fingerprint: sortedFacts(observed),
    checks: [],
    predicted,
    warnings: [
      ...unreversedWarnings(stopped),
      ...failoverWarnings(options.nodes, failoverLimit(resolved), predicted),
    ],
  };
  // A plan just made and one read from its file have to be the same.
  return { plan: JSON.parse(JSON.stringify(plan)) as Plan, secretParams: params.secrets };
}

async function resolveProgram(
  program: Program,
  shared: Resolution,
): Promise<Pick<Plan, 'sections' | 'onFailure' | 'always'>> {
  const sections: PlanSection[] = [];
  for (const section of program.sections)
    sections.push({
      id: section.id,
      ...(section.title === undefined ? {} : { title: section.title }),
      preflight: section.preflight,
      restart: section.restart,
      ...(section.nodeByNode === undefined ? {} : { nodeByNode: section.nodeByNode }),
      items: await resolveItems(section.items, section.preflight, shared),
    });
  const onFailure = await resolveItems(program.onFailure, false, shared);
  return { sections, onFailure, always: await resolveItems(program.always, false, shared) };
}

async function resolveItems(
  items: readonly LoadedItem[],
  preflight: boolean,
  shared: Resolution,
): Promise<PlanItem[]> {
  const resolved: PlanItem[] = [];
  for (const item of items) {
    if (!('parallel' in item)) {
      resolved.push(await resolveStep(item, preflight, shared));
      continue;
    }
    checkMilestones(item.parallel, shared);
    const branches = [];
    for (const step of item.parallel) branches.push(await resolveStep(step, preflight, shared));
    resolved.push({ parallel: branches });
  }
  return resolved;
}

/** A milestone that no action reaches would be waited for until the step's end, without a word. */
function checkMilestones(steps: readonly LoadedStep[], { actions, problems }: Resolution): void {
  for (const step of steps)
    step.after.forEach((entry, index) => {
      const { step: id, milestone } = awaited(entry);
      const uses = steps.find((candidate) => candidate.id === id)?.uses ?? '';
      const known = actions.get(uses)?.milestones ?? [];
      if (milestone === undefined || !actions.has(uses) || known.includes(milestone)) return;
      const near = nearest(milestone, known);
      problems.push(
        `${step.where(step.after.length > 1 ? ['after', index] : ['after'])}: ${uses} has no milestone "${milestone}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
      );
    });
}

/** Services that an always-step is to start again, and could not: nothing may be stopped then. */
function refuseUnstartable(stopped: readonly Unstartable[], { failures }: Resolution): void {
  for (const { step, node, services } of stopped.filter(({ reversed }) => reversed)) {
    const message = `"${step}" stops ${services.join(', ')} on ${node}, and no always-step of the plan could start that again`;
    const hint =
      'Plan again: the node may not have answered for a moment. In a runbook of your own, look at the always-step ' +
      'with services.start-stopped: its nodes, its condition, and `database: true` when the database is stopped too.';
    failures.push({ message, error: new PreflightError(message, { hint }) });
  }
}

function unreversedWarnings(stopped: readonly Unstartable[]): string[] {
  const steps = new Set(stopped.filter(({ reversed }) => !reversed).map(({ step }) => step));
  return [...steps].map(
    (step) => `"${step}" stops services, and no always-step starts them again when the run fails.`,
  );
}

function throwFailures({ failures }: Resolution): void {
  const [first] = failures;
  if (first === undefined) return;
  const messages = [...new Set(failures.map(({ message }) => message))];
  throw new PreflightError(`the site cannot be planned for:\n${messages.join('\n')}`, {
    hint: first.error.hint ?? '`sense-runbook doctor` checks the whole site.',
    cause: first.error,
  });
}

/** The failover timeout that a preflight step read from the site's database; the manual's default otherwise. */
function failoverLimit(resolved: Pick<Plan, 'sections' | 'onFailure' | 'always'>): number {
  const told = allSteps(resolved)
    .flatMap(({ executions }) => executions)
    .map(({ outputs }) => outputs['failoverTimeoutMs'])
    .find((value) => typeof value === 'number');
  return told ?? DEFAULT_FAILOVER_MS;
}

function failoverWarnings(
  nodes: readonly Node[],
  limit: number,
  { downtimeMs, atLeast }: Plan['predicted'],
): string[] {
  // Where only a part is known, the whole comes nearer still.
  const known = downtimeMs ?? atLeast?.downtimeMs;
  if (known === undefined || known < 0.8 * limit) return [];
  if (!nodes.some((node) => node.failoverCandidate)) return [];
  return [
    `The predicted downtime is ${downtimeMs === undefined ? 'at least about ' : ''}${formatDuration(known)}. When the central node is away for ${formatDuration(limit)}, a failover candidate takes over its role.`,
  ];
}
