import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNode, type NodeDefinition } from '../../../../src/platform/create-node.ts';
import type { PowerShell } from '../../../../src/platform/windows/powershell.ts';
import { reachThrough } from '../../../../src/platform/windows/reach.ts';
import { stateUrl } from '../../../../src/platform/windows/ready.ts';
import { OTHER_SERVICE } from '../../../helpers/other-service.ts';
import { createFakeExec } from '../../../helpers/fake-exec.ts';
import { createManualClock } from '../../../helpers/manual-clock.ts';
import { noPowerShell } from '../../../helpers/no-powershell.ts';
import { temporaryFolder } from '../../../helpers/temporary.ts';

const rim = { name: 'rim1', host: 'QLIK02', role: 'rim', failoverCandidate: false } as const;
const clock = createManualClock();

describe('a node by sc', () => {
  it('has the services of that server, its files, and nothing else', async () => {
    const { exec, calls } = createFakeExec([
      { command: 'sc.exe \\\\QLIK02 queryex type= service state= all', stdout: OTHER_SERVICE },
    ]);
    const node = createNode(
      { ...rim, transport: 'sc' },
      { exec, clock, powershell: noPowerShell, scripts: '' },
    );
    expect(await node.facts()).toMatchObject({ hostName: 'QLIK02', platform: 'windows', elevated: true });
    expect(await node.services.list()).toEqual([]);
    expect(calls[0]?.argv.slice(0, 2)).toEqual(['sc.exe', '\\\\QLIK02']);
    expect(await node.certificates.list()).toEqual([]);
    expect(node.discover).toBeUndefined();
    await expect(node.certificates.remove('LocalMachine/My', 'x')).rejects.toThrow(
      'cannot reach certificates',
    );
    await expect(node.exec(['x'])).rejects.toThrow('cannot run programs');
    expect(node.reach('C:\\a b')).toBe('\\\\QLIK02\\C$\\a b');
  });

  it.each([
    [5, /on QLIK02: access was denied/],
    [1722, /on QLIK02: the node does not answer \(1722\)/],
    [1727, /on QLIK02: the connection broke off/],
  ])('that fails with %i is named', async (exitCode, message) => {
    const { exec } = createFakeExec([{ command: /^sc\.exe/, exitCode }]);
    const node = createNode(
      { ...rim, transport: 'sc' },
      { exec, clock, powershell: noPowerShell, scripts: '' },
    );
    await expect(node.facts()).rejects.toThrow(message);
  });
});

describe('what asks a node who it is', () => {
  const typed = (way: Pick<NodeDefinition, 'transport' | 'winrm' | 'ssh'>): string | undefined => {
    const { exec } = createFakeExec([]);
    const parts = { exec, clock, powershell: noPowerShell, scripts: '' };
    return createNode({ ...rim, ...way }, parts).factsCommand?.join(' ');
  };

  it.each([
    [{ transport: 'sc' } as const, 'sc.exe \\\\QLIK02 queryex type= service state= all'],
    [
      { transport: 'winrm', winrm: { port: 5986, useSsl: true } } as const,
      'powershell.exe -Command Invoke-Command -ComputerName QLIK02 -Port 5986 -UseSSL -FilePath node-facts.ps1',
    ],
    [
      { transport: 'winrm' } as const,
      'powershell.exe -Command Invoke-Command -ComputerName QLIK02 -FilePath node-facts.ps1',
    ],
  ])('is shown as one would type it: %j', (way, command) => {
    expect(typed(way)).toBe(command);
  });

  it('is shown with the options of ssh', () => {
    const command = typed({ transport: 'ssh', ssh: { user: 'qlik', port: 2222 } });
    expect(command).toMatch(/^ssh -o BatchMode=yes .* -p 2222 -l qlik -- QLIK02 powershell\.exe -NoProfile /);
    expect(command).toMatch(/ -File node-facts\.ps1$/);
  });
});

describe('a node by WinRM', () => {
  it('is asked by PowerShell there, and for its services by sc.exe from here', async () => {
    const { exec, calls } = createFakeExec([
      { command: 'sc.exe \\\\QLIK02 queryex type= service state= all', stdout: OTHER_SERVICE },
    ]);
    const scripts: unknown[] = [];
    const powershell: PowerShell = {
      run: (script, input) => {
        scripts.push([script, input['script'], input['computer']]);
        const value =
          input['script'] === 'node-facts'
            ? { hostName: 'QLIK02', user: 'ACME\\qlik', elevated: false }
            : { code: 0, stdout: '', stderr: '' };
        return Promise.resolve(JSON.stringify({ ok: true, value }));
      },
    };
    const node = createNode({ ...rim, transport: 'winrm' }, { exec, clock, powershell, scripts: '' });
    expect(await node.facts()).toEqual({
      hostName: 'QLIK02',
      platform: 'windows',
      user: 'ACME\\qlik',
      elevated: false,
    });
    await node.services.list();
    await node.discover?.(new AbortController().signal);
    await expect(node.programInfo?.('C:\\media\\setup.exe', new AbortController().signal)).rejects.toThrow(
      'cannot be read',
    );
    await node.exec(['notify.exe', 'a b']);
    expect(scripts).toEqual([
      ['invoke-remote', 'node-facts', 'QLIK02'],
      ['invoke-remote', 'discover', 'QLIK02'],
      ['invoke-remote', 'program-info', 'QLIK02'],
      ['invoke-remote', 'run-program', 'QLIK02'],
    ]);
    expect(calls).toHaveLength(1);
  });
});

describe('a node by SSH', () => {
  it('is asked for all its services by one login', async () => {
    const scripts = temporaryFolder();
    writeFileSync(join(scripts, 'services-list.ps1'), '# the script');
    const service = {
      ...{
        name: 'QlikSenseProxyService',
        displayName: 'Proxy',
        state: 4,
        startType: 2,
        delayed: false,
        pid: 5,
      },
      ...{ exitCode: 0, dependents: ['Other'], processes: [5] },
    };
    const { exec, calls } = createFakeExec([
      { command: /^ssh /, stdout: JSON.stringify({ ok: true, value: { services: [service] } }) },
    ]);
    const node = createNode({ ...rim, transport: 'ssh' }, { exec, clock, powershell: noPowerShell, scripts });
    expect(await node.services.list()).toMatchObject([{ state: 'running', pid: 5 }]);
    expect(await node.services.dependents('QlikSenseProxyService')).toEqual(['Other']);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.options.input).toContain('# the script');
  });
});

describe('certificates of a node by WinRM', () => {
  it('are exported there, and written to a file here', async () => {
    const { exec } = createFakeExec([]);
    const inputs: string[] = [];
    const powershell: PowerShell = {
      run: (_script, input) => {
        inputs.push(`${input['script'] as string} ${input['json'] as string}`);
        return Promise.resolve('{"ok":true,"value":{"pfx":"cGZ4"}}');
      },
    };
    const node = createNode({ ...rim, transport: 'winrm' }, { exec, clock, powershell, scripts: '' });
    const file = join(temporaryFolder(), 'a.pfx');
    await node.certificates.export('LocalMachine/My', 'AB12', file, 'pässword"');
    expect(readFileSync(file, 'utf8')).toBe('pfx');
    expect(inputs).toEqual([
      'certificates-export {"store":"LocalMachine/My","thumbprint":"AB12","password":"p\\u00e4ssword\\""}',
    ]);
  });
});

it.each([
  ['QLIK02', 'C:\\a\\b c', '\\\\QLIK02\\C$\\a\\b c'],
  ['QLIK02', 'd:/a/b', '\\\\QLIK02\\D$\\a\\b'],
  ['QLIK02', '\\\\?\\C:\\long', '\\\\QLIK02\\C$\\long'],
  ['QLIK02', '\\\\fileserver\\share\\x', '\\\\fileserver\\share\\x'],
  ['QLIK02', '/srv/x', '/srv/x'],
  ['fe80::1', 'C:\\x', '\\\\fe80--1.ipv6-literal.net\\C$\\x'],
])('on %s the path %s is reached as %s', (host, path, reached) => {
  expect(reachThrough(host)(path)).toBe(reached);
});

it('asks a server for the state of its repository service', () => {
  expect(stateUrl('QLIK02')).toBe('http://QLIK02:4444/status/servicestate');
  expect(stateUrl('fe80::1')).toBe('http://[fe80::1]:4444/status/servicestate');
});
