import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { InterruptedError } from '../../../src/contract/errors.ts';
import type { ApprovalQuestion } from '../../../src/engine/types.ts';
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
  const display = { pause: vi.fn(() => Promise.resolve()), resume: vi.fn() };
  const interrupt = vi.fn();
  const prompter = createPrompter({
    stdin: stdin as unknown as NodeJS.ReadStream,
    output: out.stream,
    display: () => display,
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
    expect(await prompter.step(sampleStep('x'), 'text', never)).toBe('stop');
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
