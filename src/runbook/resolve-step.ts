import type { Action, ActionRegistry, Description, ReadContext } from '../contract/action.ts';
import { ExpectedError, InterruptedError, messageOf, UsageError } from '../contract/errors.ts';
import type { JsonObject, JsonValue } from '../contract/json.ts';
import type { Node } from '../contract/node.ts';
import type { EffectClass } from '../contract/operation.ts';
import type { PlanLabel, PlannedExecution, PlanStep } from '../contract/plan.ts';
import { nearest } from '../foundation/nearest.ts';
import { evaluate, typeWord } from './evaluate.ts';
import { parseExpression, Unknown } from './expression.ts';
import type { LoadedStep } from './loaded.ts';
import { planningLookup } from './planning-scope.ts';
import type { PlanningScope } from './planning-scope.ts';
import type { Predict } from './predict.ts';
import { selectNodes } from './select-nodes.ts';
import { checkInput } from './step-input.ts';
import { fill } from './template.ts';
import { whyNot } from './why-not.ts';

/** What the steps of one plan share while they are resolved, one after the other. */
export interface Resolution {
  readonly actions: ActionRegistry;
  readonly nodes: readonly Node[];
  readonly databaseNode: string | undefined;
  readonly signal: AbortSignal;
  readonly scope: PlanningScope;
  readonly predict: Predict | undefined;
  /** Mistakes in the runbook or the site file, each with its place. */
  readonly problems: string[];
  /** What could not be looked at now. */
  readonly failures: { readonly message: string; readonly error: ExpectedError }[];
  /** Facts for the fingerprint. */
  readonly observed: Map<string, JsonValue>;
}

/** How one node fares: what the plan says, and what decides label and effect of the step. */
interface Resolved {
  readonly execution: PlannedExecution;
  readonly effect: EffectClass;
  readonly label: PlanLabel;
}

const STRENGTH: readonly EffectClass[] = ['read', 'change', 'destroy'];

/** Resolves one step on all its nodes. Mistakes and failures are collected, so that all are told at once. */
export async function resolveStep(
  step: LoadedStep,
  preflight: boolean,
  shared: Resolution,
): Promise<PlanStep> {
  const action = findAction(step, shared);
  const selection = selectNodes(step.on, shared.nodes, shared.databaseNode);
  for (const { index, message } of selection.problems)
    shared.problems.push(`${step.where(step.on.length > 1 ? ['on', index] : ['on'])}: ${message}`);
  const condition = decide(step, shared);
  const skipped =
    condition === false ? whyNot(step.when ?? '', planningLookup(shared.scope)) : selection.reason;
  const resolved =
    skipped === undefined && action !== undefined
      ? await onNodes(step, action, selection.nodes, shared)
      : selection.nodes.map((node) => passedOver(node.name, action));
  shared.scope.steps.set(step.id, {
    nodes: new Map(
      skipped === undefined ? resolved.map(({ execution }) => [execution.node, execution.outputs]) : [],
    ),
    certain: condition === true,
  });
  const effect = strongest(resolved.map((entry) => entry.effect));
  if (preflight && effect !== 'read' && skipped === undefined)
    shared.problems.push(
      `${step.where(['uses'])}: "${step.uses}" is of effect class "${effect}"; a preflight section may only read`,
    );
  const planned: PlanStep = {
    id: step.id,
    title: step.title,
    uses: step.uses,
    effect,
    label: condition instanceof Unknown ? `unknown until ${condition.until}` : labelOf(resolved),
    executions: resolved.map(({ execution }) => execution),
    with: step.with,
    ...(skipped === undefined ? {} : { skipped }),
    ...(condition instanceof Unknown && step.when !== undefined ? { when: step.when } : {}),
    ...(step.confirm === undefined ? {} : { confirm: step.confirm }),
    ...(step.source === undefined ? {} : { source: step.source }),
    ...(step.explain === undefined ? {} : { explain: step.explain }),
    ...(step.timeoutMs === undefined ? {} : { timeoutMs: step.timeoutMs }),
    ...(step.retry === undefined ? {} : { retry: step.retry }),
    onFailure: step.onFailure,
    ...(step.after.length === 0 ? {} : { after: step.after }),
    reverses: step.reverses,
    pointOfNoReturn: step.pointOfNoReturn,
    ...(action?.undo === undefined ? {} : { undo: true as const }),
    ...(step.siteConsistent === undefined ? {} : { siteConsistent: step.siteConsistent }),
    origin: step.origin,
  };
  return { ...planned, ...(await shared.predict?.(planned)) };
}

function findAction(step: LoadedStep, { actions, problems }: Resolution): Action | undefined {
  const action = actions.get(step.uses);
  if (action !== undefined) return action;
  const near = nearest(step.uses, [...actions.keys()]);
  problems.push(
    `${step.where(['uses'])}: there is no action "${step.uses}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
  );
  return undefined;
}

/** Whether the step runs. A condition that is no condition counts as true, after its mistake is told. */
function decide(step: LoadedStep, { scope, problems }: Resolution): boolean | Unknown {
  if (step.when === undefined) return true;
  try {
    const value = evaluate(parseExpression(step.when), planningLookup(scope));
    if (typeof value === 'boolean' || value instanceof Unknown) return value;
    problems.push(`${step.where(['when'])}: must give true or false, not ${typeWord(value)}`);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    problems.push(`${step.where(['when'])}: ${messageOf(error)}`);
  }
  return true;
}

async function onNodes(
  step: LoadedStep,
  action: Action,
  nodes: readonly Node[],
  shared: Resolution,
): Promise<Resolved[]> {
  const results = await Promise.allSettled(nodes.map((node) => onNode(step, action, node, shared)));
  shared.signal.throwIfAborted();
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

async function onNode(step: LoadedStep, action: Action, node: Node, shared: Resolution): Promise<Resolved> {
  const filled = fill(step.with, planningLookup(shared.scope));
  for (const problem of filled.problems)
    shared.problems.push(`${step.where(['with', ...problem.path])}: ${problem.message}`);
  const execution = { node: node.name, input: filled.value as JsonObject };
  if (filled.problems.length > 0) return undescribed(execution, 'checked', []);
  const checked = checkInput(action.input, filled);
  if ('problems' in checked) {
    for (const { path, part, message } of checked.problems)
      shared.problems.push(`${step.where(['with', ...path], part)}: ${message}`);
    return undescribed(execution, 'checked', []);
  }
  if ('until' in checked)
    return undescribed(execution, `unknown until ${checked.until}`, [
      `What it does exactly is known only after ${checked.until}.`,
    ]);
  const effect = typeof action.effect === 'function' ? action.effect(checked.input) : action.effect;
  const description = await describe(step, action, checked.input, node, shared);
  if (description === undefined) return { ...undescribed(execution, 'checked', []), effect };
  for (const [key, value] of Object.entries(description.observed ?? {}))
    shared.observed.set(`${step.id}/${node.name}/${key}`, value);
  return {
    execution: {
      ...execution,
      operations: description.operations,
      ...(description.estimate === undefined ? {} : { estimate: description.estimate }),
      outputs: description.outputs ?? {},
      notes: description.notes ?? [],
      ...(description.approval === undefined ? {} : { approval: description.approval }),
      ...(description.incomplete === undefined ? {} : { incomplete: description.incomplete }),
      ...(description.milestones === undefined ? {} : { milestones: description.milestones }),
    },
    effect: strongest([effect, ...description.operations.map((operation) => operation.effect)]),
    label: description.basis ?? 'checked',
  };
}

/** Undefined when it was not possible, or not useful since there are mistakes already. */
async function describe(
  step: LoadedStep,
  action: Action,
  input: unknown,
  node: Node,
  shared: Resolution,
): Promise<Description | undefined> {
  if (shared.problems.length > 0) return undefined;
  shared.signal.throwIfAborted();
  const context: ReadContext = {
    node,
    nodes: shared.nodes,
    run: { id: '<run>', step: step.id, attempt: 1 },
    signal: shared.signal,
    reversed: [],
  };
  try {
    return await action.describe(input, context);
  } catch (error) {
    shared.signal.throwIfAborted();
    if (!(error instanceof ExpectedError) || error instanceof InterruptedError) throw error;
    if (error instanceof UsageError) shared.problems.push(`${step.where(['with'])}: ${error.message}`);
    else shared.failures.push({ message: `${step.title} on ${node.name}: ${error.message}`, error });
    return undefined;
  }
}

/** What cannot be told counts as the worst, so that nothing is done without its approval. */
function undescribed(
  execution: { readonly node: string; readonly input: JsonObject },
  label: PlanLabel,
  notes: readonly string[],
): Resolved {
  return { execution: { ...execution, operations: [], outputs: {}, notes }, effect: 'destroy', label };
}

function passedOver(node: string, action: Action | undefined): Resolved {
  const effect = action === undefined || typeof action.effect === 'function' ? 'read' : action.effect;
  return { execution: { node, input: {}, operations: [], outputs: {}, notes: [] }, effect, label: 'checked' };
}

function strongest(effects: readonly EffectClass[]): EffectClass {
  return STRENGTH[Math.max(0, ...effects.map((effect) => STRENGTH.indexOf(effect)))] ?? 'read';
}

function labelOf(resolved: readonly Resolved[]): PlanLabel {
  const unknown = resolved.find(({ label }) => label.startsWith('unknown'));
  if (unknown !== undefined) return unknown.label;
  return resolved.some(({ label }) => label === 'assumed') ? 'assumed' : 'checked';
}
