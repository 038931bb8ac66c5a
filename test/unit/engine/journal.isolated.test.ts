import { appendFileSync, fsyncSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { ServiceOperation } from '../../../src/contract/operation.ts';
import { JournalError } from '../../../src/contract/errors.ts';
import { openJournal, readJournal } from '../../../src/engine/journal.ts';
import { systemClock } from '../../../src/foundation/clock.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

// The calls are the real ones unless a test makes one fail.
vi.mock(import('node:fs'), async (original) => {
  const real = await original();
  return {
    ...real,
    fsyncSync: vi.fn(real.fsyncSync),
    truncateSync: vi.fn(real.truncateSync),
    writeSync: vi.fn(real.writeSync) as unknown as typeof real.writeSync,
  };
});

function open(file: string, redact = (text: string) => text) {
  return openJournal({ file, clock: systemClock, redact, onFull: () => false });
}

function filled(lines: number): string {
  const file = join(temporaryFolder(), 'journal.jsonl');
  const journal = open(file);
  for (let index = 1; index <= lines; index += 1)
    journal.append({ type: 'warning', message: `number ${String(index)}` }, true);
  journal.close();
  return file;
}

describe('the journal', () => {
  it('gives back what was written, numbered and chained', () => {
    const entries = readJournal(filled(3));
    expect(entries.map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(entries[0]?.prev).toBe('0'.repeat(64));
    expect(entries[2]?.prev).not.toBe(entries[1]?.prev);
  });

  it('goes on with the chain when it is opened again', () => {
    const file = filled(2);
    const journal = open(file);
    journal.append({ type: 'warning', message: 'after' });
    journal.close();
    expect(readJournal(file).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it('leaves out a torn last line and cuts it off before it appends', () => {
    const file = filled(2);
    appendFileSync(file, '{"seq":3,"at":"2026');
    expect(readJournal(file)).toHaveLength(2);
    const journal = open(file);
    journal.append({ type: 'warning', message: 'whole again' });
    journal.close();
    expect(readJournal(file)).toHaveLength(3);
  });

  it.each([
    ['a changed line', (lines: string[]) => [lines[0], lines[1]?.replace('number 2', 'number 7'), lines[2]]],
    ['a removed line', (lines: string[]) => [lines[0], lines[2]]],
    ['a line that is not JSON', (lines: string[]) => [lines[0], 'oops', lines[2]]],
    ['a line put in twice', (lines: string[]) => [lines[0], lines[0], lines[1], lines[2]]],
  ])('stops at %s', (_name, change) => {
    const file = filled(3);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    writeFileSync(file, `${change(lines).join('\n')}\n`);
    expect(() => readJournal(file)).toThrow(JournalError);
    expect(() => open(file)).toThrow(JournalError);
  });

  it('never holds a secret, in the file or in memory', () => {
    const file = join(temporaryFolder(), 'journal.jsonl');
    const journal = open(file, (text) => text.replaceAll('hunter22', '***'));
    journal.append({ type: 'warning', message: 'password is hunter22' });
    journal.close();
    expect(readFileSync(file, 'utf8')).not.toContain('hunter22');
    expect(JSON.stringify(journal.entries)).toContain('password is ***');
    expect(readJournal(file)).toHaveLength(1);
  });

  it('hides a secret in what programs and people say, and leaves names as they are', () => {
    const file = join(temporaryFolder(), 'journal.jsonl');
    const journal = open(file, (text) => text.replaceAll('central', '***'));
    const key = { step: 'stop-central', node: 'central', attempt: 1 };
    journal.append({
      type: 'intent',
      title: 'Stop',
      input: { password: 'central' },
      before: { running: ['central'] },
      always: false,
      undo: false,
      ...key,
    });
    const operation = {
      kind: 'service',
      verb: 'stop',
      service: 'central',
      env: ['central'],
      effect: 'change',
    } as unknown as ServiceOperation;
    journal.append({ type: 'operation', phase: 'begin', operation, ...key });
    journal.close();
    expect(readJournal(file)).toMatchObject([
      { input: { password: '***' }, before: { running: ['central'] }, step: 'stop-central', node: 'central' },
      { operation: { service: 'central', env: ['***'] } },
    ]);
  });

  it('goes on with its chain after the disk refused to confirm a line', () => {
    const file = join(temporaryFolder(), 'journal.jsonl');
    const journal = open(file);
    journal.append({ type: 'warning', message: 'one' }, true);
    vi.mocked(fsyncSync).mockImplementationOnce(() => {
      throw Object.assign(new Error('input/output error'), { code: 'EIO' });
    });
    expect(() => journal.append({ type: 'warning', message: 'two' }, true)).toThrow(JournalError);
    journal.append({ type: 'warning', message: 'three' });
    journal.close();
    expect(readJournal(file).map((entry) => 'message' in entry && entry.message)).toEqual([
      'one',
      'two',
      'three',
    ]);
  });

  it('writes nothing after a part of a line that cannot be cut off again', () => {
    const file = join(temporaryFolder(), 'journal.jsonl');
    const journal = open(file);
    journal.append({ type: 'warning', message: 'one' });
    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    vi.mocked(writeSync)
      .mockImplementationOnce(() => appendHalf(file))
      .mockImplementationOnce(() => {
        throw full;
      });
    vi.mocked(truncateSync).mockImplementationOnce(() => {
      throw full;
    });
    expect(() => journal.append({ type: 'warning', message: 'two' })).toThrow(JournalError);
    expect(() => journal.append({ type: 'warning', message: 'three' })).toThrow(JournalError);
    journal.close();
    expect(readJournal(file)).toHaveLength(1);
  });
});

function appendHalf(file: string): number {
  appendFileSync(file, '{"seq');
  return 5;
}
