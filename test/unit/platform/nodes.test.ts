import http from 'node:http';
import type { AddressInfo } from 'node:net';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { TimeLimitError } from '../../../src/contract/errors.ts';
import type { JsonValue } from '../../../src/contract/json.ts';
import { createNode } from '../../../src/platform/create-node.ts';
import { createLocalNode } from '../../../src/platform/local/node.ts';
import { freeBytes, nearestExisting } from '../../../src/platform/space.ts';
import type { PowerShell } from '../../../src/platform/windows/powershell.ts';
import { createWindowsReady } from '../../../src/platform/windows/ready.ts';
import { OTHER_SERVICE } from '../../helpers/other-service.ts';
import { createFakeExec } from '../../helpers/fake-exec.ts';
import { createManualClock } from '../../helpers/manual-clock.ts';
import { noPowerShell } from '../../helpers/no-powershell.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const common = { name: 'central', host: 'c.example', role: 'central', failoverCandidate: false } as const;
const collaborators = {
  exec: createFakeExec([]).exec,
  clock: createManualClock(),
  powershell: noPowerShell,
  scripts: '',
};
const wait = { timeoutMs: 5_000 };

describe('nodes', () => {
  it('that are simulated need a folder', () => {
    const definition = { ...common, transport: 'simulated' } as const;
    expect(() => createNode(definition, collaborators)).toThrow('has no folder');
  });

  it('that are simulated answer only where servers stand in for them', async () => {
    const folder = temporaryFolder();
    const definition = { ...common, transport: 'simulated', folder } as const;
    expect(createNode(definition, collaborators).repository).toBeUndefined();
    expect(createNode(definition, collaborators).canUnlock).toBeUndefined();
    expect(createNode(definition, collaborators).oldCentralPort).toBeUndefined();
    const file = path.join(folder, 'servers.json');
    await fs.writeFile(
      file,
      '{"schemaVersion": 1, "repository": 5001, "certificates": 5002, "oldCentral": 5003}',
    );
    const served = createNode(definition, collaborators);
    expect(served.repository?.url('/qrs/about')).toBe('https://localhost:5001/qrs/about');
    expect(served.canUnlock).toBe(true);
    expect(served.oldCentralPort).toBe(5003);
    await fs.writeFile(file, '{"schemaVersion": 1, "repository": 0}');
    expect(() => createNode(definition, collaborators)).toThrow(`${file} is not valid`);
  });

  it('that are this machine have no Qlik Sense services without Windows, and real facts', async () => {
    const node = createLocalNode({ ...common, ...collaborators, platform: 'linux' });
    expect(await node.services.list()).toEqual([]);
    expect(await node.certificates.list()).toEqual([]);
    expect(node.discover).toBeUndefined();
    await expect(node.services.query('X')).rejects.toMatchObject({ serviceCode: 1060 });
    await expect(node.ready(wait)).rejects.toMatchObject({ serviceCode: 1060 });
    expect(node.reach('/a b')).toBe('/a b');
    if (process.platform !== 'win32')
      expect(await node.facts()).toMatchObject({
        hostName: os.hostname(),
        elevated: process.getuid?.() === 0,
      });
  });

  it('that are this machine use sc.exe on Windows', async () => {
    const { exec, calls } = createFakeExec([
      { command: 'sc.exe queryex type= service state= all', stdout: OTHER_SERVICE },
    ]);
    const node = createLocalNode({ ...common, ...collaborators, exec, platform: 'win32' });
    expect(await node.services.list()).toEqual([]);
    expect(calls.map(({ argv }) => argv)).toEqual([
      ['sc.exe', 'queryex', 'type=', 'service', 'state=', 'all'],
    ]);
  });
});

describe('what Windows knows', () => {
  it('is asked of this machine by a script', async () => {
    const asked: string[] = [];
    const powershell: PowerShell = {
      run: (script) => {
        asked.push(script);
        return Promise.resolve({ found: 1 });
      },
    };
    const node = createLocalNode({ ...common, ...collaborators, powershell, platform: 'win32' });
    expect(await node.discover?.(new AbortController().signal)).toEqual({ found: 1 });
    expect(asked).toEqual(['discover']);
  });
});

describe('what a program file says of itself', () => {
  const { signal } = new AbortController();
  const nothing: PowerShell = { run: () => Promise.resolve({ found: false }) };

  function windows(answer: JsonValue) {
    const asked: unknown[] = [];
    const powershell: PowerShell = {
      run: (script, input) => {
        asked.push([script, input]);
        return Promise.resolve(answer);
      },
    };
    return { node: createLocalNode({ ...common, ...collaborators, powershell, platform: 'win32' }), asked };
  }

  it('is asked of Windows by a script, its path as data', async () => {
    const info = {
      ...{ product: 'Qlik Sense May 2025', version: '14.231.4', signer: 'QlikTech AB' },
      ...{ sha256: 'a'.repeat(64), bytes: 7 },
    };
    const { node, asked } = windows({ found: true, ...info });
    expect(await node.programInfo?.("C:\\it's $here\\setup.exe", signal)).toEqual(info);
    expect(asked).toEqual([['program-info', { file: "C:\\it's $here\\setup.exe" }]]);
  });

  it('is left out where the file has no resource and no signature that holds', async () => {
    const none = { product: null, version: null, signer: null };
    const { node } = windows({ found: true, ...none, sha256: 'b'.repeat(64), bytes: 0 });
    expect(await node.programInfo?.('C:\\setup.exe', signal)).toEqual({ sha256: 'b'.repeat(64), bytes: 0 });
  });

  it('is nothing where there is no file, and an error where the answer is none', async () => {
    const node = createLocalNode({ ...common, ...collaborators, powershell: nothing, platform: 'win32' });
    expect(await node.programInfo?.('C:\\setup.exe', signal)).toBeUndefined();
    await expect(windows({ found: true }).node.programInfo?.('C:\\setup.exe', signal)).rejects.toThrow(
      'what C:\\setup.exe is cannot be read',
    );
  });

  it('is size and hash alone without Windows', async () => {
    const file = path.join(temporaryFolder(), 'Qlik_Sense_setup.exe');
    await fs.writeFile(file, 'abc');
    const node = createLocalNode({ ...common, ...collaborators, platform: 'linux' });
    expect(await node.programInfo?.(file, signal)).toEqual({
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      bytes: 3,
    });
    expect(await node.programInfo?.(`${file}.not`, signal)).toBeUndefined();
    await expect(node.programInfo?.(path.dirname(file), signal)).rejects.toThrow('EISDIR');
    await expect(node.programInfo?.(file, AbortSignal.abort())).rejects.toThrow('aborted');
  });
});

describe('ready on Windows', () => {
  async function withAnswers(answers: string[], test: (url: string) => Promise<void>): Promise<void> {
    const server = http.createServer((_, response) => response.end(answers.shift() ?? '2'));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    try {
      await test(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }

  it('waits for state 2', async () => {
    const answers = ['0', '1', '2', 'rest'];
    await withAnswers(answers, (url) =>
      createWindowsReady({ clock: createManualClock(), host: 'localhost', url })(wait),
    );
    expect(answers).toEqual(['rest']);
  });

  it('says what the port answered when the time is up', async () => {
    await withAnswers(Array<string>(50).fill('1'), async (url) => {
      const ready = createWindowsReady({ clock: createManualClock(), host: 'localhost', url });
      await expect(ready(wait)).rejects.toThrow('port 4444 says 1');
    });
  });

  it('takes a refused connection for "not yet"', async () => {
    let closed = '';
    await withAnswers([], (url) => {
      closed = url;
      return Promise.resolve();
    });
    const ready = createWindowsReady({ clock: createManualClock(), host: 'localhost', url: closed });
    await expect(ready(wait)).rejects.toBeInstanceOf(TimeLimitError);
  });
});

describe('free space', () => {
  it('is that of the nearest folder that exists', async () => {
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'space-test-'));
    const file = path.join(folder, 'file');
    await fs.writeFile(file, '');
    expect(await nearestExisting(path.join(folder, 'not', 'yet'))).toBe(folder);
    expect(await nearestExisting(path.join(file, 'below a file'))).toBe(file);
    expect(await freeBytes(path.join(folder, 'not', 'yet'))).toBeGreaterThan(0);
    await fs.rm(folder, { recursive: true });
  });
});
