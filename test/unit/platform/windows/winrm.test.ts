import { describe, expect, it } from 'vitest';
import { UnreachableError } from '../../../../src/contract/errors.ts';
import type { JsonObject, JsonValue } from '../../../../src/contract/json.ts';
import { PowerShellError, type PowerShell } from '../../../../src/platform/windows/powershell.ts';
import { createWinrmPowerShell } from '../../../../src/platform/windows/winrm.ts';

function local(answer: () => JsonValue): {
  powershell: PowerShell;
  calls: { script: string; input: JsonObject }[];
} {
  const calls: { script: string; input: JsonObject }[] = [];
  const powershell: PowerShell = {
    // As in the real one, what throws is a rejection.
    run: async (script, input) => {
      calls.push({ script, input });
      return answer();
    },
  };
  return { powershell, calls };
}

const limits = { timeoutMs: 1000 };

describe('PowerShell over WinRM', () => {
  it('sends the script by its name and its input as one argument in ASCII', async () => {
    const { powershell, calls } = local(() => '{"ok":true,"value":{"found":1}}');
    const remote = createWinrmPowerShell({ powershell, computer: 'QLIK02', port: 5986, useSsl: true });
    const input = { name: '\u201d; $(whoami) "ä', list: ['🙂'] };
    expect(await remote.run('some-script', input, limits)).toEqual({ found: 1 });
    const [call] = calls;
    expect(call?.script).toBe('invoke-remote');
    expect(call?.input).toMatchObject({
      computer: 'QLIK02',
      script: 'some-script',
      port: 5986,
      useSsl: true,
    });
    const json = call?.input['json'];
    expect(json).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(json as string)).toEqual(input);
  });

  it('gives the failure of the script there as if it had run here', async () => {
    const { powershell } = local(() => '{"ok":false,"message":"Zugriff verweigert","type":"System.X"}');
    const remote = createWinrmPowerShell({ powershell, computer: 'QLIK02' });
    await expect(remote.run('s', {}, limits)).rejects.toMatchObject({
      message: 'Zugriff verweigert',
      type: 'System.X',
    });
  });

  it('says which server did not answer', async () => {
    const { powershell } = local(() => {
      throw new PowerShellError(
        'no route',
        'System.Management.Automation.Remoting.PSRemotingTransportException',
      );
    });
    const run = createWinrmPowerShell({ powershell, computer: 'QLIK02' }).run('s', {}, limits);
    await expect(run).rejects.toBeInstanceOf(UnreachableError);
    await expect(run).rejects.toMatchObject({ message: 'QLIK02 does not answer over WinRM: no route' });
  });

  it('hands on what is no matter of the connection, and takes silence for no answer', async () => {
    const { powershell } = local(() => {
      throw new PowerShellError('no script', 'System.IO.FileNotFoundException');
    });
    await expect(
      createWinrmPowerShell({ powershell, computer: 'Q' }).run('s', {}, limits),
    ).rejects.toMatchObject({
      name: 'PowerShellError',
    });
    const silent = createWinrmPowerShell({ powershell: local(() => '').powershell, computer: 'Q' });
    await expect(silent.run('s', {}, limits)).rejects.toThrow('gave no answer');
  });
});
