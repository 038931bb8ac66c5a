import { EOL } from 'node:os';
import { CommandError, StepError, TimeLimitError } from '../contract/errors.ts';
import type { ExecOptions, ExecResult, OutputLine } from '../contract/node.ts';
import { formatDuration } from '../foundation/human.ts';

/** Milliseconds. */
interface BootstrapLimits {
  /** For the whole of it. */
  readonly total: number;
  /** Between two lines; not while it waits for certificates, which takes a person or another step. */
  readonly silence: number;
  /** From ENTER to its end. */
  readonly exit: number;
}

/** What the program said, as far as it matters. */
export interface Heard {
  /** "Entering main startup phase": the Service Dispatcher was started (manual 5.7 step 7 d, p. 213). */
  startup: boolean;
  /** "Waiting for certificates to be installed" (manual 2.11, p. 159). */
  waiting: boolean;
  /** "Bootstrap mode has terminated": it is done (manual 5.7 step 7, p. 213). */
  terminated: boolean;
  /** It asked for ENTER and got it. */
  entered: boolean;
  /** False when it went on after ENTER and was ended. */
  endedItself: boolean;
  /** Lines with ERROR or FATAL; at most {@link MOST_LINES} each. */
  readonly errors: string[];
  readonly fatal: string[];
  /** Its last lines. */
  readonly last: string[];
}

/** The other side of the conversation. */
export interface BootstrapPartner {
  readonly limits: BootstrapLimits;
  /** Runs the program; what it throws besides CommandError and TimeLimitError is thrown on. */
  readonly run: (
    options: Required<Pick<ExecOptions, 'converse' | 'signal' | 'timeoutMs'>>,
  ) => Promise<ExecResult>;
  /** Starts the Service Dispatcher; the next line is read when it runs. */
  readonly onStartup: () => Promise<void>;
  readonly onWaiting: () => void;
  readonly onLine: (text: string) => void;
}

const STARTUP = /entering main startup phase/i;
const TERMINATED = /bootstrap mode has terminated/i;
const WAITING = /waiting for certificates/i;
const ENTER = /press\s+(the\s+)?enter\b/i;
/** As its log writes the level: `[ERROR]`, or between tabs; not the word in a sentence. */
const ERROR = /(^|[\s[|])ERROR([\s\]:|]|$)/;
const FATAL = /(^|[\s[|])FATAL([\s\]:|]|$)/;

const MOST_LINES = 20;
const LAST_LINES = 8;

/** Ends the wait for a program that goes on after ENTER: what it was to do is done by then. */
class WentOn extends Error {}

/**
 * Talks with `repository.exe -bootstrap` to its end. @throws StepError when it says nothing for long, ends badly, or takes
 * too long; `heard` has what it said by then
 */
export async function talkThrough(partner: BootstrapPartner, heard: Heard): Promise<void> {
  const { limits } = partner;
  const watch = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  function within(milliseconds: number, reason: () => Error): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      watch.abort(reason());
    }, milliseconds);
  }
  function awaitNext(): void {
    clearTimeout(timer);
    if (heard.entered) within(limits.exit, () => new WentOn());
    else if (!heard.waiting || heard.terminated) within(limits.silence, () => silent(limits, heard));
  }

  async function converse({ text, open }: OutputLine): Promise<string | undefined> {
    clearTimeout(timer);
    if (!open) take(text);
    if (!heard.startup && STARTUP.test(text)) {
      heard.startup = true;
      await partner.onStartup();
    }
    if (!heard.waiting && WAITING.test(text)) {
      heard.waiting = true;
      partner.onWaiting();
    }
    if (TERMINATED.test(text)) heard.terminated = true;
    const asks = !heard.entered && (heard.terminated || ENTER.test(text));
    if (asks) heard.entered = true;
    awaitNext();
    return asks ? EOL : undefined;
  }
  function take(text: string): void {
    if (text.trim() === '') return;
    partner.onLine(text);
    heard.last.push(text);
    if (heard.last.length > LAST_LINES) heard.last.shift();
    if (ERROR.test(text) && heard.errors.length < MOST_LINES) heard.errors.push(text.trim());
    if (FATAL.test(text) && heard.fatal.length < MOST_LINES) heard.fatal.push(text.trim());
  }

  awaitNext();
  try {
    await partner.run({ converse, signal: watch.signal, timeoutMs: limits.total });
  } catch (error) {
    if (error instanceof WentOn) heard.endedItself = false;
    else throw worded(error, limits, heard);
  } finally {
    clearTimeout(timer);
  }
}

/** Nothing heard yet. */
export function nothingHeard(): Heard {
  return {
    startup: false,
    waiting: false,
    terminated: false,
    entered: false,
    endedItself: true,
    errors: [],
    fatal: [],
    last: [],
  };
}

/** How far it came, and what it said last: the person may know more of it than this program. */
export function heardWords({ startup, terminated, last }: Heard): string {
  const known =
    terminated || startup
      ? `It had said "${terminated ? 'Bootstrap mode has terminated' : 'Entering main startup phase'}".`
      : 'It had said neither "Entering main startup phase" nor "Bootstrap mode has terminated": this release may word them differently.';
  return last.length === 0 ? `${known} It printed nothing.` : `${known} Its last lines:\n${last.join('\n')}`;
}

function silent({ silence }: BootstrapLimits, heard: Heard): StepError {
  return new StepError(
    `repository.exe said nothing for ${formatDuration(silence)} and was ended. ${heardWords(heard)}`,
  );
}

function worded(error: unknown, { total }: BootstrapLimits, heard: Heard): unknown {
  if (error instanceof TimeLimitError)
    return new StepError(
      `repository.exe did not come to its end within ${formatDuration(total)} and was ended. ${heardWords(heard)}`,
      { cause: error },
    );
  // Without a code it did not even start; that error says why.
  if (!(error instanceof CommandError) || (error.code === undefined && error.signal === undefined))
    return error;
  const how = error.signal === undefined ? `with exit code ${String(error.code)}` : `by ${error.signal}`;
  return new StepError(`repository.exe ended ${how}. ${heardWords(heard)}`, { cause: error });
}
