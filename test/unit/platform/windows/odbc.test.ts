import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../../src/contract/json.ts';
import { readOdbcSources } from '../../../../src/platform/windows/odbc.ts';
import { PowerShellError, type PowerShell } from '../../../../src/platform/windows/powershell.ts';
import { registryFile } from '../../../../src/platform/windows/registry-file.ts';

const { signal } = new AbortController();

/** A Windows whose script answers `keys`. */
function answering(keys: JsonValue): { powershell: PowerShell; inputs: JsonObject[] } {
  const inputs: JsonObject[] = [];
  const powershell: PowerShell = {
    run(script, input) {
      inputs.push(input);
      return script === 'odbc-export'
        ? Promise.resolve({ keys })
        : Promise.reject(new Error(`${script} was not expected`));
    },
  };
  return { powershell, inputs };
}

const key = (values: JsonValue[], changes: JsonObject = {}): JsonObject => ({
  bits: '64',
  path: 'Sales',
  values,
  leftOut: [],
  ...changes,
});
const text = (name: string, data: string): JsonObject => ({ name, type: 1, data });

/** What regedit would read. */
async function fileOf(...keys: JsonObject[]): Promise<string> {
  const found = await readOdbcSources(answering(keys).powershell, signal);
  const bytes = registryFile(found.keys, []);
  expect([...bytes.subarray(0, 2)]).toEqual([0xff, 0xfe]);
  return bytes.subarray(2).toString('utf16le');
}

describe('ODBC system data sources', () => {
  it('become a registry file with both views, every type, and CRLF', async () => {
    const all = key([
      text('Server', String.raw`sql01\PROD`),
      text('Description', 'the "old" one, Größe 売上'),
      text('', 'a default'),
      text('Lines', 'one\r\ntwo'),
      { name: 'Flags', type: 4, data: '-1' },
      { name: 'Driver', type: 2, data: '%SystemRoot%' },
      { name: 'Hosts', type: 7, data: ['a', 'b'] },
      { name: 'Ticks', type: 11, data: '-2' },
      { name: 'Blob', type: 3, data: Buffer.from([0, 255, 16]).toString('base64') },
      { name: 'Untyped', type: 0, data: '' },
    ]);
    const lines = (
      await fileOf(all, key([text('DBQ', 'C:\\a.mdb')], { bits: '32', path: 'Old\\Engines' }))
    ).split('\r\n');
    expect(lines).toEqual([
      'Windows Registry Editor Version 5.00',
      '',
      '',
      String.raw`[HKEY_LOCAL_MACHINE\SOFTWARE\ODBC\ODBC.INI\Sales]`,
      String.raw`"Server"="sql01\\PROD"`,
      String.raw`"Description"="the \"old\" one, Größe 売上"`,
      '@="a default"',
      '"Lines"=hex(1):6f,00,6e,00,65,00,0d,00,0a,00,74,00,77,00,6f,00,00,00',
      '"Flags"=dword:ffffffff',
      '"Driver"=hex(2):25,00,53,00,79,00,73,00,74,00,65,00,6d,00,52,00,6f,00,6f,00,74,00,25,00,00,00',
      '"Hosts"=hex(7):61,00,00,00,62,00,00,00,00,00',
      '"Ticks"=hex(b):fe,ff,ff,ff,ff,ff,ff,ff',
      '"Blob"=hex:00,ff,10',
      '"Untyped"=hex(0):',
      '',
      String.raw`[HKEY_LOCAL_MACHINE\SOFTWARE\WOW6432Node\ODBC\ODBC.INI\Old\Engines]`,
      String.raw`"DBQ"="C:\\a.mdb"`,
      '',
      '',
    ]);
  });

  it('have no passwords in them, neither those the script left out nor those it told', async () => {
    const { powershell, inputs } = answering([
      key(
        [
          text('UID', 'reader'),
          text('Pwd', 'geheim-1'),
          text('PROXYPASSWORD', 'geheim-2'),
          text('Connect', 'Server=x;PWD = geheim-3;'),
          { name: 'Options', type: 7, data: ['a=b', 'password=geheim-4'] },
          text('Bad\nName', 'geheim-5'),
          text('KeepAlive', 'PWD='),
        ],
        { leftOut: ['Password'] },
      ),
    ]);
    const { keys, leftOut } = await readOdbcSources(powershell, signal);
    expect(JSON.stringify({ keys, leftOut })).not.toContain('geheim');
    expect(keys[0]?.values.map(({ name }) => name)).toEqual(['UID', 'KeepAlive']);
    expect(leftOut.map(({ name }) => name)).toEqual([
      'Password',
      'Pwd',
      'PROXYPASSWORD',
      'Connect',
      'Options',
      'Bad\nName',
    ]);
    // The script leaves out by the same patterns.
    const { secretName, secretText } = inputs[0] as { secretName: string; secretText: string };
    expect('PWD').toMatch(new RegExp(secretName, 'i'));
    expect('a;pwd=x').toMatch(new RegExp(secretText, 'i'));
  });

  it.each([
    ['no keys', null],
    ['a number that is none', [key([{ name: 'Flags', type: 4, data: 'x' }])]],
    ['another view', [key([], { bits: '16' })]],
  ])('say so when the answer has %s', async (_what, keys) => {
    await expect(readOdbcSources(answering(keys).powershell, signal)).rejects.toThrow(PowerShellError);
  });

  it('leave out what a key cannot be called in a registry file', async () => {
    expect(
      await fileOf(key([text('a', 'b')], { path: 'Sales]\r\n[HKEY_LOCAL_MACHINE\\SYSTEM' })),
    ).not.toContain('SYSTEM');
  });
});
