import type { RunReport } from '../engine/types.ts';
import { formatDuration } from '../foundation/human.ts';
import { escapeHtml, htmlPage, htmlTable } from './html-page.ts';
import {
  ANSWER_HEAD,
  answerRows,
  CHECK_HEAD,
  checkRows,
  STEP_HEAD,
  stepRows,
  warningRows,
} from './run-report-markdown.ts';
import { runFacts } from './run-report-text.ts';
import { leadText } from './runs-text.ts';

/** The report of one run as one self-contained HTML page, for `report.html` and to send around. */
export function runReportHtml(report: RunReport): string {
  const title = `${report.run.title}, ${report.site}, ${report.run.startedAt}`;
  const parts = [`<h1>${escapeHtml(title)}</h1>`, htmlTable(['', ''], runFacts(report))];
  if (report.error !== undefined) {
    parts.push(`<p class="failed">${escapeHtml(report.error.message)}</p>`);
    if (report.error.changed !== undefined) parts.push(`<p>Changed: ${escapeHtml(report.error.changed)}</p>`);
    if (report.error.hint !== undefined) parts.push(`<p>What to do: ${escapeHtml(report.error.hint)}</p>`);
  }
  const lead = leadText(report.run);
  if (lead !== undefined) parts.push(`<p class="warning">${escapeHtml(lead)}</p>`);
  if (report.warnings.length > 0)
    parts.push('<h2>Warnings</h2>', htmlTable(['Warning', 'What to do'], warningRows(report)));
  parts.push('<h2>When</h2>', timeline(report), '<h2>Steps</h2>', htmlTable(STEP_HEAD, stepRows(report)));
  if (report.answers.length > 0) parts.push('<h2>Answers</h2>', htmlTable(ANSWER_HEAD, answerRows(report)));
  if (report.checks.length > 0) parts.push('<h2>Checks</h2>', htmlTable(CHECK_HEAD, checkRows(report)));
  return htmlPage(title, parts.join('\n'));
}

/** Bars from the run's start to its end, one a step, so that it is seen where the time went. */
function timeline(report: RunReport): string {
  const start = Date.parse(report.run.startedAt);
  const timed = report.steps.flatMap((step) => {
    if (step.startedAt === undefined || step.durationMs === undefined) return [];
    return [
      {
        title: `${step.title} (${step.node})`,
        from: Date.parse(step.startedAt) - start,
        ms: step.durationMs,
      },
    ];
  });
  const total = Math.max(1, ...timed.map((step) => step.from + step.ms));
  const rows = timed.map(({ title, from, ms }) => {
    const percent = (value: number): string => ((100 * Math.max(0, value)) / total).toFixed(2);
    const bar = `<span class="bar" style="margin-left:${percent(from)}%;width:${percent(ms)}%"></span>`;
    return `<tr><td>${escapeHtml(title)}</td><td>${formatDuration(ms)}</td><td style="width:50%">${bar}</td></tr>`;
  });
  return `<table>${rows.join('\n')}</table>`;
}
