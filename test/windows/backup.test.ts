import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { usePostgres } from '../helpers/postgres.ts';
import { answerAsRepository } from './lab/repository-port.ts';
import { SERVICES } from './lab/registry.ts';
import { openWindowsLab, put, type WindowsLab } from './lab/windows-lab.ts';
import { makeDatabases, makeWindowsSite, type WindowsSite } from './lab/windows-site.ts';

/** Longer than the 260 characters that Windows allows without the prefix for long paths. */
const LONG = Array.from({ length: 6 }, (_, index) => `${String(index)}${'x'.repeat(60)}`).join('/');
const FILES: Readonly<Record<string, string>> = {
  'Apps/0b4a7c1e-unchanged': 'an app '.repeat(5000),
  'Apps/changes': 'the first night',
  'StaticContent/Übersicht-Karte/グラフ.json': '{}',
  [`StaticContent/${LONG}/file.txt`]: 'at the end of a long path',
};
const RUNNING = Object.fromEntries(SERVICES.map(([name]) => [name, 'RUNNING']));

describe.skipIf(inject('windowsLab') === undefined)('the bundle in Windows Node.js', () => {
  const postgres = usePostgres({ major: 14 });
  let repository: ReturnType<typeof answerAsRepository>;
  let lab: WindowsLab;
  let site: WindowsSite;

  beforeAll(async () => {
    repository = answerAsRepository();
    lab = await openWindowsLab();
    await makeDatabases(postgres().address);
    site = await makeWindowsSite(lab, postgres().address);
    for (const [path, content] of Object.entries(FILES)) put(join(site.share, path), content);
  }, 240_000);
  afterAll(async () => {
    await lab.close();
    await repository.close();
  }, 60_000);

  const inSet = (set: number, path: string): string =>
    join(site.vault, 'lab', site.sets().at(set) ?? 'none', path);

  it('looks at a healthy site, and changes nothing', async () => {
    const { code, stdout, stderr } = await site.run(['doctor']);
    expect(stderr).toBe('');
    expect(stdout).toContain('All automatic services run (5 of 5)');
    expect(stdout).toMatch(/pg_dump 14\.\d+ in C:\\Program/);
    expect(stdout).toContain(String.raw`\\labhost\QlikShare can be read`);
    expect(code).toBe(0);
    expect(lab.told()).toEqual([]);
  });

  it('backs up: services down in the manual’s order and up again, dumps by pg_dump.exe, files of every kind of path', async () => {
    const { code, stdout, stderr } = await site.run(['backup', '--yes']);
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
    const told = lab.told();
    expect(told).toEqual([
      'stop QlikSenseSchedulerService',
      'stop QlikSenseEngineService',
      'stop QlikSenseRepositoryService',
      'stop QlikSenseServiceDispatcher',
      'start QlikSenseServiceDispatcher',
      'start QlikSenseRepositoryService',
      ...told.slice(6).sort(),
    ]);
    expect(told.slice(6).sort()).toEqual(['start QlikSenseEngineService', 'start QlikSenseSchedulerService']);
    expect(await lab.states()).toEqual(RUNNING);
    for (const [path, content] of Object.entries(FILES))
      expect(readFileSync(inSet(0, `share/${path}`), 'utf8')).toBe(content);
    for (const name of ['QSR', 'SenseServices', 'QSMQ', 'Licenses'])
      expect(statSync(inSet(0, `databases/${name}_backup.tar`)).size).toBeGreaterThan(10_000);
  });

  it('the next night, with quiesce=snapshot, links what did not change', async () => {
    writeFileSync(join(site.share, 'Apps/changes'), 'the second night');
    const { code, stdout, stderr } = await site.run(['run', 'backup', '--yes', '--set', 'quiesce=snapshot']);
    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
    expect(await lab.states()).toEqual(RUNNING);
    expect(readFileSync(inSet(1, 'share/Apps/changes'), 'utf8')).toBe('the second night');
    expect(readFileSync(inSet(0, 'share/Apps/changes'), 'utf8')).toBe('the first night');
    const unchanged = 'share/Apps/0b4a7c1e-unchanged';
    expect(statSync(inSet(1, unchanged)).ino).toBe(statSync(inSet(0, unchanged)).ino);
  });

  it('verifies a set, and finds a file of it that was changed', async () => {
    expect(await site.run(['backups', 'verify'])).toMatchObject({ code: 0 });
    writeFileSync(inSet(1, 'share/Apps/changes'), 'the second nighT');
    const damaged = await site.run(['backups', 'verify']);
    expect(damaged.code).toBe(5);
    expect(damaged.stdout + damaged.stderr).toContain('Apps/changes');
  });
});
