import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rightsByMode } from '../../../src/platform/folder-rights.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

describe('the rights on a folder', () => {
  it.each([
    [0o700, false, false],
    [0o750, true, false],
    [0o705, true, false],
    [0o770, true, true],
    [0o702, false, true],
  ] as const)('of mode %o: others can read %s, write %s', async (mode, othersCanRead, othersCanWrite) => {
    const folder = join(temporaryFolder(), 'state');
    mkdirSync(folder);
    chmodSync(folder, mode);
    expect(await rightsByMode(folder)).toMatchObject({ othersCanRead, othersCanWrite });
  });

  it('are not asked for when the folder is not there', async () => {
    const folder = join(temporaryFolder(), 'state');
    expect(await rightsByMode(folder)).toBeUndefined();
  });
});
