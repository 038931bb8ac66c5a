import type { EventSink } from '../contract/event.ts';
import type { Operation } from '../contract/operation.ts';
import type { Clock } from '../foundation/clock.ts';

/** How a run is shown: a task list, plain lines, or JSON lines. */
export type DisplayMode = 'terminal' | 'plain' | 'json';

/** Shows a run while it goes on. */
export interface Display {
  /** Takes the engine's events; never throws. */
  readonly sink: EventSink;
  /** Leaves the screen to somebody else (a prompt); resolves when nothing more will be drawn. */
  pause(): Promise<void>;
  resume(): void;
  /** Draws the last state and gives the screen back; events after it are written as plain lines. */
  finish(): Promise<void>;
}

/** What a display is made of. */
export interface DisplayOptions {
  readonly mode: DisplayMode;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly clock: Clock;
  /** Also show every operation and every check that is well. */
  readonly verbose: boolean;
  /** Hides secrets in everything that is written. */
  readonly redact: (text: string) => string;
  /** Words an operation for `verbose`. */
  readonly operationText: (operation: Operation) => string;
}

/** Makes the display of one run. listr2 is loaded only for a terminal. */
export async function createDisplay(options: DisplayOptions): Promise<Display> {
  switch (options.mode) {
    case 'json': {
      const { createJsonDisplay } = await import('./json-display.ts');
      return createJsonDisplay(options);
    }
    case 'plain': {
      const { createPlainDisplay } = await import('./plain-display.ts');
      return createPlainDisplay(options);
    }
    case 'terminal': {
      const { createTerminalDisplay } = await import('./terminal-display.ts');
      return createTerminalDisplay(options);
    }
  }
}

/** What decides how a run is shown. */
export interface ModeFacts {
  readonly json: boolean;
  readonly isTTY: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Picks the display: a task list only on a real terminal that a person looks at. */
export function pickDisplayMode({ json, isTTY, env }: ModeFacts): DisplayMode {
  if (json) return 'json';
  const continuousIntegration = env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== 'false';
  return isTTY && env['TERM'] !== 'dumb' && !continuousIntegration ? 'terminal' : 'plain';
}
