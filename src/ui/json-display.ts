import type { Display, DisplayOptions } from './display.ts';

/** One JSON document a line on stdout; the first one carries `schemaVersion`. Nothing else is written there. */
export function createJsonDisplay({ stdout, redact }: Pick<DisplayOptions, 'stdout' | 'redact'>): Display {
  let first = true;
  return {
    sink(event) {
      const line = JSON.stringify(first ? { schemaVersion: 1, ...event } : event);
      first = false;
      stdout.write(`${redact(line)}\n`);
    },
    pause: () => Promise.resolve(),
    resume: () => undefined,
    finish: () => Promise.resolve(),
  };
}
