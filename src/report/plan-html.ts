import { escapeHtml, htmlPage, htmlTable } from './html-page.ts';
import type { NodeView, PlanView, StepView } from './plan-view.ts';

/** A plan as one self-contained HTML page, with the runbook's explanations. */
export function planHtml(view: PlanView): string {
  const parts = [
    `<h1>${escapeHtml(view.title)}</h1>`,
    `<p>${view.facts.map(escapeHtml).join('<br>\n')}</p>`,
    ...view.warnings.map((warning) => `<p class="warning">${escapeHtml(warning)}</p>`),
  ];
  for (const section of view.sections) {
    parts.push(`<h2>${escapeHtml(section.title)}</h2>`);
    if (section.remark !== undefined) parts.push(`<p>${escapeHtml(section.remark)}</p>`);
    for (const group of section.groups) {
      if (group.length > 1)
        parts.push(`<p>Side by side: ${group.map((step) => String(step.number)).join(', ')}</p>`);
      parts.push(...group.map(stepHtml));
    }
  }
  if (view.checks.length > 0)
    parts.push(
      '<h2>Checks</h2>',
      htmlTable(
        ['Status', 'Node', 'Found', 'What to do'],
        view.checks.map((check) => [check.status, check.node ?? '', check.message, check.hint ?? '']),
      ),
    );
  return htmlPage(view.title, parts.join('\n'));
}

function stepHtml(step: StepView): string {
  return [
    `<h3>${String(step.number)}. ${escapeHtml(step.title)}</h3>`,
    `<div class="tags ${step.effect}">${escapeHtml(step.tags.join('; '))}</div>`,
    ...step.remarks.map((remark) => `<p>${escapeHtml(remark)}</p>`),
    ...(step.explain === undefined ? [] : [`<p>${escapeHtml(step.explain)}</p>`]),
    ...step.nodes.map(nodeHtml),
  ].join('\n');
}

function nodeHtml(node: NodeView): string {
  const notes = node.notes.map((note) => `<br>${escapeHtml(note)}`).join('');
  const operations =
    node.operations.length === 0 ? '' : `\n<pre>${node.operations.map(escapeHtml).join('\n')}</pre>`;
  return `<div>on ${escapeHtml(node.node)}${notes}</div>${operations}`;
}
