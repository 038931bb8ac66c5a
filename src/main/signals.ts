import { InterruptedError } from '../contract/errors.ts';

/** Ways in which a person or the system asks this process to end. SIGBREAK is Ctrl+Break on Windows. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'] as const;

/** How long a command without effects may take to end by itself. */
const PATIENCE_MS = 1500;

/** The two steps of an interruption. */
export interface Interruption {
  /** Aborted by the first request, with an InterruptedError. */
  readonly signal: AbortSignal;
  /** Aborted by the second one: waiting ends, starting services does not. */
  readonly hurry: AbortSignal;
  /** From now on the process is never ended at once: services may have to be started first. */
  beginEffects(): void;
  /** The same as a signal: Ctrl+C in a prompt, or an error nobody caught. */
  interrupt(reason?: string): void;
}

/** What interruptions are made of; `end` leaves the process with a code, at once. */
export interface InterruptionOptions {
  readonly on: (signal: string, listener: () => void) => void;
  readonly end: (code: 130) => void;
  readonly say: (text: string) => void;
}

/** Listens to signals from now on. */
export function listenForSignals(options: InterruptionOptions): Interruption {
  const first = new AbortController();
  const second = new AbortController();
  let effects = false;

  function interrupt(reason = 'interrupted'): void {
    if (!first.signal.aborted) {
      first.abort(new InterruptedError(reason));
      if (effects) {
        options.say(
          '\nInterrupted: ending what runs, then starting what was stopped, unless the site is half changed. Once more: wait for nothing.\n',
        );
        return;
      }
      setTimeout(() => {
        if (!effects) options.end(130);
      }, PATIENCE_MS).unref();
      return;
    }
    if (!effects) {
      options.end(130);
      return;
    }
    if (second.signal.aborted) return;
    options.say(
      '\nEnding without waiting; services that were running are still started, unless the site is half changed.\n',
    );
    second.abort(new InterruptedError(`${reason} twice`));
  }

  for (const name of SIGNALS)
    options.on(name, () => {
      interrupt(`interrupted by ${name}`);
    });
  return {
    signal: first.signal,
    hurry: second.signal,
    beginEffects() {
      effects = true;
    },
    interrupt,
  };
}
