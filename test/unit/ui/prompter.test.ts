import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { InterruptedError } from '../../../src/contract/errors.ts';
import type { ApprovalQuestion } from '../../../src/engine/types.ts';
import { operationText } from '../../../src/report/operation-text.ts';
import type { GuidedStep } from '../../../src/engine/types.ts';
import { createPrompter } from '../../../src/ui/prompter.ts';
import { sampleStep } from '../report/samples.ts';
import { recordingStream } from './streams.ts';

const CHANGE: ApprovalQuestion = {
  effect: 'change',
  site: 'acme',
  host: 'central.example.com',
  title: 'Back up the site',
  lines: ['Predicted downtime: 50 s'],
};

function makePrompter(isTTY = true) {
  const stdin = Object.assign(new PassThrough(), { isTTY, setRawMode: () => undefined });
  const out = recordingStream(isTTY);
  // A terminal is not ended by what is written to it; inquirer tries.
  Object.assign(out.stream, { end: () => out.stream });
  const display = { pause: vi.fn(() => Promise.resolve()), resume: vi.fn() };
  const interrupt = vi.fn();
  const prompter = createPrompter({
    stdin: stdin as unknown as NodeJS.ReadStream,
    output: out.stream,
    display: () => display,
    named: (text) => text.replaceAll('a-command', 'a-command --site FILE'),
    operationText,
    interrupt,
  });
  /** Types once the question stands on the screen. */
  async function type(question: string, keys: string): Promise<void> {
    await vi.waitFor(() => {
      expect(out.text()).toContain(question);
    }, 5000);
    stdin.write(keys);
  }
  return { stdin, out, display, interrupt, prompter, type };
}

const never = new AbortController().signal;

describe('createPrompter', () => {
  it('never asks without a terminal', async () => {
    const { prompter, out } = makePrompter(false);
    expect(prompter.canAsk).toBe(false);
    expect(await prompter.approve(CHANGE, never)).toBe(false);
    expect(await prompter.step(sampleStep('x'), 'text', never)).toBeUndefined();
    expect(await prompter.confirm('Really?', true, never)).toBeUndefined();
    expect(out.text()).toBe('');
  });

  it('asks for a change naming site and host, with the display paused', async () => {
    const { prompter, out, display, type } = makePrompter();
    const answer = prompter.approve(CHANGE, never);
    await type('Back up the site?', 'y\r');
    expect(await answer).toBe(true);
    expect(out.text()).toContain('  site: acme\n  host: central.example.com\n  Predicted downtime: 50 s\n');
    expect(display.pause).toHaveBeenCalledOnce();
    expect(display.resume).toHaveBeenCalledOnce();
  });

  it('names the site file in commands that it tells', async () => {
    const { prompter, out, type } = makePrompter();
    const answer = prompter.approve({ ...CHANGE, lines: ['Then: a-command'] }, never);
    await type('Back up the site?', 'n\r');
    await answer;
    expect(out.text()).toContain('  Then: a-command --site FILE\n');
  });

  it('takes no for no', async () => {
    const { prompter, type } = makePrompter();
    const answer = prompter.approve(CHANGE, never);
    await type('Back up the site?', 'n\r');
    expect(await answer).toBe(false);
  });

  it.each([
    ['acme\r', true],
    ['y\r', false],
    ['\r', false],
    ['ACME\r', false],
  ])('lets %j destroy: %s', async (keys, approved) => {
    const { prompter, type } = makePrompter();
    const answer = prompter.approve({ ...CHANGE, effect: 'destroy' }, never);
    await type("Type the site's name", keys);
    expect(await answer).toBe(approved);
  });

  it('says of what is destroyed whether it can be put back', async () => {
    for (const [kept, says] of [
      [{}, 'something that cannot be brought back.'],
      [{ kept: true as const }, '`rollback` puts it back until'],
    ] as const) {
      const { prompter, out, type } = makePrompter();
      const answer = prompter.approve({ ...CHANGE, effect: 'destroy', ...kept }, never);
      await type("Type the site's name", '\r');
      await answer;
      expect(out.text().replaceAll('\n', ' ')).toContain(says);
    }
  });

  it('stops where the person says so in guided mode', async () => {
    const { prompter, type } = makePrompter();
    const answer = prompter.step(sampleStep('x', { title: 'Stop it' }), 'why', never);
    await type('stop here', '\u001b[B\r');
    expect(await answer).toBe('stop');
  });

  it('joins the lines of an explanation to paragraphs', async () => {
    const { prompter, out, type } = makePrompter();
    const answer = prompter.step(sampleStep('x', { title: 'Stop it' }), 'One\nline.\n\nAnother.\n', never);
    await type('stop here', '\r');
    expect(await answer).toBe('go');
    expect(out.text()).toContain('\nOne line.\n\nAnother.');
  });

  describe('before a step in guided mode', () => {
    const DOWN = '\u001b[B';
    const view: GuidedStep = {
      step: sampleStep('swap', { title: 'Swap the databases', effect: 'change' }),
      number: 4,
      of: 9,
      nodes: [],
      wayBack: 'undo',
      human: false,
      byHand: false,
    };

    it.each([
      ['run it', '\r', { answer: 'run' }],
      ['done by hand', `${DOWN}\r`, { answer: 'by-hand' }],
      ['stop', `${DOWN.repeat(4)}\r`, { answer: 'stop' }],
      ['Ctrl+D', '\u0004', { answer: 'stop', reason: 'the question was closed without an answer' }],
    ])('takes %s', async (_what, keys, expected) => {
      const { prompter, type, display } = makePrompter();
      const answer = prompter.guide(view, never);
      await type('stop here', keys);
      expect(await answer).toEqual(expected);
      expect(display.pause).toHaveBeenCalledOnce();
    });

    it('breaks a long question between words, with room for the answer', async () => {
      const { prompter, out, type } = makePrompter();
      const title =
        'Let the Repository Service set itself up, where its account is no administrator of this machine';
      const answer = prompter.guide({ ...view, step: sampleStep('x', { title }) }, never);
      await type('stop here', '\r');
      expect(await answer).toEqual({ answer: 'run' });
      const lines = stripVTControlCharacters(out.text()).split(/\r?\n/);
      expect(lines).toContain('? Let the Repository Service set itself up, where its account is no');
      expect(lines).toContain('administrator of this machine?');
      expect(lines.at(-2)).toBe('administrator of this machine? run');
    });

    it('wants a reason for what is left out', async () => {
      const { prompter, type, out } = makePrompter();
      const answer = prompter.guide(view, never);
      await type('stop here', `${DOWN.repeat(2)}\r`);
      await type('Why is it left out?', ' not wanted here \r');
      expect(await answer).toEqual({ answer: 'skip', reason: 'not wanted here' });
      expect(out.text().match(/Step 4 of 9/g)).toHaveLength(1);
    });

    it('shows more and asks again', async () => {
      const { prompter, type, out } = makePrompter();
      const explained = { ...view, step: { ...view.step, explain: 'One.\n\nTwo.\n\nThree, the last.' } };
      const answer = prompter.guide(explained, never);
      await type('stop here', `${DOWN.repeat(3)}\r`);
      await type('Three, the last.', '\r');
      expect(await answer).toEqual({ answer: 'run' });
      expect(out.text().match(/Step 4 of 9/g)).toHaveLength(2);
    });

    it('offers only what is possible, and says why not', async () => {
      const { prompter, type, out } = makePrompter();
      const noSkip = 'step check ("Check") reverses it';
      const answer = prompter.guide({ ...view, noSkip, noByHand: 'nobody can' }, never);
      await type('stop here', '\r');
      await answer;
      expect(out.text()).toContain(`Skip      not possible: ${noSkip}`);
      expect(out.text()).toContain('By hand   not possible: nobody can');
      expect(out.text()).not.toMatch(/skip it, with|I did it by hand/);
    });

    it('does not offer to do what only a person can', async () => {
      const { prompter, type, out } = makePrompter();
      const answer = prompter.guide({ ...view, human: true }, never);
      await type('stop here', '\r');
      expect(await answer).toEqual({ answer: 'by-hand' });
      expect(out.text()).not.toContain('run it');
    });

    it('shows what only looks without asking', async () => {
      const { prompter, out, display } = makePrompter();
      await prompter.show({ ...view, wayBack: 'nothing' }, never);
      expect(out.text()).toContain('Step 4 of 9: Swap the databases\n');
      expect(display.resume).toHaveBeenCalledOnce();
    });
  });

  it('throws the reason of the signal', async () => {
    const { prompter, out } = makePrompter();
    const controller = new AbortController();
    const answer = prompter.approve(CHANGE, controller.signal);
    const failed = expect(answer).rejects.toThrow('time to go');
    await vi.waitFor(() => {
      expect(out.text()).toContain('Back up the site?');
    }, 5000);
    controller.abort(new InterruptedError('time to go'));
    await failed;
  });

  it('takes Ctrl+C in a question for an interruption', async () => {
    const { prompter, interrupt, type } = makePrompter();
    const answer = prompter.approve(CHANGE, never);
    const failed = expect(answer).rejects.toBeInstanceOf(InterruptedError);
    await type('Back up the site?', '\u0003');
    await failed;
    expect(interrupt).toHaveBeenCalledOnce();
  });

  it.each([
    ['Ctrl+D', (stdin: PassThrough) => stdin.write('\u0004')],
    ['the end of input', (stdin: PassThrough) => stdin.end()],
  ])('takes %s for a refusal instead of waiting for ever', async (_, leave) => {
    const { prompter, stdin, out } = makePrompter();
    const answer = prompter.approve(CHANGE, never);
    await vi.waitFor(() => {
      expect(out.text()).toContain('Back up the site?');
    }, 5000);
    leave(stdin);
    expect(await answer).toBe(false);
  });
});
