import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { InstalledFile } from '../../../../../src/platform/simulated/installed.ts';
import { restartNode } from '../../../../helpers/upgrade-lab.ts';
import { DATABASE, lab } from './lab.ts';

describe("a stand-in for Qlik's PostgreSQL installer", () => {
  const bundled = { release: 'May 2024', postgres: { kind: 'bundled', version: '12.5' } } as const;

  it('makes a server of its own of the bundled one, whose service stays behind, stopped', async () => {
    const { run, postgres, running, services } = await lab(bundled);
    expect(await run([postgres, '-silent', 'acceptqca=1', 'dbsuperuserpassword=x'])).toBe(0);
    expect(running()).toEqual(['postgresql-x64-14']);
    expect(services()[DATABASE]).toMatchObject({ state: 'stopped' });
  });

  it('takes its log with an equals sign, and settings for the mode that it finds', async () => {
    const { run, postgres, log } = await lab(bundled);
    const silent = [postgres, '-silent', 'acceptqca=1'];
    expect(await run([...silent, '-log', log])).toBe(-2);
    expect(await run([...silent, 'maxconnections=300'])).toBe(-2);
    expect(await run([postgres, '-silent'])).toBe(-2);
    expect(await run([...silent, `-log=${log}`, 'dbbackuppath=C:\\Backup 1'])).toBe(0);
    // Then there is none bundled any more: it would install one.
    expect(await run([...silent, 'dbbackuppath=C:\\Backup 1'])).toBe(-2);
  });

  it.each<[string, Partial<InstalledFile>, string[]]>([
    ['a patched release', { ...bundled, patch: 2 }, []],
    ['a release older than February 2022', { ...bundled, release: 'November 2021' }, []],
  ])('does not support %s', async (_what, installed, words) => {
    const { run, postgres, running } = await lab(installed);
    expect(await run([postgres, '-silent', 'acceptqca=1', ...words])).toBe(-15);
    expect(running()).toEqual([DATABASE]);
  });

  it.each([
    ['a backup folder on the network', 'dbbackuppath=\\\\server\\share'],
    [
      'the folder of the bundled one',
      'dbinstallationpath=C:\\Program Files\\Qlik\\Sense\\Repository\\PostgreSQL\\12.5',
    ],
  ])('refuses %s', async (_what, word) => {
    const { run, postgres, running } = await lab(bundled);
    expect(await run([postgres, '-silent', 'acceptqca=1', word])).toBe(-6);
    expect(running()).toEqual([DATABASE]);
  });

  it('refuses to work while services use the database, or while that is down', async () => {
    const first = await lab(bundled);
    restartNode(first.folder);
    expect(await first.run([first.postgres, '-silent', 'acceptqca=1'])).toBe(-6);
    const second = await lab(bundled);
    const file = path.join(second.folder, 'services.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"running"', '"stopped"'));
    expect(second.running()).toEqual([]);
    expect(await second.run([second.postgres, '-silent', 'acceptqca=1'])).toBe(-14);
  });

  it('lets what depends on the bundled server depend on the new one', async () => {
    const { run, postgres, node } = await lab(bundled);
    expect(await run([postgres, '-silent', 'acceptqca=1'])).toBe(0);
    await node.services.start('QlikSenseRepositoryService', { timeoutMs: 5_000 });
    expect((await node.services.query('QlikSenseRepositoryService')).state).toBe('running');
    expect((await node.services.query(DATABASE)).state).toBe('stopped');
  });
});
