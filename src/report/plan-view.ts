import type { CheckResult } from '../contract/action.ts';
import type { EffectClass } from '../contract/operation.ts';
import type { Plan, PlanItem, PlannedExecution, PlanStep } from '../contract/plan.ts';
import { awaited, stepsOf } from '../contract/plan.ts';
import type { JsonObject } from '../contract/json.ts';
import { flowText, formatDuration } from '../foundation/human.ts';
import { operationText } from './operation-text.ts';

/** A plan or a runbook made ready for printing: every text final, only the layout is left. */
export interface PlanView {
  readonly title: string;
  readonly facts: readonly string[];
  readonly sections: readonly SectionView[];
  readonly checks: readonly CheckResult[];
  readonly warnings: readonly string[];
}

/** One section; `groups` with more than one step are done side by side. */
export interface SectionView {
  readonly title: string;
  readonly remark?: string;
  readonly groups: readonly (readonly StepView[])[];
}

/** One step with its number in the whole plan. */
export interface StepView {
  readonly number: number;
  readonly title: string;
  /** Facts of one or two words: effect class, label, manual reference, predicted duration. */
  readonly tags: readonly string[];
  readonly effect: EffectClass;
  readonly remarks: readonly string[];
  readonly nodes: readonly NodeView[];
  readonly explain?: string;
}

/** What happens on one node. */
export interface NodeView {
  readonly node: string;
  readonly operations: readonly string[];
  readonly notes: readonly string[];
}

/** Makes the view of a plan. */
export function viewPlan(plan: Plan): PlanView {
  let number = 0;
  const view = (items: readonly PlanItem[]): StepView[][] =>
    items.map((item) => stepsOf([item]).map((step) => viewStep(step, (number += 1))));
  const sections: SectionView[] = plan.sections.map((section) => ({
    title: section.title ?? section.id,
    ...(section.preflight ? { remark: 'looks only, changes nothing' } : {}),
    groups: view(section.items),
  }));
  if (plan.onFailure.length > 0)
    sections.push({ title: 'Only after a failure', groups: view(plan.onFailure) });
  if (plan.always.length > 0)
    sections.push({
      title: 'Always',
      remark: 'also after a failure, an interruption or a kill',
      groups: view(plan.always),
    });
  return {
    title: `${plan.runbook.title} (${plan.runbook.name})`,
    facts: planFacts(plan),
    sections,
    checks: plan.checks,
    warnings: plan.warnings,
  };
}

function planFacts(plan: Plan): string[] {
  const facts = [`Site: ${plan.site}`, `Planned: ${plan.createdAt} by ${plan.tool}`];
  if (plan.runbook.source !== undefined) facts.push(`Manual: ${plan.runbook.source}`);
  const params = paramsText(plan.params);
  if (params !== '') facts.push(`Parameters: ${params}`);
  facts.push(`Predicted: ${predictionText(plan.predicted)}`);
  return facts;
}

/** What earlier runs predict; says so when there are none. */
export function predictionText(predicted: Plan['predicted']): string {
  if (predicted.basedOn === 0 || predicted.durationMs === undefined)
    return 'nothing yet, this site has no earlier run of this runbook';
  const duration = `about ${formatDuration(predicted.durationMs)}`;
  const downtime =
    predicted.downtimeMs === undefined
      ? ''
      : `, of which the site is down ${formatDuration(predicted.downtimeMs)}`;
  return `${duration}${downtime} (from ${String(predicted.basedOn)} earlier ${predicted.basedOn === 1 ? 'run' : 'runs'})`;
}

/** Parameters as one would give them with `--set`. */
export function paramsText(params: JsonObject): string {
  return Object.entries(params)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');
}

function viewStep(step: PlanStep, number: number): StepView {
  const tags: string[] = [step.effect, step.label];
  if (step.source !== undefined) tags.push(`manual ${step.source}`);
  if (step.predictedMs !== undefined) tags.push(`about ${formatDuration(step.predictedMs)}`);
  return {
    number,
    title: step.title,
    tags,
    effect: step.effect,
    remarks: stepRemarks(step),
    nodes: step.skipped === undefined ? step.executions.map(viewExecution) : [],
    ...(step.explain === undefined ? {} : { explain: flowText(step.explain) }),
  };
}

function stepRemarks(step: PlanStep): string[] {
  const remarks: string[] = [];
  if (step.skipped !== undefined) remarks.push(`Skipped: ${step.skipped}`);
  else if (step.when !== undefined) remarks.push(`Only when: ${step.when}`);
  if (step.confirm !== undefined) remarks.push(`Asks first: ${step.confirm}`);
  if (step.pointOfNoReturn) remarks.push('Point of no return: rollback ends here.');
  if (step.siteConsistent === false) remarks.push('From here on the site must not be started.');
  if (step.siteConsistent === true) remarks.push('From here on the site may be started again.');
  if (step.after !== undefined) remarks.push(afterText(step.after));
  if (step.reverses.length > 0) remarks.push(`Reverses: ${step.reverses.join(', ')}`);
  if (step.onFailure === 'continue') remarks.push('A failure here does not stop the run.');
  if (step.origin !== 'runbook') remarks.push(`From: ${step.origin}`);
  return remarks;
}

/** What a step of a parallel group waits for: `After: copy-share, dump-qsr (locked)`. */
export function afterText(after: readonly string[]): string {
  const words = after
    .map(awaited)
    .map(({ step, milestone }) => `${step}${milestone === undefined ? '' : ` (${milestone})`}`);
  return `After: ${words.join(', ')}`;
}

function viewExecution(execution: PlannedExecution): NodeView {
  return {
    node: execution.node,
    operations: execution.operations.map(operationText),
    notes: execution.notes,
  };
}
