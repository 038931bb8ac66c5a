import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  createInstallerRemoveConfig,
  createInstallerWriteConfig,
} from '../../../src/actions/installer-write-config.ts';
import { readXml, textAt } from '../../helpers/read-xml.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { fakeSite } from './fakes.ts';
import { contextFor, fakeNode, filesIn, goBack, runAction } from './harness.ts';

const PASSWORD = 'top <secret> & more';
const QPI = {
  mode: 'postgres-upgrade',
  settings: { DbBackupPath: 'D:\\backup', DbPort: 4432 },
  secrets: { DbSuperUserPassword: 'superuser' },
};
const SPC = {
  mode: 'install',
  settings: {
    DbUserName: 'qliksenserepository',
    DbHost: 'db',
    DbPort: 4432,
    RootDir: '\\\\files\\qlik',
    CreateCluster: true,
    JoinCluster: '',
    InstallLocalDb: true,
  },
  secrets: { DbUserPassword: 'repository-role' },
};

function parts() {
  const stateFolder = temporaryFolder();
  const asked: unknown[] = [];
  return {
    c: {
      site: fakeSite(),
      stateFolder,
      templates: path.resolve(import.meta.dirname, '../../../templates'),
      secrets: {
        read: async (reference: unknown) => {
          asked.push(reference);
          return PASSWORD;
        },
      },
    },
    asked,
    folder: path.join(stateFolder, 'runs/RUN/installer-config/central'),
  };
}

describe('installer.write-config', () => {
  it('writes QpiConfig.cfg for its own eyes, and the password nowhere else', async () => {
    const { c, asked, folder } = parts();
    const ran = await runAction(createInstallerWriteConfig(c), QPI);
    const file = path.join(folder, 'QpiConfig.cfg');
    expect(ran.outputs).toEqual({ file });
    expect(ran.plan.outputs).toEqual({ file });
    expect(asked).toEqual([{ secret: 'superuser' }]);
    const config = readXml((await fs.readFile(file, 'utf8')).trim());
    expect(textAt(config, 'DbSuperUserPassword')).toBe(PASSWORD);
    expect(textAt(config, 'DbPort')).toBe('4432');
    expect(JSON.stringify([ran.plan, ran.performed, ran.before, ran.outputs])).not.toContain('top ');
    expect(ran.left).toEqual([]);
    expect((await fs.stat(file)).mode & 0o777).toBe(0o600);
    expect((await fs.stat(folder)).mode & 0o777).toBe(0o700);
  });

  it('writes spc.cfg with 100 connections for each node of the site', async () => {
    const { c, folder } = parts();
    await runAction(createInstallerWriteConfig(c), SPC);
    const config = readXml((await fs.readFile(path.join(folder, 'spc.cfg'), 'utf8')).trim());
    expect(textAt(config, 'MaxConnections')).toBe(String(100 * c.site.nodes.length));
    expect(textAt(config, 'CreateCluster')).toBe('true');
    expect(config.children.map(({ name }) => name)).not.toContain('JoinCluster');
  });

  it('is written anew by a resume, whatever an attempt left', async () => {
    const { c, folder } = parts();
    const action = createInstallerWriteConfig(c);
    await runAction(action, QPI);
    await fs.writeFile(path.join(folder, 'torn'), 'x');
    await runAction(action, QPI);
    expect(await filesIn(folder)).toEqual(['QpiConfig.cfg']);
  });

  it('is removed by the always-step, by a rollback and after a kill', async () => {
    const { c, folder } = parts();
    const action = createInstallerWriteConfig(c);
    await runAction(action, QPI);
    const removed = await runAction(createInstallerRemoveConfig(c), {});
    expect(removed.outputs).toEqual({ removed: true });
    expect((await runAction(createInstallerRemoveConfig(c), {})).outputs).toEqual({ removed: false });

    await runAction(action, QPI);
    await goBack(action, 'undo', QPI, null);
    await expect(fs.stat(folder)).rejects.toThrow('ENOENT');

    await runAction(action, QPI);
    const told = await action.cleanUp?.(action.input.parse(QPI), null, contextFor(fakeNode()));
    expect(told).toEqual(['removed QpiConfig.cfg with its passwords from central']);
    await expect(fs.stat(folder)).rejects.toThrow('ENOENT');
  });

  it('closes the folder on another server before the file is in it', async () => {
    const { c } = parts();
    const share = temporaryFolder();
    const reached = (file: string) => path.join(share, ...file.replace('C:', 'C$').split('\\'));
    const node = Object.assign(fakeNode(), { transport: 'winrm' as const, reach: reached });
    const file = 'C:\\Windows\\Temp\\sense-runbook-RUN-config\\QpiConfig.cfg';
    const programs: string[][] = [];
    const ran = await runAction(createInstallerWriteConfig(c), QPI, {
      node,
      exec: async (argv) => {
        expect(await filesIn(share)).toEqual([]);
        programs.push([...argv]);
        return {};
      },
    });
    expect(ran.outputs).toEqual({ file });
    expect(programs).toEqual([
      [
        'icacls.exe',
        path.win32.dirname(file),
        '/inheritance:r',
        '/grant:r',
        '*S-1-5-32-544:(OI)(CI)F',
        '*S-1-5-18:(OI)(CI)F',
      ],
    ]);
    expect(await fs.readFile(reached(file), 'utf8')).toContain('&lt;secret&gt;');
  });

  it.each([
    [{ ...QPI, settings: { DbBackupPath: '\\\\nas\\b' } }, /no network path/],
    [
      { ...SPC, settings: { ...SPC.settings, JoinCluster: true } },
      /only one of CreateCluster and JoinCluster/,
    ],
    [{ ...SPC, settings: { ...SPC.settings, DbUserPassword: 'x' } }, /must be the name of a kept secret/],
    [{ ...QPI, secrets: { DbSuperUserPassword: '' } }, /DbSuperUserPassword is needed/],
  ])('refuses before anything is done: %#', async (input, message) => {
    const { c } = parts();
    const action = createInstallerWriteConfig(c);
    const plan = await action.describe(action.input.parse(input), contextFor(fakeNode()));
    expect(plan.operations).toEqual([]);
    expect(plan.incomplete).toMatch(message);
    await expect(runAction(action, input)).rejects.toThrow();
    expect(await filesIn(c.stateFolder)).toEqual([]);
  });
});
