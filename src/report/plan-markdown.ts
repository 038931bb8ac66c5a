import type { CheckResult } from '../contract/action.ts';
import { codeBlock, codeSpan, escapeMarkdown, proseMarkdown, wrapMarkdown } from './markdown.ts';
import type { PlanView, SectionView } from './plan-view.ts';
import {
  closedText,
  groupParts,
  isIdle,
  overview,
  phaseRemarks,
  phaseTitle,
  readingNotes,
  sideBySide,
  type OperationGroup,
} from './procedure-words.ts';
import type { NodeView, StepView } from './step-view.ts';

const BLANK = '_'.repeat(20);

/**
 * A plan as a procedure to follow: a box to tick at every step, room for who and when, commands to copy. In lines of
 * 80 columns but for titles and commands, which stay whole. Ends with a newline.
 */
export function planMarkdown(view: PlanView): string {
  const lines = [
    `# ${escapeMarkdown(view.title)}`,
    '',
    ...view.facts.flatMap((fact) => wrapMarkdown(`- ${escapeMarkdown(fact)}`, '', '  ')),
    `- Carried out by: ${BLANK}`,
    `- Begun (date, time): ${BLANK}`,
  ];
  for (const note of readingNotes(view)) lines.push('', ...wrapMarkdown(escapeMarkdown(note)));
  for (const warning of view.warnings)
    lines.push('', ...wrapMarkdown(`**Warning:** ${escapeMarkdown(warning)}`));
  lines.push('', ...overview(view).flatMap(overviewLine));
  for (const [index, section] of view.sections.entries())
    lines.push('', `## ${escapeMarkdown(phaseTitle(view, index))}`, ...phase(section));
  if (view.checks.length > 0)
    lines.push('', '## What the checks found', '', ...view.checks.flatMap(checkLine));
  return `${lines.join('\n')}\n`;
}

function overviewLine(text: string, index: number): string[] {
  const mark = `${String(index + 1)}. `;
  return wrapMarkdown(mark + escapeMarkdown(text), '', ' '.repeat(mark.length));
}

function phase(section: SectionView): string[] {
  const lines = phaseRemarks(section).flatMap((remark) => ['', ...wrapMarkdown(escapeMarkdown(remark))]);
  const closed = closedText(section);
  if (closed !== undefined) lines.push('', ...alert(closed));
  if (isIdle(section)) lines.push('', 'Nothing to do in this phase.');
  for (const group of section.groups) {
    const beside = sideBySide(group);
    if (beside !== undefined) lines.push('', ...wrapMarkdown(beside));
    for (const step of group) lines.push('', ...stepMarkdown(step));
  }
  return lines;
}

function stepMarkdown(step: StepView): string[] {
  const title = `### ${String(step.number)}. ${escapeMarkdown(step.title)}`;
  const remarks = step.remarks.filter((remark) => !step.alerts.includes(remark));
  const paragraphs = remarks.flatMap((remark) => ['', ...wrapMarkdown(escapeMarkdown(remark))]);
  if (step.skipped) return [title, ...paragraphs];
  return [
    title,
    '',
    ...wrapMarkdown(`*${escapeMarkdown(step.tags.join('; '))}*`),
    ...step.alerts.flatMap((text) => ['', ...alert(text)]),
    ...paragraphs,
    ...(step.explain === undefined ? [] : ['', ...proseMarkdown(step.explain)]),
    ...nodesMarkdown(step.nodes),
    ...(step.undo === undefined ? [] : ['', ...wrapMarkdown(`Undo: ${escapeMarkdown(step.undo)}`)]),
    '',
    ...boxes(step),
  ];
}

/** One box a node, since one may be done and another not yet. */
function boxes({ nodes }: StepView): string[] {
  const line = (words: string): string[] => wrapMarkdown(`- [ ] ${words} by ${BLANK} at ${BLANK}`, '', '  ');
  return nodes.length < 2
    ? line('done')
    : nodes.flatMap(({ node }) => line(`done on ${escapeMarkdown(node)}`));
}

function nodesMarkdown(nodes: readonly NodeView[]): string[] {
  const idle = nodes.filter(({ parts, notes }) => parts.length + notes.length === 0);
  const names = idle.map(({ node }) => escapeMarkdown(node)).join(', ');
  return [
    ...(idle.length === 0 ? [] : ['', ...wrapMarkdown(`On ${names}.`)]),
    ...nodes.filter((node) => !idle.includes(node)).flatMap(nodeMarkdown),
  ];
}

function nodeMarkdown(node: NodeView): string[] {
  const lines = ['', `On ${escapeMarkdown(node.node)}:`];
  for (const note of node.notes) lines.push('', ...wrapMarkdown(escapeMarkdown(note)));
  let listed = false;
  for (const group of groupParts(node.parts)) {
    const item = group.words !== undefined && group.commands.length === 0;
    if (!item || !listed) lines.push('');
    lines.push(...groupMarkdown(group));
    listed = item;
  }
  return lines;
}

function groupMarkdown({ words, commands, aside, hand }: OperationGroup): string[] {
  const how = aside.length === 0 ? '' : `(${escapeMarkdown(aside.join('; '))})`;
  if (commands.length > 0)
    return [
      ...(words === undefined ? [] : [...wrapMarkdown(escapeMarkdown(words)), '']),
      ...codeBlock(commands),
      ...(how === '' ? [] : ['', ...wrapMarkdown(how)]),
    ];
  const text = hand ? `- [ ] ${proseMarkdown(words ?? '').join(' ')}` : `- ${codeSpan(words ?? '')}`;
  return wrapMarkdown(how === '' ? text : `${text} ${how}`, '', '  ');
}

function alert(text: string): string[] {
  return wrapMarkdown(`**${escapeMarkdown(text)}**`, '> ');
}

function checkLine({ status, node, message, hint }: CheckResult): string[] {
  const where = node === undefined || message.startsWith(node) ? '' : `${node}: `;
  const what = hint === undefined || status === 'ok' ? '' : ` What to do: ${hint}`;
  return wrapMarkdown(`- ${status}: ${escapeMarkdown(where + message + what)}`, '', '  ');
}
