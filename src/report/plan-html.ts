import { escapeHtml, htmlPage, htmlTable } from './html-page.ts';
import type { OperationParts } from './operation-text.ts';
import type { PlanView, SectionView } from './plan-view.ts';
import { procedureStyle } from './procedure-style.ts';
import {
  closedText,
  isIdle,
  overview,
  phaseRemarks,
  phaseTitle,
  readingNotes,
  sideBySide,
} from './procedure-words.ts';
import type { NodeView, StepView } from './step-view.ts';

/** Longer pieces of a command may be broken anywhere, since they would not fit on a line. */
const WHOLE = 40;

/**
 * A plan as a procedure to follow, on one self-contained HTML page without scripts: a box to tick at every step, room for
 * who and when, commands to copy. Printed, every phase begins a page.
 */
export function planHtml(view: PlanView): string {
  const parts = [
    `<h1>${escapeHtml(view.title)}</h1>`,
    `<p>${view.facts.map(escapeHtml).join('<br>\n')}</p>`,
    `<p class="sign">${field('Carried out by')}${field('Begun (date, time)')}</p>`,
    ...readingNotes(view).map((note) => `<p>${escapeHtml(note)}</p>`),
    ...view.warnings.map((warning) => `<p class="alert">Warning: ${escapeHtml(warning)}</p>`),
    `<ol class="phases">${overview(view)
      .map((line) => `<li>${escapeHtml(line)}</li>`)
      .join('\n')}</ol>`,
    ...view.sections.map((section, index) => phase(section, phaseTitle(view, index))),
  ];
  if (view.checks.length > 0)
    parts.push(
      '<section class="checks"><h2>What the checks found</h2>',
      htmlTable(
        ['Status', 'Node', 'Found', 'What to do'],
        view.checks.map((check) => [check.status, check.node ?? '', check.message, check.hint ?? '']),
      ),
      '</section>',
    );
  return htmlPage(view.title, parts.join('\n'), procedureStyle(view.foot));
}

function phase(section: SectionView, title: string): string {
  const closed = closedText(section);
  const idle = isIdle(section);
  const parts = [
    `<section class="phase${idle ? ' idle' : ''}">`,
    `<h2>${escapeHtml(title)}</h2>`,
    ...phaseRemarks(section).map((remark) => `<p>${escapeHtml(remark)}</p>`),
    ...(closed === undefined ? [] : [`<p class="alert">${escapeHtml(closed)}</p>`]),
    ...(idle ? ['<p>Nothing to do in this phase.</p>'] : []),
  ];
  for (const group of section.groups) {
    const beside = sideBySide(group);
    if (beside !== undefined) parts.push(`<p>${escapeHtml(beside)}</p>`);
    parts.push(...group.map(stepHtml));
  }
  return [...parts, '</section>'].join('\n');
}

function stepHtml(step: StepView): string {
  const name = `${String(step.number)}. ${escapeHtml(step.title)}`;
  const remarks = step.remarks
    .filter((remark) => !step.alerts.includes(remark))
    .map((remark) => `<p>${prose(remark)}</p>`);
  if (step.skipped)
    return [`<article class="step skipped"><h3>${name}</h3>`, ...remarks, '</article>'].join('\n');
  return [
    `<article class="step ${step.effect}${step.closed === undefined ? '' : ' closed'}">`,
    `<h3>${box(name)}</h3>`,
    `<p class="tags">${escapeHtml(step.tags.join('; '))}</p>`,
    ...step.alerts.map((text) => `<p class="alert">${escapeHtml(text)}</p>`),
    ...remarks,
    ...(step.explain === undefined ? [] : [`<p class="prose">${prose(step.explain)}</p>`]),
    ...nodesHtml(step.nodes),
    ...(step.undo === undefined ? [] : [`<p>Undo: ${escapeHtml(step.undo)}</p>`]),
    `<p class="sign">${field('Done by')}${field('at')}</p>`,
    '</article>',
  ].join('\n');
}

/** With more than one node each has a box of its own: one may be done and another not yet. */
function nodesHtml(nodes: readonly NodeView[]): string[] {
  return nodes.map((node) => {
    const name = `on ${escapeHtml(node.node)}`;
    return [
      `<div class="node">${nodes.length > 1 ? box(name) : name}</div>`,
      ...node.notes.map((note) => `<p>${escapeHtml(note)}</p>`),
      ...node.parts.map(partHtml),
    ].join('\n');
  });
}

/** What is said about a command stands in its frame, and is left out of a copy of it. */
function partHtml({ words, command, aside, hand }: OperationParts): string {
  const how = aside.length === 0 ? '' : ` <small>(${escapeHtml(aside.join('; '))})</small>`;
  if (command !== undefined) {
    const before = words === undefined ? '' : `<small>${escapeHtml(words)}</small> `;
    return `<pre class="command">${before}<code>${breakable(command)}</code>${how}</pre>`;
  }
  return hand === true
    ? `<div class="hand">${box(prose(words ?? '') + how)}</div>`
    : `<div class="operation">${breakable(words ?? '')}${how}</div>`;
}

/**
 * Text of a command or a path that is broken at spaces and after slashes only, which a copy of it does not show. Longer
 * pieces are left to the browser.
 */
function breakable(text: string): string {
  return text
    .split(/( +|[/\\]+)/)
    .map((piece, index) => {
      if (index % 2 === 1) return piece.startsWith(' ') ? piece : `${piece}<wbr>`;
      if (piece === '' || piece.length > WHOLE || !piece.includes('-')) return escapeHtml(piece);
      return `<span class="whole">${escapeHtml(piece)}</span>`;
    })
    .join('');
}

/** Text with `code` in it. */
function prose(text: string): string {
  return escapeHtml(text).replace(/`([^`\n]+)`/g, '<code>$1</code>');
}

/** `html` with a box before it that can be ticked, on paper and on the screen. */
function box(html: string): string {
  return `<label><input type="checkbox">${html}</label>`;
}

function field(name: string): string {
  return `<label>${escapeHtml(name)} <input type="text"></label>`;
}
