import type { CheckResult } from '../contract/action.ts';
import type { Plan, PlanItem, PlannedExecution, PlanSection, PlanStep } from '../contract/plan.ts';
import { allSteps, stepsOf } from '../contract/plan.ts';
import { flowText, formatDuration } from '../foundation/human.ts';
import { durationText } from '../foundation/measures.ts';
import { operationParts, operationText } from './operation-text.ts';
import {
  closedSteps,
  numberSteps,
  stepAlerts,
  stepRemarks,
  undoTexts,
  type Closed,
  type NodeView,
  type StepNumbers,
  type StepView,
} from './step-view.ts';
import { predictedFromWords, predictionText } from '../runbook/prediction-words.ts';
import { sourceWords } from '../runbook/source-words.ts';

/** A plan or a runbook made ready for printing: every text final, only the layout is left. */
export interface PlanView {
  readonly title: string;
  /** What it is for, in a few words, for the foot of every printed page. */
  readonly foot: string;
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

/** What is special about a section as a whole. */
export function sectionRemark(
  section: Pick<PlanSection, 'preflight' | 'nodeByNode'>,
): Pick<SectionView, 'remark'> {
  if (section.preflight) return { remark: 'looks only, changes nothing' };
  return section.nodeByNode === undefined ? {} : { remark: 'all of it on one node, then on the next' };
}

/** What a step can be told from only when the whole plan is known. */
interface Whole {
  readonly numbers: StepNumbers;
  readonly closed: ReadonlyMap<string, Closed>;
  readonly undo: ReadonlyMap<string, string>;
}

/** Makes the view of a plan. */
export function viewPlan(plan: Plan): PlanView {
  const numbers = numberSteps(allSteps(plan));
  const ordered = stepsOf(plan.sections.flatMap(({ items }) => items));
  const whole = { numbers, closed: closedSteps(ordered), undo: undoTexts(ordered, numbers) };
  const view = (items: readonly PlanItem[]): StepView[][] =>
    items.map((item) => stepsOf([item]).map((step) => viewStep(step, whole)));
  const sections: SectionView[] = plan.sections.map((section) => ({
    title: section.title ?? section.id,
    ...sectionRemark(section),
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
    foot: `${plan.runbook.name}, site ${plan.site}, planned ${plan.createdAt}`,
    facts: planFacts(plan),
    sections,
    checks: plan.checks,
    warnings: plan.warnings,
  };
}

function planFacts(plan: Plan): string[] {
  const facts = [`Site: ${plan.site}`, `Planned: ${plan.createdAt} by ${plan.tool}`];
  if (plan.runbook.source !== undefined) facts.push(`Source: ${sourceWords(plan.runbook.source)}`);
  const params = paramsText(plan);
  if (params !== '') facts.push(`Parameters: ${params}`);
  facts.push(`Predicted: ${predictionText(plan)}`);
  return facts;
}

/** Parameters as one would give them with `--set`. */
function paramsText({ params, durations = [] }: Pick<Plan, 'params' | 'durations'>): string {
  return Object.entries(params)
    .map(([name, value]) => {
      if (typeof value === 'number' && durations.includes(name)) return `${name}=${durationText(value)}`;
      return `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
    })
    .join(', ');
}

function viewStep(step: PlanStep, { numbers, closed, undo }: Whole): StepView {
  const tags: string[] = [step.effect, step.label];
  if (step.source !== undefined) tags.push(sourceWords(step.source));
  if (step.predictedMs !== undefined) {
    const from = step.predictedFrom === undefined ? '' : ` (${predictedFromWords(step)})`;
    tags.push(`about ${formatDuration(step.predictedMs)}${from}`);
  }
  const undoText = undo.get(step.id);
  const where = closed.get(step.id);
  return {
    number: numbers.get(step.id) ?? 0,
    id: step.id,
    title: step.title,
    tags,
    effect: step.effect,
    skipped: step.skipped !== undefined,
    remarks: stepRemarks(step, numbers),
    alerts: stepAlerts(step),
    noReturn: step.skipped === undefined && step.pointOfNoReturn,
    ...(where === undefined ? {} : { closed: where }),
    nodes: step.skipped === undefined ? step.executions.map(viewExecution) : [],
    ...(step.explain === undefined ? {} : { explain: flowText(step.explain) }),
    ...(undoText === undefined ? {} : { undo: undoText }),
  };
}

function viewExecution(execution: PlannedExecution): NodeView {
  return {
    node: execution.node,
    operations: execution.operations.map(operationText),
    parts: execution.operations.map(operationParts),
    notes: execution.notes,
  };
}
