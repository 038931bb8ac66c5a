import type { CheckResult } from '../contract/action.ts';
import { wrapCommand, wrapText } from '../foundation/human.ts';
import type { PlanView } from './plan-view.ts';
import type { NodeView, StepView } from './step-view.ts';

/** Width of everything that is printed as plain text. */
export const TEXT_WIDTH = 80;

/** How a plan is printed. `explain`: with the runbook's explanations, as a procedure for a person. */
export interface PlanTextOptions {
  readonly explain?: boolean;
}

/** A plan as plain text of 80 columns; only words that cannot be broken (paths) are longer. Ends with a newline. */
export function planText(view: PlanView, options: PlanTextOptions = {}): string {
  const lines = [
    ...wrapText(view.title, TEXT_WIDTH, '  '),
    ...view.facts.flatMap((fact) => wrapText(fact, TEXT_WIDTH, '  ')),
  ];
  for (const section of view.sections) {
    const remark = section.remark === undefined ? '' : ` (${section.remark})`;
    lines.push('', ...wrapText(`== ${section.title}${remark}`, TEXT_WIDTH, '   '));
    for (const group of section.groups) {
      lines.push('');
      if (group.length > 1) lines.push(`  Side by side: ${group.map((step) => step.number).join(', ')}`);
      for (const step of group) lines.push(...stepLines(step, options));
    }
  }
  if (view.checks.length > 0) lines.push('', '== Checks', '', ...checkLines(view.checks));
  if (view.warnings.length > 0)
    lines.push('', ...view.warnings.flatMap((warning) => wrapText(`warning: ${warning}`, TEXT_WIDTH, '  ')));
  return `${lines.join('\n')}\n`;
}

/** The node of a check, unless its message begins with it. */
function placeText({ node, message }: CheckResult): string {
  return node === undefined || message.startsWith(node) ? '' : `${node}: `;
}

/** Check results, one a line with its status in front; what is not ok is followed by its hint. */
export function checkLines(checks: readonly CheckResult[]): string[] {
  const indent = ' '.repeat(10);
  return checks.flatMap((check) => {
    const where = placeText(check);
    const text = wrapText(where + check.message, TEXT_WIDTH - indent.length);
    if (check.hint !== undefined && check.status !== 'ok')
      text.push(...wrapText(`hint: ${check.hint}`, TEXT_WIDTH - indent.length));
    return text.map((line, index) => (index === 0 ? `  ${check.status.padEnd(8)}` : indent) + line);
  });
}

function stepLines(step: StepView, options: PlanTextOptions): string[] {
  const number = `${String(step.number).padStart(3)}. `;
  const indent = ' '.repeat(number.length);
  const lines = wrapText(step.title, TEXT_WIDTH - indent.length).map((line, index) =>
    index === 0 ? number + line : indent + line,
  );
  lines.push(...wrapText(`${indent}[${step.tags.join('; ')}]`, TEXT_WIDTH, `${indent} `));
  for (const remark of step.remarks) lines.push(...wrapText(indent + remark, TEXT_WIDTH, `${indent}  `));
  if (options.explain === true && step.explain !== undefined)
    lines.push(
      ...wrapText(step.explain, TEXT_WIDTH - indent.length).map((line) => (line === '' ? '' : indent + line)),
    );
  const idle = step.nodes.filter((node) => node.operations.length + node.notes.length === 0);
  if (idle.length > 0)
    lines.push(
      ...wrapText(`${indent}on ${idle.map((node) => node.node).join(', ')}`, TEXT_WIDTH, `${indent}  `),
    );
  for (const node of step.nodes) if (!idle.includes(node)) lines.push(...nodeLines(node, indent));
  if (options.explain === true && step.undo !== undefined)
    lines.push(...wrapText(`${indent}Undo: ${step.undo}`, TEXT_WIDTH, `${indent}  `));
  return lines;
}

function nodeLines(node: NodeView, indent: string): string[] {
  const deeper = `${indent}  `;
  const wrap = node.prose === true ? wrapText : wrapCommand;
  return [
    `${indent}on ${node.node}:`,
    ...node.notes.flatMap((note) => wrapText(`${deeper}note: ${note}`, TEXT_WIDTH, `${deeper}  `)),
    ...node.operations.flatMap((operation) => wrap(`${deeper}> ${operation}`, TEXT_WIDTH, `${deeper}    `)),
  ];
}
