import type { StampedEvent } from '../contract/event.ts';
import type { Operation } from '../contract/operation.ts';
import { formatDuration } from '../foundation/human.ts';

/** How much is said, and how an operation is worded. */
export interface EventWordsOptions {
  readonly verbose: boolean;
  readonly operationText: (operation: Operation) => string;
}

/**
 * One event as lines of ASCII apart from names; the first line is the event, later ones belong to it. Empty when the
 * event is not worth a line. Progress is worded elsewhere.
 */
export function eventLines(event: StampedEvent, options: EventWordsOptions): string[] {
  switch (event.type) {
    case 'run-started':
      return [runWords(event), `journal and report: ${event.folder}`];
    case 'section-started':
      return event.steps === 0 ? [] : [`== ${event.title ?? event.section}`];
    case 'section-finished':
    case 'step-progress':
    case 'run-finished':
      return [];
    case 'step-started':
      return [`begin    ${stepWords(event)}${event.attempt > 1 ? `, attempt ${String(event.attempt)}` : ''}`];
    case 'step-finished':
      return [finishedWords(event)];
    case 'step-retried':
      return [`retry    ${event.step} (${event.node}) in ${formatDuration(event.delayMs)}: ${event.reason}`];
    case 'operation':
      return options.verbose ? [`  > ${options.operationText(event.operation)}`] : [];
    case 'check':
      return checkWords(event.result, options.verbose);
    case 'warning':
      return event.ofCheck === true ? [] : [`WARNING  ${event.message}`, ...hintWords(event.hint)];
    case 'message':
      return event.text.split('\n');
  }
}

/** Title and node of a step, as every display shows it. */
export function stepWords(step: { readonly title: string; readonly node: string }): string {
  return `${step.title} (${step.node})`;
}

/** How a step ended, without the column of the plain display. */
export function endWords(event: Extract<StampedEvent, { type: 'step-finished' }>): string {
  const words = stepWords(event);
  const reason = event.reason === undefined ? '' : `: ${event.reason}`;
  if (event.status === 'skipped') return `${words} skipped${reason}`;
  const took = formatDuration(event.durationMs);
  if (event.status === 'done') return `${words}, ${took}`;
  return `${words} ${event.status} after ${took}${reason}`;
}

const STATUS_COLUMN = {
  done: 'done     ',
  skipped: 'skipped  ',
  failed: 'FAILED   ',
  cancelled: 'cut off  ',
  undone: 'undone   ',
} as const;

function finishedWords(event: Extract<StampedEvent, { type: 'step-finished' }>): string {
  const reason = event.reason === undefined ? '' : `: ${event.reason}`;
  const took = event.status === 'skipped' ? '' : `, ${formatDuration(event.durationMs)}`;
  return `${STATUS_COLUMN[event.status]}${stepWords(event)}${took}${reason}`;
}

function runWords({ run, plan, mode }: Extract<StampedEvent, { type: 'run-started' }>): string {
  const what = {
    run: 'run',
    resume: 'resume run',
    rollback: 'roll back run',
    recover: 'recover run',
    cleanup: 'clean up run',
  }[mode];
  return `${what} ${run}: ${plan.runbook.title}, site ${plan.site}`;
}

function checkWords(check: Extract<StampedEvent, { type: 'check' }>['result'], verbose: boolean): string[] {
  if (check.status === 'ok' && !verbose) return [];
  const column = { ok: 'ok       ', warning: 'WARNING  ', failed: 'FAILED   ' }[check.status];
  const named = check.node === undefined || check.message.startsWith(check.node);
  const where = named ? '' : `${check.node ?? ''}: `;
  return [`${column}${where}${check.message}`, ...(check.status === 'ok' ? [] : hintWords(check.hint))];
}

function hintWords(hint: string | undefined): string[] {
  return hint === undefined ? [] : [`  hint: ${hint}`];
}
