import type { RunReport } from '../engine/types.ts';
import { formatDuration, formatLocalTime } from '../foundation/human.ts';
import { escapeMarkdown, markdownTable } from './markdown.ts';
import { ANSWER_WORDS, runFacts, stepRemarks } from './run-report-text.ts';
import { leadText } from './runs-text.ts';

/** The report of one run as Markdown. Ends with a newline. */
export function runReportMarkdown(report: RunReport): string {
  const lines = [`# Run ${escapeMarkdown(report.run.id)}`, '', ...markdownTable(['', ''], runFacts(report))];
  if (report.error !== undefined) {
    lines.push('', `**Error:** ${escapeMarkdown(report.error.message)}`);
    if (report.error.changed !== undefined)
      lines.push('', `Changed: ${escapeMarkdown(report.error.changed)}`);
    if (report.error.hint !== undefined) lines.push('', `What to do: ${escapeMarkdown(report.error.hint)}`);
  }
  const lead = leadText(report.run);
  if (lead !== undefined) lines.push('', escapeMarkdown(lead));
  lines.push('', '## Steps', '', ...markdownTable(STEP_HEAD, stepRows(report)));
  if (report.answers.length > 0)
    lines.push('', '## Answers', '', ...markdownTable(ANSWER_HEAD, answerRows(report)));
  if (report.checks.length > 0)
    lines.push('', '## Checks', '', ...markdownTable(CHECK_HEAD, checkRows(report)));
  if (report.warnings.length > 0)
    lines.push('', '## Warnings', '', ...markdownTable(['Warning', 'What to do'], warningRows(report)));
  return `${lines.join('\n')}\n`;
}

/** Column titles and cells of the tables of a run report; shared with the HTML form. */
export const STEP_HEAD = ['Step', 'Node', 'Status', 'Took', 'Remark'] as const;
export const ANSWER_HEAD = ['When', 'Who', 'Step', 'Nodes', 'Answer', 'Reason'] as const;
export const CHECK_HEAD = ['Status', 'Node', 'Found', 'What to do'] as const;

/** One row a step execution. */
export function stepRows(report: RunReport): string[][] {
  return report.steps.map((step) => [
    step.title,
    step.node,
    step.attempt > 1 ? `${step.status} (attempt ${String(step.attempt)})` : step.status,
    step.durationMs === undefined ? '' : formatDuration(step.durationMs),
    stepRemarks(step).join('; '),
  ]);
}

/** One row an answer. */
export function answerRows(report: RunReport): string[][] {
  return report.answers.map(({ title, nodes, answer, reason, who, at }) => [
    formatLocalTime(at, true),
    who,
    title,
    nodes.join(', '),
    ANSWER_WORDS[answer],
    reason ?? '',
  ]);
}

/** One row a check. */
export function checkRows(report: RunReport): string[][] {
  return report.checks.map((check) => [check.status, check.node ?? '', check.message, check.hint ?? '']);
}

/** One row a warning. */
export function warningRows(report: RunReport): string[][] {
  return report.warnings.map(({ message, hint }) => [message, hint ?? '']);
}
