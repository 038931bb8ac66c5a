import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CommandError, TimeLimitError } from '../../../../src/contract/errors.ts';
import type { JsonObject } from '../../../../src/contract/json.ts';
import { createRemoteExec } from '../../../../src/platform/windows/remote-exec.ts';
import { temporaryFolder } from '../../../helpers/temporary.ts';

function remote(value: JsonObject) {
  const calls: { script: string; input: JsonObject; timeoutMs: number }[] = [];
  const exec = createRemoteExec({
    host: 'QLIK02',
    redact: (text) => text.replaceAll('geheim', '***'),
    powershell: {
      run: (script, input, { timeoutMs }) => {
        calls.push({ script, input, timeoutMs });
        return Promise.resolve(value);
      },
    },
  });
  return { exec, calls };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('a program on another Windows server', () => {
  it('gets its arguments as one command line, its input and its environment', async () => {
    const { exec, calls } = remote({ code: 0, stdout: base64('ä\r\n'), stderr: '' });
    const options = { input: 'in ä', cwd: 'C:\\x', env: { A: 'b' }, timeoutMs: 5000, maxOutputBytes: 9 };
    expect((await exec(['sc.exe', 'query', 'a "b'], options)).stdout).toBe('ä\r\n');
    expect(calls).toHaveLength(1);
    expect(calls[0]?.script).toBe('run-program');
    expect(calls[0]?.input).toEqual({
      program: 'sc.exe',
      arguments: 'query "a \\"b"',
      stdin: base64('in ä'),
      folder: 'C:\\x',
      env: { A: 'b' },
      timeoutMs: 5000,
      maxBytes: 9,
    });
    // PowerShell itself must outlive the program, to say how it ended.
    expect(calls[0]?.timeoutMs).toBeGreaterThan(5000);
  });

  it('that fails is told with its code, its last lines and without secrets', async () => {
    const { exec } = remote({ code: 1060, stdout: base64('out'), stderr: base64('geheim!') });
    const error = await exec(['sc.exe', 'geheim']).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CommandError);
    expect(error).toMatchObject({ code: 1060, stdout: 'out', stderr: '***!', argv: ['sc.exe', '***'] });
    expect(String(error)).toContain('sc.exe on QLIK02 failed with exit code 1060');
    expect(await remote({ code: 3, stdout: '', stderr: '' }).exec(['x'], { okCodes: [3] })).toMatchObject({
      stdout: '',
    });
  });

  it('is read by the code page of its own consoles', async () => {
    const stdout = Buffer.from([0x47, 0x72, 0x94, 0xe1, 0x65]).toString('base64');
    const { exec } = remote({ code: 0, stdout, stderr: '', consolePage: 850 });
    expect((await exec(['net.exe'])).stdout).toBe('Größe');
    const silent = remote({ code: 0, stdout: base64('Größe'), stderr: '', consolePage: null });
    expect((await silent.exec(['net.exe'])).stdout).toBe('Größe');
    const other = remote({ code: 5, stdout: '', stderr: stdout, consolePage: 437 });
    await expect(other.exec(['net.exe'])).rejects.toThrow('Größe');
  });

  it('has exit codes without a sign', async () => {
    await expect(remote({ code: -1073741510 }).exec(['x'])).rejects.toMatchObject({ code: 0xc000013a });
  });

  it('that runs too long or cannot be started is told so', async () => {
    await expect(remote({ timedOut: true }).exec(['x'], { timeoutMs: 2000 })).rejects.toBeInstanceOf(
      TimeLimitError,
    );
    await expect(remote({ notStarted: 2 }).exec(['x'])).rejects.toThrow(
      'x on QLIK02 could not be started: the program was not found (2)',
    );
    await expect(remote({}).exec(['x'])).rejects.toThrow('did not say how it ended');
  });

  it('writes its output to a file of this machine', async () => {
    const file = join(temporaryFolder(), 'out');
    const { exec } = remote({ code: 0, stdout: base64('content'), stderr: '' });
    expect((await exec(['x'], { stdoutFile: file })).stdout).toBe('');
    expect(readFileSync(file, 'utf8')).toBe('content');
  });

  it('is no batch file', async () => {
    const { exec, calls } = remote({ code: 0 });
    await expect(exec(['C:\\x.cmd', '"&calc'])).rejects.toThrow('batch file');
    expect(calls).toEqual([]);
  });
});
