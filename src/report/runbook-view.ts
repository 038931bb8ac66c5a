import type { JsonValue } from '../contract/json.ts';
import { flowText, formatDuration } from '../foundation/human.ts';
import type { LoadedItem, LoadedParam, LoadedRunbook, LoadedStep } from '../runbook/loaded.ts';
import { afterText, type NodeView, type PlanView, type SectionView, type StepView } from './plan-view.ts';

/**
 * A runbook as a procedure, from its file alone: what `plan` prints, without what only a site can tell. Operations are
 * the action with its input as written.
 */
export function viewRunbook(runbook: LoadedRunbook): PlanView {
  let number = 0;
  const view = (items: readonly LoadedItem[]): StepView[][] =>
    items.map((item) =>
      ('parallel' in item ? item.parallel : [item]).map((step) => viewStep(step, (number += 1))),
    );
  const sections: SectionView[] = runbook.sections.map((section) => ({
    title: section.title ?? section.id,
    ...(section.preflight ? { remark: 'looks only, changes nothing' } : {}),
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
    facts: [
      ...(runbook.source === undefined ? [] : [`Manual: ${runbook.source}`]),
      `File: ${runbook.file}`,
      ...runbook.params.map(paramText),
      `The exact operations for a site: sense-runbook plan ${runbook.name}`,
    ],
    sections,
    checks: [],
    warnings: [],
  };
}

/** `--set quiesce=full|snapshot|none (default full): what it does`. */
function paramText(param: LoadedParam): string {
  const values = param.values === undefined ? param.type : param.values.join('|');
  const fallback =
    param.default !== undefined
      ? ` (default ${String(param.default)})`
      : param.required
        ? ' (must be given)'
        : '';
  const text = param.description === undefined ? '' : `: ${param.description}`;
  return `--set ${param.name}=${values}${fallback}${text}`;
}

function viewStep(step: LoadedStep, number: number): StepView {
  const tags = [...(step.source === undefined ? [] : [`manual ${step.source}`])];
  if (step.timeoutMs !== undefined) tags.push(`at most ${formatDuration(step.timeoutMs)}`);
  if (step.retry !== undefined) tags.push(`${String(step.retry.attempts)} attempts`);
  return {
    number,
    title: step.title,
    tags: [step.uses, ...tags],
    effect: 'read',
    remarks: stepRemarks(step),
    nodes: [viewNode(step)],
    ...(step.explain === undefined ? {} : { explain: flowText(step.explain) }),
  };
}

function stepRemarks(step: LoadedStep): string[] {
  return [
    ...(step.when === undefined ? [] : [`Only when: ${step.when}`]),
    ...(step.confirm === undefined ? [] : [`Asks first: ${step.confirm}`]),
    ...(step.pointOfNoReturn ? ['Point of no return: rollback ends here.'] : []),
    ...(step.siteConsistent === false ? ['From here on the site must not be started.'] : []),
    ...(step.siteConsistent === true ? ['From here on the site may be started again.'] : []),
    ...(step.after.length === 0 ? [] : [afterText(step.after)]),
    ...(step.reverses.length === 0 ? [] : [`Reverses: ${step.reverses.join(', ')}`]),
    ...(step.onFailure === 'continue' ? ['A failure here does not stop the run.'] : []),
  ];
}

function viewNode(step: LoadedStep): NodeView {
  const inputs = Object.entries(step.with).map(([name, value]) => `${name}=${inputText(value)}`);
  return { node: step.on.join(', '), operations: [[step.uses, ...inputs].join(' ')], notes: [] };
}

function inputText(value: JsonValue): string {
  if (typeof value === 'string' && !/[\s"]/.test(value)) return value;
  // With spaces between the parts, so that long ones can be wrapped.
  return JSON.stringify(value, null, 1).replace(/\n */g, ' ');
}
