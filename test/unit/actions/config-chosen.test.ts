import { describe, expect, it } from 'vitest';
import { chosenFiles, isChosen, judgeChosen } from '../../../src/actions/config-chosen.ts';
import type { Manifest } from '../../../src/vault/vault.ts';
import { config, configLab, REPOSITORY, SERVICES } from './config-lab.ts';
import { fakeSite } from './fakes.ts';
import { fakeNode } from './harness.ts';

const PROXY = {
  path: 'config/central/C/Program Files/Qlik/Sense/Proxy/Proxy.exe.config',
  target: String.raw`C:\Program Files\Qlik\Sense\Proxy\Proxy.exe.config`,
};

describe('configuration files that are chosen', () => {
  it('stand with a comma between them, blanks around them are none', () => {
    expect(chosenFiles(['a.config, b c.config ', '', ' d.conf,'])).toEqual([
      'a.config',
      'b c.config',
      'd.conf',
    ]);
    expect(chosenFiles([''])).toEqual([]);
  });

  it.each([
    'Proxy.exe.config',
    'proxy.EXE.config',
    String.raw`Proxy\Proxy.exe.config`,
    'proxy/proxy.exe.config',
    PROXY.target,
    '*.exe.config',
    String.raw`Sense\*\Proxy.*`,
  ])('are meant by name, end of path, whole path and star: %s', (chosen) => {
    expect(isChosen(PROXY, chosen)).toBe(true);
  });

  it.each(['roxy.exe.config', 'Proxy', 'Proxy.exe', 'Sense*Proxy.exe.config', 'ProxyXexe.config', '[a-z]*'])(
    'are not meant by %s',
    (chosen) => {
      expect(isChosen(PROXY, chosen)).toBe(false);
    },
  );

  it('are meant by their place in the set where the site file names no such file any more', () => {
    expect(isChosen({ path: PROXY.path }, 'Proxy/Proxy.exe.config')).toBe(true);
  });
});

describe('a choice of configuration files', () => {
  const files = ['Repository/Repository.exe.config', 'Proxy/Proxy.exe.config'].map((name) => ({
    path: `config/central/qlik/${name}`,
    size: 1,
    sha256: 'x',
  }));
  const place = { read: async () => ({ site: {}, files, trees: [] }) as unknown as Manifest };
  const judge = (chosen: string, only = 'config') =>
    judgeChosen({ site: fakeSite() }, place, { set: 'SET', only, files: chosen }, { nodes: [fakeNode()] });

  it('is not looked at where there is none', async () => {
    expect(await judge('')).toEqual([]);
  });

  it('must be of files that the set has, which are listed', async () => {
    expect(await judge('proxy.exe.config')).toMatchObject([{ status: 'ok' }]);
    expect(await judge('Proxy.exe.config, Porxy.exe.config')).toMatchObject([
      {
        status: 'failed',
        message: 'The set has no configuration file Porxy.exe.config.',
        hint: 'It has: Proxy.exe.config, Repository.exe.config',
      },
    ]);
  });

  it('does not go with a part that has no configuration', async () => {
    expect(await judge('Proxy.exe.config', 'share')).toMatchObject([{ status: 'failed' }]);
    expect(await judge('Proxy.exe.config', 'all')).toMatchObject([{ status: 'ok' }]);
  });
});

describe('restore.config of chosen files', () => {
  it('puts these in place and leaves the others, also those it would only tell of', async () => {
    const lab = await configLab({
      set: { [REPOSITORY]: config('old'), [SERVICES]: 'a=1\n', 'other.xml': '<x/>' },
      here: { [REPOSITORY]: config('new'), [SERVICES]: 'a=2\n', 'other.xml': '<y/>' },
      input: { mode: 'same', files: ['other.xml, ServiceDispatcher/*.conf', ''] },
    });
    const { outputs, warnings } = await lab.step.attempt();
    expect(await lab.here()).toEqual({
      [REPOSITORY]: config('new'),
      [SERVICES]: 'a=1\n',
      'other.xml': '<x/>',
    });
    expect(outputs['changed']).toHaveLength(2);
    expect(warnings).toEqual([]);
    await lab.step.undo();
    expect(await lab.here()).toMatchObject({ [SERVICES]: 'a=2\n', 'other.xml': '<y/>' });
  });
});
