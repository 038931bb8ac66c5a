import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UnreachableError } from '../../../../src/contract/errors.ts';
import type { JsonObject } from '../../../../src/contract/json.ts';
import { createSshPowerShell, SSH_COMMAND, sshCommand } from '../../../../src/platform/windows/ssh.ts';
import { createFakeExec } from '../../../helpers/fake-exec.ts';
import { hostileText } from '../../../helpers/hostile-text.ts';
import { temporaryFolder } from '../../../helpers/temporary.ts';

const limits = { timeoutMs: 1000 };

function server(row: { stdout?: string; stderr?: string; exitCode?: number }) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'some-script.ps1'), 'param([string]$Json) # ä');
  const { exec, calls } = createFakeExec([{ command: /^ssh /, ...row }]);
  return { powershell: createSshPowerShell({ exec, host: 'QLIK02', ssh: {}, folder }), calls };
}

describe('PowerShell over SSH', () => {
  it('gets script and input on stdin in ASCII, and always the same words', async () => {
    const { powershell, calls } = server({ stdout: '{"ok":true,"value":1}\r\n' });
    await fc.assert(
      fc.asyncProperty(hostileText(), async (text) => {
        expect(await powershell.run('some-script', { name: text }, limits)).toBe(1);
        const call = calls.at(-1);
        expect(call?.argv).toEqual(sshCommand('QLIK02', {}));
        expect(call?.options.input).toMatch(/^[\x20-\x7e]+\n$/);
        const sent = JSON.parse(call?.options.input ?? '') as JsonObject;
        expect(sent['script']).toBe('param([string]$Json) # ä');
        expect(JSON.parse(sent['json'] as string)).toEqual({ name: text });
      }),
      { numRuns: 50 },
    );
  });

  it('is started by a command that no shell changes, short enough for cmd.exe', () => {
    const command = SSH_COMMAND.join(' ');
    expect(command).toMatch(/^[A-Za-z0-9+/=. -]+$/);
    expect(command.length).toBeLessThan(8000);
  });

  it('asks nothing, knows the host, and lets the site file say otherwise', () => {
    const argv = sshCommand('QLIK02', {
      user: 'ACME\\qlik',
      port: 2222,
      key: 'C:\\keys\\id',
      options: ['StrictHostKeyChecking=accept-new'],
    });
    const options = argv.filter((_, index) => argv[index - 1] === '-o');
    expect(options[0]).toBe('BatchMode=yes');
    expect(options.indexOf('StrictHostKeyChecking=accept-new')).toBeLessThan(
      options.indexOf('StrictHostKeyChecking=yes'),
    );
    expect(argv.join(' ')).toContain('-p 2222 -i C:\\keys\\id -l ACME\\qlik -- QLIK02 powershell.exe');
  });

  it('that cannot be reached is told with the reason of ssh', async () => {
    const { powershell } = server({ exitCode: 255, stderr: 'Host key verification failed.\r\n' });
    const run = powershell.run('some-script', {}, limits);
    await expect(run).rejects.toBeInstanceOf(UnreachableError);
    await expect(run).rejects.toThrow('QLIK02 does not answer over SSH: Host key verification failed.');
  });

  it('that ends by itself is no lost server', async () => {
    const { powershell } = server({ exitCode: 1, stderr: 'no such program' });
    await expect(powershell.run('some-script', {}, limits)).rejects.toMatchObject({
      name: 'PowerShellError',
    });
  });
});
