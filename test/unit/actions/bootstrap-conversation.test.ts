import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nothingHeard, talkThrough, type Heard } from '../../../src/actions/bootstrap-conversation.ts';
import { CommandError, TimeLimitError } from '../../../src/contract/errors.ts';
import type { ExecResult } from '../../../src/contract/node.ts';

const LIMITS = { total: 100_000, silence: 1000, exit: 500 };
const ENDED: ExecResult = { stdout: '', stderr: '', durationMs: 1 };

/** A program that says what the test says, when it says it. */
function program(onStartup = () => Promise.resolve()) {
  const heard: Heard = nothingHeard();
  const waiting = vi.fn();
  let say: ((text: string, open?: boolean) => Promise<string | undefined>) | undefined;
  let end: ((how: ExecResult | Error) => void) | undefined;
  const talked = talkThrough(
    {
      limits: LIMITS,
      run: ({ converse, signal }) => {
        say = async (text, open = false) => converse({ text, open, stream: 'stdout' });
        return new Promise((resolve, reject) => {
          end = (how) => {
            if (how instanceof Error) reject(how);
            else resolve(how);
          };
          signal.addEventListener('abort', () => {
            reject(signal.reason as Error);
          });
        });
      },
      onStartup,
      onWaiting: waiting,
      onLine: () => undefined,
    },
    heard,
  ).then(
    () => 'done',
    (error: unknown) => (error as Error).message,
  );
  if (say === undefined || end === undefined) throw new Error('not started');
  return { heard, waiting, talked, say, end };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the limits of the conversation', () => {
  it('begin anew with every line', async () => {
    const { say, end, talked } = program();
    for (let line = 0; line < 5; line += 1) {
      await vi.advanceTimersByTimeAsync(LIMITS.silence - 1);
      await say('[INFO] still here');
    }
    end(ENDED);
    expect(await talked).toBe('done');
  });

  it('end it when no line came for long', async () => {
    const { say, talked } = program();
    await say('[INFO] first');
    await vi.advanceTimersByTimeAsync(LIMITS.silence);
    expect(await talked).toContain('said nothing for 1.0 s');
  });

  it('do not count while the dispatcher starts', async () => {
    let started: (() => void) | undefined;
    const { say, end, talked } = program(() => new Promise((resolve) => (started = resolve)));
    const told = say('[INFO] Entering main startup phase...');
    await vi.advanceTimersByTimeAsync(LIMITS.silence * 20);
    started?.();
    await told;
    end(ENDED);
    expect(await talked).toBe('done');
  });

  it('do not count while it waits for certificates, which a person may have to bring', async () => {
    const { say, end, talked, waiting } = program();
    await say('[INFO] Waiting for certificates to be installed');
    await vi.advanceTimersByTimeAsync(LIMITS.silence * 20);
    expect(waiting).toHaveBeenCalledTimes(1);
    end(ENDED);
    expect(await talked).toBe('done');
  });

  it('let it be ended when it goes on after ENTER', async () => {
    const { say, heard, talked } = program();
    await say('Bootstrap mode has terminated. Press ENTER to exit..', true);
    await vi.advanceTimersByTimeAsync(LIMITS.exit);
    expect(await talked).toBe('done');
    expect(heard).toMatchObject({ terminated: true, entered: true, endedItself: false });
  });
});

describe('what is answered', () => {
  it('is ENTER, once, however often the question comes', async () => {
    const { say } = program();
    expect(await say('Bootstrap mode has', true)).toBeUndefined();
    expect(await say('Bootstrap mode has terminated. Press', true)).toMatch(/^\r?\n$/);
    expect(await say('Bootstrap mode has terminated. Press ENTER to exit..', true)).toBeUndefined();
  });

  it('is ENTER also to a question in other words, which does not count as done', async () => {
    const { say, heard } = program();
    expect(await say('All finished, press the Enter key', true)).toMatch(/^\r?\n$/);
    expect(heard).toMatchObject({ terminated: false, entered: true });
  });

  it('starts the dispatcher once', async () => {
    const start = vi.fn(() => Promise.resolve());
    const { say } = program(start);
    await say('[INFO] Entering main startup phase...', true);
    await say('[INFO] Entering main startup phase...');
    expect(start).toHaveBeenCalledTimes(1);
  });
});

describe('what counts as an error', () => {
  it.each([
    ['[ERROR] no access', 1],
    ['2026-11-28\tERROR\tRepository\tno access', 1],
    ['ERROR: no access', 1],
    ['[INFO] 0 errors found', 0],
    ['[INFO] Setting ErrorHandling', 0],
    ['[INFO] ERRORS=0', 0],
  ])('%j', async (line, count) => {
    const { say, heard } = program();
    await say(line);
    expect(heard.errors).toHaveLength(count);
  });
});

describe('how it ended', () => {
  it('is told with what it said last, whatever the reason', async () => {
    const killed = program();
    await killed.say('[INFO] the last word');
    killed.end(new CommandError('x', { argv: ['Repository.exe'], signal: 'SIGKILL' }));
    expect(await killed.talked).toMatch(/ended by SIGKILL[^]*the last word/);
    const late = program();
    late.end(new TimeLimitError('x'));
    expect(await late.talked).toContain('did not come to its end within 1 min');
  });

  it('is the error itself when it could not be started', async () => {
    const { end, talked } = program();
    end(new CommandError('Repository.exe could not be started', { argv: ['Repository.exe'] }));
    expect(await talked).toBe('Repository.exe could not be started');
  });
});
