import type { JsonValue } from '../contract/json.ts';
import { flowText, formatDuration } from '../foundation/human.ts';
import type { LoadedItem, LoadedParam, LoadedRunbook, LoadedStep } from '../runbook/loaded.ts';
import { loadedSteps } from '../runbook/loaded.ts';
import { sectionRemark, type PlanView, type SectionView } from './plan-view.ts';
import {
  closedSteps,
  numberSteps,
  stepAlerts,
  stepRemarks,
  type Closed,
  type NodeView,
  type StepNumbers,
  type StepView,
} from './step-view.ts';
import { sourceWords } from '../runbook/source-words.ts';

/**
 * A runbook as a procedure, from its file alone: what `plan` prints, without what only a site can tell. Operations are
 * the action with its input as written.
 */
export function viewRunbook(runbook: LoadedRunbook): PlanView {
  const ordered = loadedSteps(runbook.sections.flatMap(({ items }) => items));
  const numbers = numberSteps([...ordered, ...loadedSteps(runbook.always)]);
  const closed = closedSteps(ordered);
  const view = (items: readonly LoadedItem[]): StepView[][] =>
    items.map((item) => loadedSteps([item]).map((step) => viewStep(step, numbers, closed)));
  const sections: SectionView[] = runbook.sections.map((section) => ({
    title: section.title ?? section.id,
    ...sectionRemark(section),
    groups: view(section.items),
  }));
  if (runbook.always.length > 0)
    sections.push({
      title: 'Always',
      remark: 'also after a failure, an interruption or a kill',
      groups: view(runbook.always),
    });
  return {
    title: `${runbook.title} (${runbook.name})`,
    foot: `${runbook.name}, as its file has it`,
    facts: [
      ...(runbook.source === undefined ? [] : [`Source: ${sourceWords(runbook.source)}`]),
      `File: ${runbook.file}`,
      ...runbook.params.map(paramText),
      `The exact operations for a site, and what can be put back: sense-runbook plan ${runbook.name}`,
    ],
    sections,
    checks: [],
    warnings: [],
  };
}

/** The parameters of a procedure, one a line. */
export function paramLines({ facts }: Pick<PlanView, 'facts'>): readonly string[] {
  return facts.filter((fact) => fact.startsWith('--set '));
}

/** `--set quiesce=full|snapshot|none (default full): what it does`. */
function paramText(param: LoadedParam): string {
  const values = param.values === undefined ? param.type : param.values.join('|');
  const fallback =
    param.default !== undefined
      ? ` (default ${param.default === '' ? 'empty' : String(param.default)})`
      : param.required
        ? ' (must be given)'
        : '';
  const text = param.description === undefined ? '' : `: ${param.description}`;
  return `--set ${param.name}=${values}${fallback}${text}`;
}

function viewStep(step: LoadedStep, numbers: StepNumbers, closed: ReadonlyMap<string, Closed>): StepView {
  const tags = [...(step.source === undefined ? [] : [sourceWords(step.source)])];
  if (step.timeoutMs !== undefined) tags.push(`at most ${formatDuration(step.timeoutMs)}`);
  if (step.retry !== undefined) tags.push(`${String(step.retry.attempts)} attempts`);
  const where = closed.get(step.id);
  return {
    number: numbers.get(step.id) ?? 0,
    id: step.id,
    title: step.title,
    tags: [step.uses, ...tags],
    effect: 'read',
    skipped: false,
    remarks: stepRemarks(step, numbers),
    alerts: stepAlerts(step),
    noReturn: step.pointOfNoReturn,
    ...(where === undefined ? {} : { closed: where }),
    nodes: [viewNode(step)],
    ...(step.explain === undefined ? {} : { explain: flowText(step.explain) }),
  };
}

/** What a person reads is the action with its input; it is no command to be copied. */
function viewNode(step: LoadedStep): NodeView {
  const inputs = Object.entries(step.with).map(([name, value]) => `${name}=${inputText(value)}`);
  const words = [step.uses, ...inputs].join(' ');
  return {
    node: step.on.join(', '),
    operations: [words],
    parts: [{ words, aside: [] }],
    notes: [],
    prose: true,
  };
}

function inputText(value: JsonValue): string {
  if (typeof value === 'string' && !/[\s"]/.test(value)) return value;
  // With spaces between the parts, so that long ones can be wrapped.
  return JSON.stringify(value, null, 1).replace(/\n */g, ' ');
}
