import { describe, expect, it } from 'vitest';
import {
  CommandError,
  ConfirmationError,
  PreflightError,
  StepError,
  UsageError,
} from '../../../src/contract/errors.ts';
import { errorJson, wordError } from '../../../src/report/error-text.ts';

const quiet = { verbose: false };

describe('wordError', () => {
  it('says what happened, that nothing was changed, and what to do', () => {
    const error = new PreflightError('the database does not answer', { hint: 'start it' });
    expect(wordError(error, quiet)).toBe(
      'error: the database does not answer\nNothing was changed.\nhint: start it\n',
    );
  });

  it('says once that nothing was changed, when message or hint say it', () => {
    const error = new UsageError('bad line', { hint: 'Correct the file; nothing was changed.' });
    expect(wordError(error, quiet)).toBe('error: bad line\nhint: Correct the file; nothing was changed.\n');
    const failed = new PreflightError('1 check failed; nothing was changed\n  - it is down');
    expect(wordError(failed, quiet)).toBe('error: 1 check failed; nothing was changed\n  - it is down\n');
  });

  it('names a path once, that of the cause too', () => {
    const cause = Object.assign(new Error("EACCES: permission denied, open '/a b'"), {
      code: 'EACCES',
      syscall: 'open',
      path: '/a b',
    });
    expect(wordError(new UsageError('the file /a b is closed', { cause }), quiet)).toContain(
      'the file /a b is closed\n  because: permission denied (EACCES)\n',
    );
    expect(wordError(new UsageError('it is closed', { cause }), quiet)).toContain("open '/a b'\n");
    expect(wordError(new UsageError('closed: permission denied (EACCES)', { cause }), quiet)).not.toContain(
      'because',
    );
  });

  it('says what was changed', () => {
    const error = new StepError('Dump QSR failed', { changed: 'services were stopped', hint: 'resume' });
    expect(wordError(error, quiet)).toBe(
      'error: Dump QSR failed\nchanged: services were stopped\nhint: resume\n',
    );
  });

  it('does not claim that nothing was changed when a question was refused', () => {
    expect(wordError(new ConfirmationError('not confirmed'), quiet)).toBe('error: not confirmed\n');
  });

  it('adds causes that say more, once', () => {
    const cause = new Error('ECONNREFUSED', { cause: new Error('ECONNREFUSED') });
    expect(wordError(new UsageError('cannot read it', { cause }), quiet)).toBe(
      'error: cannot read it\n  because: ECONNREFUSED\nNothing was changed.\n',
    );
  });

  it('ends with a cause that points to itself', () => {
    const cause = new Error('round');
    cause.cause = cause;
    expect(wordError(new UsageError('x', { cause }), quiet)).toContain('because: round\n');
  });

  it('shows the last lines a program said, all of them and its command with --verbose', () => {
    const stderr = Array.from({ length: 12 }, (_, index) => `line ${String(index)}.`).join('\n');
    const error = new CommandError('pg_dump ended with 1', { argv: ['pg_dump', 'a b'], code: 1, stderr });
    const short = wordError(error, quiet);
    expect(short).toContain('  | line 4.\n');
    expect(short).not.toContain('line 3.');
    expect(short).not.toContain('command:');
    const long = wordError(error, { verbose: true });
    expect(long).toContain('  command: pg_dump "a b"\n');
    expect(long).toContain('  | line 0.\n');
  });

  it('calls an unexpected error a bug of ours, names the log, and keeps the stack for --verbose', () => {
    const error = new TypeError('x is undefined');
    expect(wordError(error, { verbose: false, logFile: '/tmp/a.log' })).toBe(
      `error: something went wrong inside sense-runbook itself: x is undefined
This is a bug of ours, not a mistake of yours.
hint: sense-runbook runs (is a run unfinished?), then report the bug with the log file /tmp/a.log
`,
    );
    expect(wordError(error, { verbose: true })).toContain('TypeError: x is undefined\n    at ');
  });

  it('words something thrown that is no error', () => {
    expect(wordError('boom', quiet)).toContain('itself: boom\n');
  });
});

describe('errorJson', () => {
  it('carries code, name, message and hint', () => {
    expect(errorJson(new UsageError('no', { hint: 'yes' }), quiet)).toEqual({
      error: { code: 2, name: 'UsageError', message: 'no', hint: 'yes' },
    });
  });

  it('gives unexpected errors code 1', () => {
    expect(errorJson(new TypeError('no'), quiet)).toMatchObject({ error: { code: 1, name: 'TypeError' } });
  });
});
