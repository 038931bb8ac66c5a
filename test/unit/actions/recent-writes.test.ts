import { rmSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findRecentWrite } from '../../../src/actions/recent-writes.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

const LONG_AGO = new Date(0);

describe('the newest file of a share', () => {
  it('is found in folders below; a folder that is not there holds none', async () => {
    const root = temporaryFolder();
    await fs.mkdir(path.join(root, 'a'));
    await fs.writeFile(path.join(root, 'a', 'new'), '');
    const found = await findRecentWrite(
      [root, path.join(root, 'gone')],
      LONG_AGO,
      new AbortController().signal,
    );
    expect(found?.file).toBe(path.join(root, 'a', 'new'));
  });

  it('is looked for although files vanish meanwhile, as a living site lets them', async () => {
    const root = temporaryFolder();
    await fs.writeFile(path.join(root, 'lock'), '');
    await fs.writeFile(path.join(root, 'stays'), '');
    // Asked between the listing of the folder and the look at each file.
    const signal = Object.assign(new AbortController().signal, {
      throwIfAborted: () => {
        rmSync(path.join(root, 'lock'), { force: true });
      },
    });
    expect((await findRecentWrite([root], LONG_AGO, signal))?.file).toBe(path.join(root, 'stays'));
  });
});
