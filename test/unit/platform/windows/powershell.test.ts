import * as z from 'zod';
import { describe, expect, it } from 'vitest';
import { CommandError } from '../../../../src/contract/errors.ts';
import type { Exec } from '../../../../src/contract/node.ts';
import {
  createPowerShell,
  PowerShellError,
  readAnswer,
} from '../../../../src/platform/windows/powershell.ts';

const limits = { timeoutMs: 1000 };

function answering(stdout: string): { exec: Exec; calls: { argv: readonly string[]; input: string }[] } {
  const calls: { argv: readonly string[]; input: string }[] = [];
  const exec: Exec = async (argv, options) => {
    calls.push({ argv, input: options?.input ?? '' });
    return { stdout, stderr: '', durationMs: 1 };
  };
  return { exec, calls };
}

describe('a shipped PowerShell script', () => {
  it('gets its input as ASCII JSON on stdin, and nothing of it in its arguments', async () => {
    const { exec, calls } = answering('{"ok":true,"value":{"found":1}}\r\n');
    const shell = createPowerShell({ exec, folder: 'C:\\Program Files\\x\\powershell' });
    const input = { password: 'p"ä$(x)`\n', list: ['🙂'] };
    expect(await shell.run('some-script', input, limits)).toEqual({ found: 1 });
    const [call] = calls;
    expect(call?.argv).toEqual([
      ...['powershell.exe', '-NoLogo', '-NoProfile', '-NonInteractive', '-ExecutionPolicy', 'Bypass'],
      ...['-File', 'C:\\Program Files\\x\\powershell\\some-script.ps1'],
    ]);
    expect(call?.input).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(call?.input ?? '')).toEqual(input);
  });

  it('that fails says why, with the type of the error', async () => {
    const { exec } = answering(
      '{"ok":false,"message":"Zugriff verweigert","type":"System.UnauthorizedAccessException"}',
    );
    const shell = createPowerShell({ exec, folder: 'C:\\x' });
    await expect(shell.run('some-script', {}, limits)).rejects.toMatchObject({
      name: 'PowerShellError',
      message: 'Zugriff verweigert',
      type: 'System.UnauthorizedAccessException',
    });
  });

  it.each(['', 'some text', '[1]', '{"value":1}'])('that prints %j gave no answer', async (stdout) => {
    const shell = createPowerShell({ exec: answering(stdout).exec, folder: 'C:\\x' });
    await expect(shell.run('some-script', {}, limits)).rejects.toThrow('gave no answer');
  });

  it('that answers something else than was asked for is no bug of ours, and says what to report', () => {
    const read = (): unknown =>
      readAnswer(z.object({ found: z.number() }), { found: 'one' }, 'it cannot be read');
    expect(read).toThrow(PowerShellError);
    expect(read).toThrow('it cannot be read: the answer of PowerShell was not understood');
  });

  it('may be forbidden by a policy, which is told', async () => {
    const stderr = 'FullyQualifiedErrorId : UnauthorizedAccess\r\nPSSecurityException';
    const exec: Exec = async (argv) => {
      throw new CommandError('ended with 1', { argv, code: 1, stderr });
    };
    const failed = createPowerShell({ exec, folder: 'C:\\x' }).run('some-script', {}, limits);
    await expect(failed).rejects.toBeInstanceOf(PowerShellError);
    await expect(failed).rejects.toMatchObject({ hint: expect.stringMatching(/group policy/) as string });
  });
});
