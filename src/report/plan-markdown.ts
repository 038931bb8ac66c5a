import { codeBlock, escapeMarkdown, markdownTable } from './markdown.ts';
import type { NodeView, PlanView, StepView } from './plan-view.ts';

/** A plan as Markdown, with the runbook's explanations. Ends with a newline. */
export function planMarkdown(view: PlanView): string {
  const lines = [
    `# ${escapeMarkdown(view.title)}`,
    '',
    ...view.facts.map((fact) => `- ${escapeMarkdown(fact)}`),
  ];
  for (const warning of view.warnings) lines.push('', `**Warning:** ${escapeMarkdown(warning)}`);
  for (const section of view.sections) {
    lines.push('', `## ${escapeMarkdown(section.title)}`);
    if (section.remark !== undefined) lines.push('', escapeMarkdown(section.remark));
    for (const group of section.groups) {
      if (group.length > 1)
        lines.push('', `Side by side: ${group.map((step) => String(step.number)).join(', ')}`);
      for (const step of group) lines.push('', ...stepMarkdown(step));
    }
  }
  if (view.checks.length > 0)
    lines.push(
      '',
      '## Checks',
      '',
      ...markdownTable(
        ['Status', 'Node', 'Found', 'What to do'],
        view.checks.map((check) => [check.status, check.node ?? '', check.message, check.hint ?? '']),
      ),
    );
  return `${lines.join('\n')}\n`;
}

function stepMarkdown(step: StepView): string[] {
  return [
    `### ${String(step.number)}. ${escapeMarkdown(step.title)}`,
    '',
    `*${escapeMarkdown(step.tags.join('; '))}*`,
    ...step.remarks.flatMap((remark) => ['', escapeMarkdown(remark)]),
    ...(step.explain === undefined ? [] : ['', step.explain]),
    ...step.nodes.flatMap(nodeMarkdown),
  ];
}

function nodeMarkdown(node: NodeView): string[] {
  return [
    '',
    `On ${escapeMarkdown(node.node)}:`,
    ...node.notes.flatMap((note) => ['', escapeMarkdown(note)]),
    ...(node.operations.length === 0 ? [] : ['', ...codeBlock(node.operations)]),
  ];
}
