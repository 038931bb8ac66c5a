import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../src/contract/errors.ts';
import { Killed, killPlaces } from '../../helpers/step-runner.ts';
import { config, configLab, HOST_CFG, REPOSITORY, SERVICES } from './config-lab.ts';
import { filesIn } from './harness.ts';

describe('restore.config that shows', () => {
  it('changes nothing, tells the difference without secrets, and writes all of it to a file', async () => {
    const lab = await configLab({
      set: { [REPOSITORY]: config('old', 'Host=old'), [HOST_CFG]: 'cXMx' },
      here: { [REPOSITORY]: config('new'), [HOST_CFG]: 'cXMx' },
    });
    const plan = await lab.step.plan();
    expect(plan.operations.every(({ effect }) => effect === 'read')).toBe(true);
    const before = await lab.here();
    const { outputs, warnings } = await lab.step.attempt();
    expect(await lab.here()).toEqual(before);
    const diff = await fs.readFile(outputs['diff'] as string, 'utf8');
    expect(diff).toContain('+<configuration><appSettings><add key="A" value="old"/>');
    expect(diff).toContain('-<configuration><appSettings><add key="A" value="new"/>');
    expect(JSON.stringify(outputs) + diff).not.toContain('hunter2');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('Repository.exe.config');
    expect(warnings[0]).toContain(outputs['diff'] as string);
  });

  it('says nothing when nothing differs', async () => {
    const lab = await configLab({ set: { [HOST_CFG]: 'x' }, here: { [HOST_CFG]: 'x' } });
    const { warnings, outputs } = await lab.step.attempt();
    expect(warnings).toEqual([]);
    expect(outputs['files']).toMatchObject([{ state: 'same' }]);
  });

  it('says of files that differ only in what is hidden that they do', async () => {
    const lab = await configLab({
      set: { [REPOSITORY]: config('x', 'Host=old') },
      here: { [REPOSITORY]: config('x', 'Host=new') },
    });
    const { outputs } = await lab.step.attempt();
    expect(JSON.stringify(outputs['files'])).toContain('values that are not shown');
  });
});

describe('restore.config on the same host', () => {
  const same = { mode: 'same' };

  it('puts the files of the set in place, with the connection strings that are here, and keeps the old ones', async () => {
    const lab = await configLab({
      set: { [REPOSITORY]: config('old', 'Host=old'), [SERVICES]: '[a]\r\nb=1\r\n', 'other.xml': '<x/>' },
      here: { [REPOSITORY]: config('new'), [SERVICES]: '[a]\r\nb=1\r\n', 'other.xml': '<y/>' },
      input: same,
    });
    const { outputs, warnings } = await lab.step.attempt();
    expect(await lab.here()).toEqual({
      [REPOSITORY]: config('old'),
      [SERVICES]: '[a]\r\nb=1\r\n',
      'other.xml': '<x/>',
    });
    expect(outputs['changed']).toHaveLength(2);
    expect(warnings.join()).toContain('Connection String Editor');
    expect(await filesIn(path.join(lab.safety, 'config', 'central'))).toHaveLength(2);
    await expect(lab.step.check()).resolves.toBe('done');
    await lab.step.undo();
    expect(await lab.here()).toMatchObject({ [REPOSITORY]: config('new'), 'other.xml': '<y/>' });
    await expect(lab.step.check()).resolves.toBe('not-done');
  });

  it('keeps beside the file what was edited in it afterwards, and says so, when it puts the old one back', async () => {
    const lab = await configLab({
      set: { [SERVICES]: 'a=1\n' },
      here: { [SERVICES]: 'a=2\n' },
      input: same,
    });
    await lab.step.attempt();
    await fs.writeFile(path.join(lab.install, SERVICES), 'a=1\nb=mine\n');
    await lab.step.undo();
    const after = 'ServiceDispatcher/.sense-runbook-after-RUN/services.conf';
    expect(await lab.here()).toEqual({ [SERVICES]: 'a=2\n', [after]: 'a=1\nb=mine\n' });
    expect(lab.step.last.warnings.join()).toContain(path.join(lab.install, after));
    expect(await lab.step.undo()).toEqual([]);
    await lab.step.discard();
    expect(Object.keys(await lab.here())).toContain(after);
  });

  it('foresees that what was kept is gone, of each file, unless the file is as it was', async () => {
    const lab = await configLab({
      set: { [SERVICES]: 'a=1', 'other.xml': '<x/>' },
      here: { [SERVICES]: 'a=2', 'other.xml': '<y/>' },
      input: same,
    });
    await lab.step.attempt();
    expect(await lab.step.foresee()).toEqual([]);
    await fs.rm(path.join(lab.safety, 'config'), { recursive: true });
    expect(await lab.step.foresee()).toEqual([
      expect.stringMatching(/cannot be put back: what was kept of it is gone/),
      expect.stringMatching(/cannot be put back: what was kept of it is gone/),
    ]);
    await fs.writeFile(path.join(lab.install, 'other.xml'), '<y/>');
    expect(await lab.step.foresee()).toHaveLength(1);
    const changed = await lab.here();
    await expect(lab.step.undo()).rejects.toThrow((await lab.step.foresee())[0]);
    expect(await lab.here()).toEqual(changed);
  });

  it('writes over nothing that an earlier undo kept beside the file', async () => {
    const lab = await configLab({ set: { [SERVICES]: 'a=1' }, here: { [SERVICES]: 'a=2' }, input: same });
    await lab.step.attempt();
    const target = path.join(lab.install, SERVICES);
    await fs.writeFile(target, 'first');
    await expect(lab.step.undo({ operation: 0, when: 'after' })).rejects.toThrow('after operation');
    await fs.writeFile(target, 'second');
    await lab.step.undo();
    expect(Object.values(await lab.here()).sort()).toEqual(['a=2', 'first', 'second']);
  });

  it.each([
    [HOST_CFG, 'names the machine'],
    ['pgdata/postgresql.conf', 'database server'],
    ['pgdata/pg_hba.conf', 'database server'],
    ['Exported Certificates/server_key.pem', 'Repository Service writes'],
  ])('never touches %s, and says what to do', async (name, words) => {
    const lab = await configLab({
      set: { [name]: 'old' },
      here: { [name]: 'new' },
      input: same,
      files: [name],
    });
    const { warnings, outputs } = await lab.step.attempt();
    expect(await lab.here()).toEqual({ [name]: 'new' });
    expect(warnings.join()).toContain(words);
    expect(outputs['changed']).toEqual([]);
  });

  it('tells of the ODBC data sources and of folders in the set', async () => {
    const lab = await configLab({
      set: { 'odbc-system-dsn.reg': 'x' },
      here: {},
      input: same,
      trees: ['config/central/C/Own'],
    });
    const plan = await lab.step.plan();
    expect(plan.notes?.join('\n')).toMatch(/odbc-system-dsn\.reg: Import it with regedit/);
    expect(plan.notes?.join('\n')).toContain('config/central/C/Own');
  });

  it('copies one that is not there, and takes it away again', async () => {
    const lab = await configLab({
      set: { 'Engine/LocalLogConfig.xml': '<log/>' },
      here: { 'Engine/x': '' },
      input: same,
    });
    await lab.step.attempt();
    expect(await lab.here()).toEqual({ 'Engine/x': '', 'Engine/LocalLogConfig.xml': '<log/>' });
    await lab.step.undo();
    expect(await lab.here()).toEqual({ 'Engine/x': '' });
  });

  it('puts the old ones back and keeps what was written since, each time it is asked to', async () => {
    const lab = await configLab({
      set: { [SERVICES]: 'a=1', 'Engine/LocalLogConfig.xml': '<log/>' },
      here: { [SERVICES]: 'a=2', 'Engine/x': '' },
      input: same,
    });
    await lab.step.attempt();
    await fs.writeFile(path.join(lab.install, SERVICES), 'a=3');
    await fs.writeFile(path.join(lab.install, 'Engine/LocalLogConfig.xml'), '<own/>');
    await lab.step.undo();
    const kept = '.sense-runbook-after-RUN';
    const here = {
      [SERVICES]: 'a=2',
      'Engine/x': '',
      [`ServiceDispatcher/${kept}/services.conf`]: 'a=3',
      [`Engine/${kept}/LocalLogConfig.xml`]: '<own/>',
    };
    expect(await lab.here()).toEqual(here);
    expect([...lab.step.last.warnings].sort()).toEqual([
      expect.stringMatching(/LocalLogConfig\.xml was changed after this run wrote it/),
      expect.stringMatching(/services\.conf was changed after this run wrote it/),
    ]);
    await fs.writeFile(path.join(lab.install, SERVICES), 'a=4');
    await lab.step.undo();
    expect(await lab.here()).toEqual({ ...here, [`ServiceDispatcher/${kept}/services.conf.2`]: 'a=4' });
  });

  it('keeps what was written since also when putting back was killed', async () => {
    for (const kill of killPlaces(2)) {
      const lab = await configLab({ set: { [SERVICES]: 'a=1' }, here: { [SERVICES]: 'a=2' }, input: same });
      await lab.step.attempt();
      await fs.writeFile(path.join(lab.install, SERVICES), 'a=3');
      await expect(lab.step.undo(kill)).rejects.toThrow(Killed);
      await lab.step.undo();
      expect(await lab.here()).toEqual({
        [SERVICES]: 'a=2',
        'ServiceDispatcher/.sense-runbook-after-RUN/services.conf': 'a=3',
      });
    }
  });

  it('takes the beginning of the old file for what a killed put-back left', async () => {
    const lab = await configLab({ set: { [SERVICES]: 'a=1' }, here: { [SERVICES]: 'b=22' }, input: same });
    await lab.step.attempt();
    await fs.writeFile(path.join(lab.install, SERVICES), 'b=');
    await lab.step.undo();
    expect(await lab.here()).toEqual({ [SERVICES]: 'b=22' });
  });

  it('copies none into a folder that is not there, or that holds secrets', async () => {
    const lab = await configLab({
      set: { 'Engine/LocalLogConfig.xml': '<log/>', [REPOSITORY]: config('x') },
      here: { 'Repository/x': '' },
      input: same,
    });
    const { warnings } = await lab.step.attempt();
    expect(await lab.here()).toEqual({ 'Repository/x': '' });
    expect(warnings.join('\n')).toContain('Its folder is not there');
    expect(warnings.join('\n')).toContain('passwords or encrypted values');
  });

  it('does only the files that are named', async () => {
    const lab = await configLab({
      set: { [SERVICES]: 'a=1', 'other.xml': '<x/>' },
      here: { [SERVICES]: 'a=2', 'other.xml': '<y/>' },
      input: { ...same, files: ['SERVICES.conf'] },
    });
    await lab.step.attempt();
    expect(await lab.here()).toEqual({ [SERVICES]: 'a=1', 'other.xml': '<y/>' });
  });

  it.each([
    [{ host: 'other.example' }, /qs1\.example, and this is other\.example/],
    [{ release: 'November 2025' }, /May 2025, and qs1\.example has November 2025/],
    [{ site: { nodes: [] } }, /of a node central/],
  ])('is refused on another host or release: %j', async (change, words) => {
    const lab = await configLab({
      set: { [SERVICES]: 'a=1' },
      here: { [SERVICES]: 'a=2' },
      input: same,
      ...change,
    });
    expect((await lab.step.plan()).incomplete).toMatch(words);
  });

  it('goes by the release that is installed, where the site file names none of its patches', async () => {
    let release = 'May 2025 Patch 3';
    const options = {
      set: { [SERVICES]: 'a=1' },
      here: { [SERVICES]: 'a=2' },
      site: { release },
      input: same,
      installed: () => release,
    };
    const lab = await configLab(options);
    expect((await lab.step.attempt()).outputs['changed']).toHaveLength(1);
    const later = await configLab(options);
    await later.step.plan();
    release = 'May 2025 Patch 4';
    await expect(later.step.attempt()).rejects.toThrow('qs1.example has May 2025 Patch 4');
    expect(await later.here()).toEqual({ [SERVICES]: 'a=2' });
  });

  it('refuses a file that is not as it was written into the set, before anything is changed', async () => {
    const lab = await configLab({ set: { [SERVICES]: 'a=1' }, here: { [SERVICES]: 'a=2' }, input: same });
    await lab.step.plan();
    const [file = ''] = await filesIn(path.join(lab.set, 'config'));
    await fs.writeFile(path.join(lab.set, 'config', file), 'a=3');
    await expect(lab.step.attempt()).rejects.toThrow(VerificationError);
    expect(await lab.here()).toEqual({ [SERVICES]: 'a=2' });
  });

  it.skipIf(process.platform === 'win32')('refuses a link in the set', async () => {
    const lab = await configLab({ set: { [SERVICES]: 'a=1' }, here: { [SERVICES]: 'a=2' }, input: same });
    const [file = ''] = await filesIn(path.join(lab.set, 'config'));
    const inSet = path.join(lab.set, 'config', file);
    await fs.rename(inSet, path.join(lab.set, 'elsewhere'));
    await fs.symlink(path.join(lab.set, 'elsewhere'), inSet);
    expect((await lab.step.plan()).incomplete).toContain('leads through a link');
  });

  it('leaves a file alone that somebody changed after the plan', async () => {
    const lab = await configLab({ set: { [SERVICES]: 'a=1' }, here: { [SERVICES]: 'a=1' }, input: same });
    await lab.step.plan();
    await fs.writeFile(path.join(lab.install, SERVICES), 'a=5');
    const { warnings } = await lab.step.attempt();
    expect(warnings.join()).toContain('the plan does not have it');
    expect(await lab.here()).toEqual({ [SERVICES]: 'a=5' });
  });
});

describe('restore.config on another host or release', () => {
  const merge = { mode: 'merge' };

  it('takes over values by key, in the encoding and with the line ends that are here', async () => {
    const lab = await configLab({
      set: { [SERVICES]: '[a.parameters]\n-x=ä\n', [REPOSITORY]: config('old', 'Host=old') },
      here: {
        [SERVICES]: Buffer.from('\ufeff[a.parameters]\r\n-x=1\r\n', 'utf16le'),
        [REPOSITORY]: config('new'),
      },
      input: merge,
      host: 'new.example',
      release: 'November 2025',
    });
    await lab.step.attempt();
    const written = await fs.readFile(path.join(lab.install, SERVICES));
    expect(written).toEqual(Buffer.from('\ufeff[a.parameters]\r\n-x=ä\r\n', 'utf16le'));
    expect((await lab.here())[REPOSITORY]).toBe(config('old'));
    await lab.step.undo();
    expect(await fs.readFile(path.join(lab.install, SERVICES))).toEqual(
      Buffer.from('\ufeff[a.parameters]\r\n-x=1\r\n', 'utf16le'),
    );
  });

  it('finds the files also where the installation folder was another one', async () => {
    const lab = await configLab({
      set: { [SERVICES]: 'a=1' },
      here: { [SERVICES]: 'a=2' },
      input: merge,
      installedThen: 'program files/deep/qlik',
    });
    await lab.step.attempt();
    expect(await lab.here()).toEqual({ [SERVICES]: 'a=1' });
  });

  it('leaves values with the old host name, kinds it does not know, and what is not here to a person', async () => {
    const lab = await configLab({
      set: { [SERVICES]: 'url=https://qs1.example/x', 'other.xml': '<x/>', 'Capabilities.json': '{}' },
      here: { [SERVICES]: 'url=y', 'other.xml': '<y/>' },
      input: merge,
      host: 'new.example',
    });
    const before = await lab.here();
    const { warnings } = await lab.step.attempt();
    expect(await lab.here()).toEqual(before);
    expect(warnings.join('\n')).toContain('url (names qs1.example)');
    expect(warnings.join('\n')).toContain('of no kind that is merged');
    expect(warnings.join('\n')).toContain('It is not here');
  });
});
