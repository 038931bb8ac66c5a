import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { asciiJson } from '../../src/platform/windows/powershell.ts';
import { openWindowsLab, put, type WindowsLab } from './lab/windows-lab.ts';
import { makeWindowsSite } from './lab/windows-site.ts';

/** Nobody asks a database here. */
const NOWHERE = { host: '127.0.0.1', port: 1, user: 'postgres', password: 'none' };
/** The only other server that the stand-in for sc.exe knows. */
const RIM = 'labrim';
const FACTS = { hostName: 'LABRIM', user: 'LAB\\service', elevated: true };

describe.skipIf(inject('windowsLab') === undefined)('another node, in Windows Node.js', () => {
  let lab: WindowsLab;

  beforeAll(async () => {
    lab = await openWindowsLab();
    await makeWindowsSite(lab, NOWHERE);
  }, 240_000);
  afterAll(() => lab.close(), 180_000);

  /** What `doctor` says of the site with a rim node that is reached so. */
  async function doctor(node: object): Promise<string> {
    const file = join(lab.drive, 'lab', 'site.yaml');
    const site = parse(readFileSync(file, 'utf8')) as { nodes: object[] };
    const nodes = [...site.nodes.slice(0, 1), { name: 'rim', role: 'rim', ...node }];
    put(join(lab.drive, 'lab', 'two.yaml'), stringify({ ...site, nodes }));
    lab.scripts();
    const { stdout, stderr } = await lab.tool(['--site', String.raw`C:\lab\two.yaml`, 'doctor']);
    return (stdout + stderr).replaceAll(/\s+/g, ' ');
  }

  /** What another server says to a script, as invoke-remote gives it. */
  function answerThere(script: string, value: unknown): void {
    lab.answer(`invoke-remote.${script}`, JSON.stringify({ ok: true, value }));
  }

  it('is asked by sc.exe with its name in front, and by scripts that go through WinRM as JSON', async () => {
    answerThere('node-facts', FACTS);
    const found = JSON.parse(readFileSync(join(lab.drive, 'lab', 'powershell', 'discover.json'), 'utf8')) as {
      value: object;
    };
    answerThere('discover', { ...found.value, reboot: ['Windows Update'] });
    const said = await doctor({ host: RIM, transport: 'winrm', winrm: { 'use-ssl': true, port: 15_986 } });
    expect(said).toContain('ok rim: All automatic services run (5 of 5).');
    expect(said).toMatch(/warning rim: A restart of Windows is pending \(Windows Update\)\./);
    const sent = lab.scripts().filter(([script]) => script === 'invoke-remote');
    const request = (script: string) => ({
      ...{ computer: RIM, script, json: asciiJson({}) },
      ...{ useSsl: true, port: 15_986, openMs: 30_000 },
    });
    expect(new Set(sent.map(([, input]) => JSON.stringify(input)))).toEqual(
      new Set(['node-facts', 'discover'].map((script) => JSON.stringify(request(script)))),
    );
  });

  it('that does not answer sc.exe is named, with what to look at', async () => {
    const said = await doctor({ host: 'gone', transport: 'sc' });
    expect(said).toMatch(/on gone: the node does not answer \(1722\)/);
    expect(said).toContain('Remote Service Management');
  });
});
