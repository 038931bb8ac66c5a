import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../../../src/contract/errors.ts';
import type { ChildIdentity, OutputLine } from '../../../src/contract/node.ts';
import { createExec } from '../../../src/platform/process/exec.ts';
import { posixIdentities } from '../../../src/platform/process/identity.ts';

const exec = createExec({ redact: (text) => text, graceMs: 300 });

function program(...words: string[]): string[] {
  return [process.execPath, path.resolve(import.meta.dirname, '../../fixtures/programs/talk.js'), ...words];
}

/** Lines that are complete, with the stream of those on stderr. */
function complete(lines: readonly OutputLine[]): string[] {
  return lines
    .filter(({ open }) => !open)
    .map(({ text, stream }) => (stream === 'stderr' ? `stderr: ${text}` : text));
}

describe('a conversation with a program', () => {
  it('tells a question that has no line end, and gives the answer to the program', async () => {
    const lines: OutputLine[] = [];
    const { stdout } = await exec(program(), {
      converse(line) {
        lines.push(line);
        return line.open && line.text === 'ready?' ? 'yes\n' : undefined;
      },
    });
    expect(stdout).toBe('ready?\ntold: yes\n');
    expect(complete(lines)).toEqual(expect.arrayContaining(['stderr: a warning', 'ready?', 'told: yes']));
  });

  it('waits for one answer before it tells the next line', async () => {
    let busy = false;
    const { stdout } = await exec(program('twice'), {
      async converse({ open, text }) {
        expect(busy).toBe(false);
        busy = true;
        await new Promise((resolve) => setImmediate(resolve));
        busy = false;
        if (!open) return undefined;
        return text === 'ready?' ? 'one\n' : 'two\n';
      },
    });
    expect(stdout).toContain('told: one\nand now?\ntold: two\n');
  });

  it('puts a character together that came in two pieces', async () => {
    const lines: OutputLine[] = [];
    await exec(program('split'), {
      converse(line) {
        lines.push(line);
        return line.text === 'ready?' ? '\n' : undefined;
      },
    });
    expect(complete(lines)).toContain('größe');
  });

  it('tells and keeps the letters of another code page', async () => {
    const { createConsoleText } = await import('../../../src/platform/process/console-text.ts');
    const windows = createExec({
      redact: (text) => text,
      readText: createConsoleText(() => Promise.resolve(850)),
    });
    const lines: OutputLine[] = [];
    const { stdout } = await windows(program('page'), {
      converse(line) {
        lines.push(line);
        return line.text === 'ready?' ? '\n' : undefined;
      },
    });
    expect(complete(lines)).toContain('Größe');
    expect(stdout).toContain('Größe\r\nready?');
    const failed = windows(program('page', 'quit', 'bad'), { converse: () => undefined });
    await expect(failed).rejects.toMatchObject({ code: 3, stdout: 'Größe\r\nready?' });
  });

  it('tells everything that a talkative program said before it ended', async () => {
    let noise = 0;
    await exec(program('loud', 'quit'), {
      converse({ text }) {
        if (text === 'noise') noise += 1;
        return undefined;
      },
    });
    expect(noise).toBe(20_000);
  });

  it('survives an answer that comes when the program has ended', async () => {
    await expect(
      exec(program('quit'), { converse: ({ text }) => (text === 'ready?' ? 'too late\n' : undefined) }),
    ).resolves.toMatchObject({ stdout: 'ready?' });
  });

  it('ends the program when the answer cannot be found, and throws why', async () => {
    let child: ChildIdentity | undefined;
    const asked = exec(program(), {
      onSpawn: (identity) => (child = identity),
      converse: ({ text }) => (text === 'ready?' ? Promise.reject(new Error('nobody knows')) : undefined),
    });
    await expect(asked).rejects.toThrow('nobody knows');
    expect(child).toBeDefined();
    if (child !== undefined) expect(await posixIdentities.isAlive(child)).toBe(false);
  });

  it('lets an answer that is being found come to its end before it throws on an abort', async () => {
    const abort = new AbortController();
    const events: string[] = [];
    const asked = exec(program(), {
      signal: abort.signal,
      async converse({ open }) {
        if (!open) return undefined;
        abort.abort(new Error('enough'));
        await new Promise((resolve) => setImmediate(resolve));
        events.push('answered');
        return undefined;
      },
    }).catch((error: unknown) => events.push((error as Error).message));
    await asked;
    // What the program writes may come in one piece or in several.
    expect(events.at(-1)).toBe('enough');
    expect(new Set(events.slice(0, -1))).toEqual(new Set(['answered']));
  });

  it('judges the exit code as always', async () => {
    await expect(
      exec([process.execPath, '-e', 'process.exit(3)'], { converse: () => undefined }),
    ).rejects.toThrow(CommandError);
  });
});
