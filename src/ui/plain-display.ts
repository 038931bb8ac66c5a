import type { StampedEvent } from '../contract/event.ts';
import { formatClockTime, wrapText } from '../foundation/human.ts';
import type { Display, DisplayOptions } from './display.ts';
import { eventLines } from './event-words.ts';
import { createProgressMeter, type ProgressMeter } from './progress-text.ts';

/** Progress of one step is printed at most this often. */
const PROGRESS_EVERY_MS = 5000;

const WIDTH = 80;

/** One line an event with the local time in front: for logs, tasks without a terminal, and screen readers. */
export function createPlainDisplay(
  options: Pick<DisplayOptions, 'stdout' | 'clock' | 'verbose' | 'redact' | 'operationText'>,
): Display {
  const { stdout, clock, redact } = options;
  const meters = new Map<string, { meter: ProgressMeter; printedAt: number; title: string }>();

  function write(at: string, lines: readonly string[]): void {
    const time = formatClockTime(at);
    const indent = ' '.repeat(time.length + 2);
    const text = lines.flatMap((line) => wrapColumn(line, WIDTH - indent.length));
    stdout.write(
      text.map((line, index) => `${index === 0 ? `${time}  ` : indent}${redact(line)}\n`).join(''),
    );
  }

  function progress(event: Extract<StampedEvent, { type: 'step-progress' }>): void {
    const entry = meters.get(keyOf(event));
    if (entry === undefined) return;
    const now = clock.monotonic();
    const text = entry.meter.update(event.progress, now);
    if (text === '' || now - entry.printedAt < PROGRESS_EVERY_MS) return;
    entry.printedAt = now;
    write(event.at, [`  ${entry.title}: ${text}`]);
  }

  return {
    sink(event) {
      if (event.type === 'step-progress') {
        progress(event);
        return;
      }
      if (event.type === 'step-started')
        meters.set(keyOf(event), {
          meter: createProgressMeter(),
          printedAt: clock.monotonic(),
          title: event.title,
        });
      if (event.type === 'step-finished') meters.delete(keyOf(event));
      const lines = eventLines(event, options);
      if (lines.length > 0) write(event.at, lines);
    },
    pause: () => Promise.resolve(),
    resume: () => undefined,
    finish: () => Promise.resolve(),
  };
}

/** Wraps behind the status column, which `wrapText` would squeeze. */
function wrapColumn(line: string, width: number): string[] {
  const [, column = '', text = ''] = /^((?:[A-Za-z][A-Za-z ]{6}  )?)(.*)$/s.exec(line) ?? [];
  // A number stays with its unit.
  const whole = text.replace(/(\d) (s|min|h|d|[kMGT]?B)\b/g, '$1\u00a0$2');
  return wrapText(whole, width - column.length, column === '' ? '    ' : '')
    .map((part) => part.replaceAll('\u00a0', ' '))
    .map((part, index) => (index === 0 ? column : ' '.repeat(column.length)) + part);
}

function keyOf(event: { step: string; node: string }): string {
  return `${event.step}\n${event.node}`;
}
