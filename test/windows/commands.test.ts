import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { openWindowsLab, put, type WindowsLab } from './lab/windows-lab.ts';
import { makeWindowsSite } from './lab/windows-site.ts';

const SVC = { account: 'LAB\\svc-qlik', sid: 'S-1-5-21-1-2-3-1001' };
const SECRET = 'geheim & "ä" %PATH%';
const BASE64 = Buffer.from(SECRET).toString('base64');
/** Nobody asks a database here. */
const NOWHERE = { host: '127.0.0.1', port: 1, user: 'postgres', password: 'none' };
const FOLDER = String.raw`C:\R&D 'ä'`;
const STATE = String.raw`C:\ProgramData\sense-runbook\lab`;
const KINDS = ['backup', 'recover'] as const;

describe.skipIf(inject('windowsLab') === undefined)('secrets and the schedule, in Windows Node.js', () => {
  let lab: WindowsLab;
  const inState = (...names: string[]): string =>
    join(lab.drive, 'ProgramData', 'sense-runbook', 'lab', ...names);
  const run = (args: string[], input = '') =>
    lab.tool(['--site', `${FOLDER}\\site.yaml`, ...args], { input });

  beforeAll(async () => {
    lab = await openWindowsLab();
    await makeWindowsSite(lab, NOWHERE);
    put(join(lab.drive, "R&D 'ä'", 'site.yaml'), readFileSync(join(lab.drive, 'lab', 'site.yaml'), 'utf8'));
  }, 240_000);
  afterAll(() => lab.close(), 180_000);
  // Only a state folder that is not there yet is made private.
  beforeEach(() => {
    rmSync(inState(), { recursive: true, force: true });
    lab.scripts();
  });

  it('keeps, lists and forgets secrets, which are given to PowerShell on its input and shown nowhere', async () => {
    lab.answer('secret-protect', { ...SVC, data: 'c2VhbGVk' });
    lab.answer('secret-file', {
      reader: { account: 'LAB\\gmsa$', sid: 'S-1-5-21-1-2-3-1002' },
      writer: SVC,
    });
    const kept = await run(['secret', 'set', 'task'], `${SECRET}\r\n`);
    expect(kept, kept.stderr).toMatchObject({ code: 0 });
    const shared = await run(['secret', 'set', 'shared', '--for', 'LAB\\gmsa$'], SECRET);
    expect(shared, shared.stderr).toMatchObject({ code: 0 });
    expect(lab.scripts()).toEqual([
      ['private-folder', { folder: STATE }],
      ['secret-protect', { name: 'task', data: BASE64 }],
      ['secret-file', { file: `${STATE}\\secrets\\secret-shared.txt`, data: BASE64, account: 'LAB\\gmsa$' }],
    ]);
    const listed = await run(['secret', 'list']);
    expect(listed.stdout).toMatch(/^shared +LAB\\gmsa\$ +file, also administrators/m);
    expect(listed.stdout).toMatch(/^task +LAB\\svc-qlik +encrypted, on /m);
    expect(await run(['secret', 'remove', 'shared'])).toMatchObject({ code: 0 });
    expect(existsSync(inState('secrets', 'secret-shared.json'))).toBe(false);
    const record = readFileSync(inState('secrets', 'secret-task.json'), 'utf8');
    expect(JSON.parse(record)).toMatchObject({ kind: 'encrypted', storedBy: SVC, data: 'c2VhbGVk' });
    const shown = [kept, shared, listed].map(({ stdout, stderr }) => stdout + stderr).join('') + record;
    for (const text of [SECRET, BASE64]) expect(shown).not.toContain(text);
  });

  it('registers, shows and removes the two tasks; the password of the account is on no command line', async () => {
    put(
      inState('secrets', 'secret-login.json'),
      JSON.stringify({
        schemaVersion: 1,
        kind: 'encrypted',
        name: 'login',
        storedBy: SVC,
        host: 'lab',
        storedAt: '2026-11-24T20:00:00Z',
        data: 'c2VhbGVk',
      }),
    );
    lab.answer('secret-unprotect', { ...SVC, data: BASE64 });
    lab.answer('schedule-account', { elevated: true, task: SVC });
    for (const script of ['schedule-install', 'schedule-remove']) lab.answer(script, { name: 'a task' });
    const installed = await run(
      ['schedule', 'install', '--at', '02:00', '--account', SVC.account].concat(
        '--password',
        'login',
        '--yes',
      ),
    );
    expect(installed.code, installed.stderr).toBe(0);
    expect(installed.stdout + installed.stderr).not.toContain(SECRET);

    const file = (kind: string): string => inState('schedule', `sense-runbook-lab-${kind}.xml`);
    const [backup = '', recover = ''] = KINDS.map((kind) => {
      const bytes = readFileSync(file(kind));
      expect([...bytes.subarray(0, 4)]).toEqual([0xff, 0xfe, 0x3c, 0x00]);
      return bytes.toString('utf16le').slice(1);
    });
    const given = lab.scripts();
    expect(given.map(([script]) => script)).toEqual([
      'schedule-account',
      'secret-unprotect',
      'schedule-install',
      'schedule-install',
    ]);
    const inputs = given.slice(2).map(([, input]) => input as Record<string, string>);
    expect(inputs).toMatchObject(
      KINDS.map((kind) => ({
        name: `sense-runbook-lab-${kind}`,
        account: SVC.account,
        password: SECRET,
      })),
    );
    for (const [index, xml] of [backup, recover].entries()) {
      expect(xml).not.toMatch(/[^\r]\n/);
      expect(xml.replaceAll('\r\n', '\n')).toBe(inputs[index]?.['xml']?.replaceAll('\r\n', '\n'));
      expect(xml).not.toContain('geheim');
      for (const line of [
        '<?xml version="1.0" encoding="UTF-16"?>',
        String.raw`<UserId>LAB\svc-qlik</UserId>`,
        '<LogonType>Password</LogonType>',
        '<MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>',
        '<StartWhenAvailable>true</StartWhenAvailable>',
        String.raw`<Command>C:\node\node.exe</Command>`,
        String.raw`<WorkingDirectory>C:\R&amp;D &apos;ä&apos;</WorkingDirectory>`,
        String.raw`&quot;C:\R&amp;D &apos;ä&apos;\site.yaml&quot;`,
      ])
        expect(xml).toContain(line);
    }
    expect(backup).toMatch(/<StartBoundary>\d{4}-\d\d-\d\dT02:00:00<\/StartBoundary>/);
    expect(backup).toContain('backup --yes</Arguments>');
    expect(backup).toContain('<ExecutionTimeLimit>PT12H</ExecutionTimeLimit>');
    expect(recover).toContain('<Interval>PT15M</Interval>');
    expect(recover).toContain('recover --if-needed</Arguments>');

    const task = (kind: string, lastResult: number) => ({
      name: `sense-runbook-lab-${kind}`,
      state: 3,
      account: SVC.account,
      logonType: 'Password',
      nextRun: '2026-11-26T02:00:00Z',
      lastRun: '2026-11-25T02:00:00Z',
      lastResult,
    });
    lab.answer('schedule-show', { tasks: [task('backup', 7), task('recover', 0)] });
    const shown = await run(['schedule', 'show']);
    expect(shown.code, shown.stderr).toBe(0);
    expect(shown.stdout).toMatch(/last result +FAILED, 7: the site is not up/);
    expect(lab.scripts()).toEqual([
      ['schedule-show', { names: KINDS.map((kind) => `sense-runbook-lab-${kind}`) }],
    ]);

    const removed = await run(['schedule', 'remove', '--yes']);
    expect(removed.code, removed.stderr).toBe(0);
    expect(lab.scripts().slice(1)).toEqual(
      KINDS.map((kind) => ['schedule-remove', { name: `sense-runbook-lab-${kind}` }]),
    );
    for (const kind of KINDS) expect(existsSync(file(kind))).toBe(false);
  });

  it('reads what a program of Windows says by the code page of its consoles', async () => {
    const say = 'process.stderr.write(Buffer.from([0x47, 0x72, 0x94, 0xe1, 0x65])); process.exit(3)';
    put(
      join(lab.drive, "R&D 'ä'", 'say.yaml'),
      JSON.stringify({
        name: 'say',
        title: 'Say it',
        sections: [
          {
            id: 'only',
            title: 'Only this',
            steps: [
              {
                id: 'say',
                title: 'Say it as old programs do',
                uses: 'command.run',
                with: { argv: [String.raw`C:\node\node.exe`, '-e', say], effect: 'read' },
              },
            ],
          },
        ],
      }),
    );
    const said = await run(['run', `${FOLDER}\\say.yaml`, '--yes']);
    expect(said.code, said.stderr).not.toBe(0);
    expect(said.stdout + said.stderr).toContain('Größe');
  });
});
