import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createOdbcExport, odbcFile } from '../../../src/actions/odbc-export.ts';
import { PreflightError } from '../../../src/contract/errors.ts';
import type { OdbcSources } from '../../../src/contract/node.ts';
import { parts, PLANNED } from './fakes.ts';
import { fakeNode, filesIn, runAction, type FakeNode } from './harness.ts';

const INI = String.raw`HKEY_LOCAL_MACHINE\SOFTWARE\ODBC\ODBC.INI`;
const FOUND: OdbcSources = {
  keys: [
    { path: `${INI}\\ODBC Data Sources`, values: [{ name: 'Sales', text: 'SQL Server' }] },
    { path: `${INI}\\Sales`, values: [{ name: 'Server', text: 'sql01' }] },
    { path: `${INI}\\Sales\\Engines`, values: [] },
  ],
  leftOut: [{ key: `${INI}\\Sales`, name: 'PWD' }],
};

/** A Windows node that answers; an error is thrown instead. */
function windowsNode(answer: OdbcSources | Error): FakeNode {
  return Object.assign(fakeNode({ name: 'rim1', host: 'qs2' }), {
    odbc: () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)),
  });
}

async function run(node: FakeNode) {
  const c = parts();
  const ran = await runAction(createOdbcExport(c), { set: 'SET' }, { node, ...PLANNED });
  return { ...ran, root: c.root };
}

describe('odbc.export', () => {
  it('writes the data sources of a node into the set, and names the passwords it left out', async () => {
    const { outputs, performed, warnings, root } = await run(windowsNode(FOUND));
    expect(outputs).toEqual({ sources: 1, leftOut: ['Sales: PWD'] });
    expect(performed).toMatchObject([
      { verb: 'copy', path: path.join(root, 'SET', odbcFile('rim1')), effect: 'change' },
    ]);
    expect(warnings).toEqual([]);
    const text = await fs.readFile(path.join(root, 'SET/config/rim1/odbc-system-dsn.reg'), 'utf16le');
    expect(text).toContain('\r\n; ODBC system data sources of qs2.');
    expect(text).toContain('set them in odbcad32:\r\n;   Sales: PWD\r\n');
    expect(text).toContain(`\r\n[${INI}\\Sales]\r\n"Server"="sql01"\r\n`);
  });

  it('writes no file where there are none', async () => {
    const { outputs, performed, left, root } = await run(windowsNode({ keys: [], leftOut: [] }));
    expect(outputs).toEqual({ sources: 0, leftOut: [] });
    expect([...performed, ...left]).toEqual([]);
    expect(await filesIn(root)).toEqual([]);
  });

  it('warns when they cannot be read, and goes on', async () => {
    const { outputs, warnings } = await run(windowsNode(new PreflightError('no PowerShell')));
    expect(outputs).toEqual({ sources: 0, leftOut: [] });
    expect(warnings).toEqual(['The ODBC data sources of rim1 are not in the set: no PowerShell']);
  });

  it('lets a bug of ours through', async () => {
    await expect(run(windowsNode(new TypeError('undefined is not a function')))).rejects.toThrow(TypeError);
  });

  it('passes over a node without Windows, with a word', async () => {
    const { plan, outputs } = await run(fakeNode());
    expect(plan).toEqual({
      operations: [],
      notes: ['central has no ODBC data sources that can be asked for.'],
    });
    expect(outputs).toEqual({ sources: 0, leftOut: [] });
  });
});
