import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makePrivateFolder, stateFolder } from '../../../src/site/state-folder.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

describe('the state folder', () => {
  const home = '/home/qlik';

  it.each([
    [
      'on Windows',
      { platform: 'win32', env: { ProgramData: 'D:\\ProgramData' } },
      'D:\\ProgramData\\sense-runbook\\prod',
    ],
    [
      'on Windows without ProgramData',
      { platform: 'win32', env: {} },
      'C:\\ProgramData\\sense-runbook\\prod',
    ],
    ['elsewhere', { platform: 'linux', env: {} }, '/home/qlik/.local/state/sense-runbook/prod'],
    [
      'where XDG says',
      { platform: 'linux', env: { XDG_STATE_HOME: '/var/state' } },
      '/var/state/sense-runbook/prod',
    ],
    [
      'elsewhere when XDG says a relative path',
      { platform: 'darwin', env: { XDG_STATE_HOME: 'state' } },
      '/home/qlik/.local/state/sense-runbook/prod',
    ],
  ] as const)('is the usual one %s', (_name, place, folder) => {
    expect(stateFolder({ name: 'prod' }, { ...place, home })).toBe(folder);
  });

  it('is what the site file says', () => {
    const place = { platform: 'linux', env: { XDG_STATE_HOME: '/var/state' }, home } as const;
    expect(stateFolder({ name: 'prod', state: '/srv/state' }, place)).toBe('/srv/state');
  });

  it('is made for its owner alone', async () => {
    const folder = join(temporaryFolder(), 'a', 'b');
    await makePrivateFolder(folder);
    await makePrivateFolder(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('is named when it cannot be made', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    await expect(makePrivateFolder(join(file, 'state'))).rejects.toThrow(
      `The folder ${join(file, 'state')} cannot be made`,
    );
  });
});
