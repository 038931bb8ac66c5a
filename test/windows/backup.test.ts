import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import { asciiJson } from '../../src/platform/windows/powershell.ts';
import { startAnew } from '../helpers/lab.ts';
import { RUNNING } from './lab/registry.ts';
import { useWindowsSite } from './lab/use-windows-site.ts';
import { CERTIFICATE_PASSWORD } from './lab/windows-site.ts';

/** Longer than the 260 characters that Windows allows without the prefix for long paths. */
const LONG = Array.from({ length: 6 }, (_, index) => `${String(index)}${'x'.repeat(60)}`).join('/');
const FILES: Readonly<Record<string, string>> = {
  'Apps/0b4a7c1e-unchanged': 'an app '.repeat(5000),
  'Apps/changes': 'the first night',
  'Apps/fixed': 'may not be written',
  'StaticContent/Übersicht-Karte/グラフ.json': '{}',
  [`StaticContent/${LONG}/file.txt`]: 'at the end of a long path',
};

describe.skipIf(inject('windowsLab') === undefined)('the bundle in Windows Node.js', () => {
  const opened = useWindowsSite(FILES);

  beforeEach(() => {
    const { lab, site } = opened();
    startAnew(site);
    lab.told();
  });

  it('looks at a healthy site, and changes nothing', async () => {
    const { lab, site } = opened();
    const { code, stdout, stderr } = await site.run(['doctor']);
    expect(stderr).toBe('');
    expect(stdout).toContain('All automatic services run (5 of 5)');
    expect(stdout).toMatch(/pg_dump 14\.\d+ in C:\\Program/);
    expect(stdout).toContain(String.raw`\\labhost\QlikShare can be read`);
    expect(stdout).toContain(String.raw`The services run as LAB\service, a local administrator.`);
    expect(stdout).toContain(
      String.raw`C:\ProgramData\sense-runbook\lab is not there yet; it is made private.`,
    );
    expect(stdout).toContain('0 failed, 0 with a warning');
    expect(code).toBe(0);
    expect(lab.told()).toEqual([]);
  });

  it('plans a backup in the words of Windows, and changes nothing', async () => {
    const { lab, site } = opened();
    const { code, stdout, stderr } = await site.run(['plan', 'backup']);
    expect(code, stdout + stderr).toBe(0);
    const plan = stdout.replaceAll(/\s+/g, ' ');
    for (const line of [
      '> sc.exe stop QlikSenseEngineService',
      '> sc.exe start QlikSenseServiceDispatcher',
      String.raw`"C:\Program Files\Qlik\Sense\Repository\PostgreSQL\14\bin\pg_dump.exe" -h `,
      String.raw`\\labhost\QlikShare`,
      String.raw`\Sicherungen ä\lab\<set>`,
    ])
      expect(plan).toContain(line);
    expect(stdout).not.toMatch(/[A-Z]:\\\S*\/|\/usr\/|sc\.exe \w+ QlikSenseRepositoryDatabase/);
    expect(lab.told()).toEqual([]);
    expect(site.sets()).toEqual([]);
  });

  // One test: the second night is nothing without the first.
  it('backs up two nights, in the manual’s order, by pg_dump.exe, with every kind of path and links, and verifies', async () => {
    const { lab, site } = opened();
    const inSet = (set: number, path: string): string =>
      join(site.vault, 'lab', site.sets().at(set) ?? 'none', path);
    const readOnlyIn = (set: number): string[] =>
      readFileSync(inSet(set, 'share.files.jsonl'), 'utf8').match(
        /(?<=^\{"path":")[^"]+(?=.*"readOnly":true)/gm,
      ) ?? [];
    const fixed = lab.windows(join(site.share, 'Apps', 'fixed'));
    await lab.run(['attrib.exe', '+r', fixed]);
    const first = await site.run(['backup', '--yes']);
    expect(first, first.stdout).toMatchObject({ code: 0, stderr: '' });
    const asked = readFileSync(join(lab.drive, 'lab', 'powershell', 'calls.txt'), 'utf8');
    for (const folder of [site.state, join(site.vault, 'lab')])
      expect(asked).toContain(`private-folder ${asciiJson({ folder: lab.windows(folder) })}\n`);
    const index = readFileSync(inSet(0, 'certificates/index.json'), 'utf8');
    const certificates = JSON.parse(index) as { store: string; thumbprint: string }[];
    expect(certificates).toHaveLength(4);
    const scripts = lab.scripts().filter(([script]) => script.startsWith('certificates-'));
    const stores = ['LocalMachine/Root', 'LocalMachine/My', 'CurrentUser/My'];
    for (const [script, input] of scripts)
      if (script === 'certificates-list') expect(input).toEqual({ stores });
    expect(scripts.filter(([script]) => script !== 'certificates-list')).toEqual(
      certificates.map(({ store, thumbprint }) => [
        'certificates-export',
        { store, thumbprint, password: CERTIFICATE_PASSWORD },
      ]),
    );
    const told = lab.told();
    expect(told).toEqual([
      'stop QlikSenseSchedulerService',
      'stop QlikSenseEngineService',
      'stop QlikSenseRepositoryService',
      'stop QlikSenseServiceDispatcher',
      'start QlikSenseServiceDispatcher',
      'start QlikSenseRepositoryService',
      ...told.slice(6),
    ]);
    expect(told.slice(6).sort()).toEqual(['start QlikSenseEngineService', 'start QlikSenseSchedulerService']);
    expect(await lab.states()).toEqual(RUNNING);
    for (const [path, content] of Object.entries(FILES))
      expect(readFileSync(inSet(0, `share/${path}`), 'utf8')).toBe(content);
    for (const name of ['QSR', 'SenseServices', 'QSMQ', 'Licenses'])
      expect(statSync(inSet(0, `databases/${name}_backup.tar`)).size).toBeGreaterThan(10_000);

    // The registry file of the set goes into a registry again.
    const file = inSet(0, 'config/central/odbc-system-dsn.reg');
    expect(readFileSync(file, 'utf16le')).toContain('Sales: PWD\r\n');
    expect(await lab.run(['regedit', '/S', lab.windows(file)])).toMatchObject({ code: 0 });
    const registry = async (...names: string[]): Promise<string> =>
      (await lab.run(['reg', 'query', ['HKLM', 'SOFTWARE', ...names].join('\\')])).stdout;
    // As it lists them: by name.
    expect(await registry('ODBC', 'ODBC.INI', 'Sales')).toMatch(
      /Driver\s+REG_EXPAND_SZ\s+%SystemRoot%\\sqlsrv32\.dll\s+Server\s+REG_SZ\s+sql01\\PROD "\S+"\s+Timeout\s+REG_DWORD\s+0x1e/,
    );
    expect(await registry('WOW6432Node', 'ODBC', 'ODBC.INI', 'Old')).toMatch(/DBQ\s+REG_SZ\s+E:\\old\.mdb/);

    // The next night, with quiesce=snapshot, links what did not change.
    writeFileSync(join(site.share, 'Apps/changes'), 'the second night');
    await lab.run(['attrib.exe', '-r', fixed]);
    await lab.run(['attrib.exe', '+r', lab.windows(join(site.share, 'Apps', 'changes'))]);
    const second = await site.run(['run', 'backup', '--yes', '--set', 'quiesce=snapshot']);
    expect(second, second.stdout).toMatchObject({ code: 0, stderr: '' });
    expect(await lab.states()).toEqual(RUNNING);
    expect(readFileSync(inSet(1, 'share/Apps/changes'), 'utf8')).toBe('the second night');
    expect(readFileSync(inSet(0, 'share/Apps/changes'), 'utf8')).toBe('the first night');
    const unchanged = 'share/Apps/0b4a7c1e-unchanged';
    expect(statSync(inSet(1, unchanged)).ino).toBe(statSync(inSet(0, unchanged)).ino);

    expect([readOnlyIn(0), readOnlyIn(1)]).toEqual([['Apps/fixed'], ['Apps/changes']]);
    expect(statSync(inSet(1, 'share/Apps/fixed')).ino).toBe(statSync(inSet(0, 'share/Apps/fixed')).ino);
    for (const path of ['share/Apps/fixed', 'share/Apps/changes'])
      expect((await lab.run(['attrib.exe', lab.windows(inSet(1, path))])).stdout).toMatch(/^[^R]*C:/);

    expect(await site.run(['backups', 'verify'])).toMatchObject({ code: 0 });
    writeFileSync(inSet(1, 'share/Apps/changes'), 'the second nighT');
    const damaged = await site.run(['backups', 'verify']);
    expect(damaged.code).toBe(5);
    expect(damaged.stdout + damaged.stderr).toContain('Apps/changes');
  });
});
