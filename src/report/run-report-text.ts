import type { Answer, RunReport, StepRecord } from '../engine/types.ts';
import { formatDuration, formatLocalTime, wrapText } from '../foundation/human.ts';
import { drillFacts } from './drill-facts.ts';
import { checkLines, TEXT_WIDTH } from './plan-text.ts';
import { leadText, mayBeDown, outcomeText } from './runs-text.ts';

/** The facts of a run's head, name and value. Shared by text, Markdown and HTML. */
export function runFacts(report: RunReport): [string, string][] {
  const { run } = report;
  const facts: [string, string][] = [
    ['Run', run.id],
    ['Site', report.site],
    ['Runbook', `${run.title} (${run.runbook})`],
    ['Outcome', outcomeText(run)],
    ['Started', `${formatLocalTime(run.startedAt, true)} (${run.startedAt})`],
  ];
  if (run.endedAt !== undefined)
    facts.push(['Ended', `${formatLocalTime(run.endedAt, true)} (${run.endedAt})`]);
  if (run.durationMs !== undefined) facts.push(['Took', formatDuration(run.durationMs)]);
  facts.push(...downtimeFacts(run.downtime, mayBeDown(run)), ...drillFacts(report));
  facts.push(['Made by', report.tool], ['Folder', run.folder]);
  return facts;
}

/** Downtime as name and value; nothing was stopped: one line that says so. `open`: it may not be over. */
export function downtimeFacts(downtime: RunReport['run']['downtime'], open: boolean): [string, string][] {
  if (open) return [['Site down', 'not over: services that were stopped may still be down']];
  if (downtime.unknown === true)
    return [['Site down', 'not measured: when the services ran again is not in the journal']];
  if (downtime.downtimeMs === undefined && downtime.quietMs === undefined)
    return [['Site down', 'no service was stopped by this run']];
  const facts: [string, string][] = [];
  if (downtime.downtimeMs !== undefined)
    facts.push(['Site down', `${formatDuration(downtime.downtimeMs)} (first stop to ready again)`]);
  if (downtime.quietMs !== undefined)
    facts.push(['Quiet', `${formatDuration(downtime.quietMs)} (last service stopped to first start)`]);
  return facts;
}

/** The report of one run as plain text of 80 columns. Ends with a newline. */
export function runReportText(report: RunReport): string {
  const lines = runFacts(report).flatMap(([name, value]) => factLines(name, value));
  lines.push('', 'Steps');
  for (const step of report.steps) lines.push(...stepLines(step));
  if (report.answers.length > 0) lines.push('', 'Answers', ...report.answers.flatMap(answerLines));
  if (report.checks.length > 0) lines.push('', 'Checks', ...checkLines(report.checks));
  if (report.warnings.length > 0) {
    lines.push('', 'Warnings');
    for (const { message, hint } of report.warnings) {
      lines.push(...wrapText(`  ${message}`, TEXT_WIDTH, '    '));
      if (hint !== undefined) lines.push(...wrapText(`    hint: ${hint}`, TEXT_WIDTH, '    '));
    }
  }
  lines.push(...errorLines(report));
  const lead = leadText(report.run);
  if (lead !== undefined) lines.push('', ...wrapText(lead, TEXT_WIDTH, '  '));
  return `${lines.join('\n')}\n`;
}

/** Paths and identifiers stay in one line; a difference is a sentence. */
function factLines(name: string, value: string): string[] {
  if (name !== 'Differs') return [`${name.padEnd(11)}${value}`];
  return wrapText(value, TEXT_WIDTH - 11).map((line, index) => (index === 0 ? name : '').padEnd(11) + line);
}

function stepLines(step: StepRecord): string[] {
  const took = step.durationMs === undefined ? '' : formatDuration(step.durationMs);
  const attempt = step.attempt > 1 ? `, attempt ${String(step.attempt)}` : '';
  const head = `  ${step.status.padEnd(11)}${took.padStart(11)}  `;
  const text = wrapText(`${step.title} (${step.node}${attempt})`, TEXT_WIDTH - head.length);
  for (const remark of stepRemarks(step))
    text.push(...wrapText(remark, TEXT_WIDTH - head.length - 2).map((line) => `  ${line}`));
  return text.map((line, index) => (index === 0 ? head : ' '.repeat(head.length)) + line);
}

/** What somebody answered before a step, in the words of the question. */
export const ANSWER_WORDS: Readonly<Record<Answer['answer'], string>> = {
  run: 'run',
  'by-hand': 'by hand',
  skip: 'skipped',
  stop: 'stopped',
};

function answerLines({ title, nodes, answer, reason, who, at }: Answer): string[] {
  const head = `  ${ANSWER_WORDS[answer].padEnd(9)}${formatLocalTime(at, true)}  `;
  const text = wrapText(`${title} (${nodes.join(', ')}), ${who}`, TEXT_WIDTH - head.length);
  if (reason !== undefined)
    text.push(...wrapText(reason, TEXT_WIDTH - head.length - 2).map((line) => `  ${line}`));
  return text.map((line, index) => (index === 0 ? head : ' '.repeat(head.length)) + line);
}

/** What is to be said of a step besides how it ended. Shared by text, Markdown and HTML. */
export function stepRemarks({ reason, cleanup, byHand, status }: StepRecord): string[] {
  return [
    ...(byHand === true && status === 'done' ? ['by hand'] : []),
    ...(reason === undefined ? [] : [reason]),
    ...(cleanup === 'done' ? ['what it kept is removed'] : []),
    ...(cleanup === 'began' ? ['what it kept is removed, or a part of it'] : []),
  ];
}

function errorLines({ error }: RunReport): string[] {
  if (error === undefined) return [];
  return [
    '',
    ...wrapText(`error: ${error.message}`, TEXT_WIDTH, '  '),
    ...(error.changed === undefined ? [] : wrapText(`changed: ${error.changed}`, TEXT_WIDTH, '  ')),
    ...(error.hint === undefined ? [] : wrapText(`hint: ${error.hint}`, TEXT_WIDTH, '  ')),
  ];
}
