import { InterruptedError } from '../contract/errors.ts';
import type { Operation } from '../contract/operation.ts';
import type { PlanStep } from '../contract/plan.ts';
import type { ApprovalQuestion, Prompter } from '../engine/types.ts';
import { flowText, wrapText } from '../foundation/human.ts';
import { sourceWords } from '../runbook/source-words.ts';
import type { Display } from './display.ts';
import { askAboutStep } from './guide.ts';
import { guidedLines } from './guided-text.ts';
import type { Question } from './question.ts';

const WIDTH = 80;

/** Beside a question stand its mark and the answer; what is longer inquirer breaks in the middle of a word. */
const QUESTION_WIDTH = 70;

/** What prompts need. `output` is stderr when stdout belongs to JSON. */
export interface PrompterOptions {
  readonly stdin: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** The display of the run that goes on, if one does; it is paused around every question. */
  readonly display: () => Pick<Display, 'pause' | 'resume'> | undefined;
  /** Adds the site file that was given to commands that a text names. */
  readonly named: (text: string) => string;
  /** Words an operation. */
  readonly operationText: (operation: Operation) => string;
  /** Called when Ctrl+C is pressed in a prompt: the terminal is in raw mode then and no signal comes. */
  readonly interrupt: () => void;
}

/** Every question the tool asks goes through here. `undefined` answers mean: the terminal went away. */
export interface Asker extends Prompter {
  confirm(message: string, fallback: boolean, signal: AbortSignal): Promise<boolean | undefined>;
  text(message: string, fallback: string, signal: AbortSignal): Promise<string | undefined>;
  /** Asks without echo. */
  secret(message: string, signal: AbortSignal): Promise<string | undefined>;
}

/** Makes the port for all prompts. inquirer is loaded with the first question. */
export function createPrompter(options: PrompterOptions): Asker {
  const { stdin, output, named } = options;
  // With stdin at the null device inquirer ends the process without a word: such a stdin is never asked.
  const canAsk = stdin.isTTY && output.isTTY;

  async function ask(question: Question, before: readonly string[], signal: AbortSignal): Promise<unknown> {
    if (!canAsk) return undefined;
    signal.throwIfAborted();
    const display = options.display();
    await display?.pause();
    try {
      if (before.length > 0) output.write(`${named(before.join('\n'))}\n`);
      const message = wrapText(named(question.message), QUESTION_WIDTH).join('\n');
      return await prompt({ ...question, message }, signal);
    } finally {
      display?.resume();
    }
  }

  async function prompt(question: Question, signal: AbortSignal): Promise<unknown> {
    const { createPromptModule } = await import('inquirer');
    const gone = new AbortController();
    const leave = (): void => {
      gone.abort();
    };
    const leaveOnCtrlD = (_text: unknown, key: { ctrl?: boolean; name?: string } | undefined): void => {
      if (key?.ctrl === true && key.name === 'd') leave();
    };
    // When its input ends, inquirer waits for ever: an ended terminal is a refusal.
    stdin.once('end', leave).once('close', leave).on('keypress', leaveOnCtrlD);
    try {
      const ask = createPromptModule({
        input: stdin,
        output,
        signal: AbortSignal.any([signal, gone.signal]),
      });
      const answers: { answer?: unknown } = await ask([{ ...question, name: 'answer' }]);
      return answers.answer;
    } catch (error) {
      signal.throwIfAborted();
      if (gone.signal.aborted) return undefined;
      if (error instanceof Error && error.name === 'ExitPromptError') {
        options.interrupt();
        throw new InterruptedError('interrupted at a question');
      }
      throw error;
    } finally {
      stdin.off('end', leave).off('close', leave).off('keypress', leaveOnCtrlD);
    }
  }

  async function confirm(
    message: string,
    fallback: boolean,
    signal: AbortSignal,
    before: readonly string[] = [],
  ): Promise<boolean | undefined> {
    const answer = await ask({ type: 'confirm', message, default: fallback }, before, signal);
    return typeof answer === 'boolean' ? answer : undefined;
  }

  async function text(question: Question, before: readonly string[], signal: AbortSignal) {
    const answer = await ask(question, before, signal);
    return typeof answer === 'string' ? answer : undefined;
  }

  return {
    canAsk,
    confirm: (message, fallback, signal) => confirm(message, fallback, signal),
    text: (message, fallback, signal) => text({ type: 'input', message, default: fallback }, [], signal),
    secret: (message, signal) => text({ type: 'password', message }, [], signal),
    async approve(question, signal) {
      const before = approvalLines(question);
      if (question.effect === 'change')
        return (await confirm(`${question.title}?`, true, signal, before)) === true;
      const typed = await text(
        { type: 'input', message: `Type the site's name, ${question.site}, to go on:` },
        before,
        signal,
      );
      return typed?.trim() === question.site;
    },
    async step(step, words, signal) {
      const answer = await text(
        {
          type: 'select',
          message: `${step.title}?`,
          choices: [
            { name: 'go on with this step', value: 'go', short: 'go on' },
            { name: 'stop here; resume leads on later', value: 'stop', short: 'stop' },
          ],
        },
        stepLines(step, words),
        signal,
      );
      return answer === undefined || answer === 'go' ? answer : 'stop';
    },
    guide: (step, signal) =>
      askAboutStep(step, options.operationText, (question, before) => text(question, before, signal)),
    async show(step, signal) {
      signal.throwIfAborted();
      const display = options.display();
      await display?.pause();
      output.write(`${named(guidedLines(step, { ...options, full: false }).join('\n'))}\n`);
      display?.resume();
    },
  };
}

/** What is said before a question about effects: site, host, what will happen. */
function approvalLines(question: ApprovalQuestion): string[] {
  return [
    '',
    ...wrapText(question.title, WIDTH),
    `  site: ${question.site}`,
    `  host: ${question.host}`,
    ...question.lines
      .filter((line) => line !== question.title)
      .flatMap((line) => wrapText(`  ${line}`, WIDTH, '    ')),
    ...wrapText(whatItMeans(question), WIDTH),
  ];
}

function whatItMeans({ effect, kept }: ApprovalQuestion): string {
  if (effect === 'change') return 'This changes the site.';
  return kept === true
    ? 'This replaces what the site has. What is replaced is kept: `rollback` puts it back until `cleanup` removes it.'
    : 'This removes or overwrites something that cannot be brought back.';
}

function stepLines(step: PlanStep, words: string): string[] {
  const source = step.source === undefined ? [] : wrapText(`  ${sourceWords(step.source)}`, WIDTH, '  ');
  return ['', ...wrapText(flowText(words), WIDTH), ...source];
}
