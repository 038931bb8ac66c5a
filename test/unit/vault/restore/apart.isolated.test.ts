import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { findOverlap } from '../../../../src/vault/restore/apart.ts';
import { temporaryFolder } from '../../../helpers/temporary.ts';

/** A share is reached by its name on the network and by its folder on the disk: two paths, one folder, and no link. */
vi.mock(import('node:fs/promises'), async (original) => {
  const real = await original();
  const stat: typeof real.stat = ((path: string, options: { bigint: true }) =>
    real.stat(path.replace('/by its name', '/on the disk'), options)) as typeof real.stat;
  return { ...real, default: { ...real, stat }, stat };
});

it('knows a folder that is reached by two names', async () => {
  const folder = temporaryFolder();
  for (const path of ['on the disk/vault', 'by its name/vault', 'other'])
    mkdirSync(join(folder, path), { recursive: true });
  const share = join(folder, 'by its name');
  const vault = join(folder, 'on the disk', 'vault');
  expect(await findOverlap(share, [join(folder, 'other'), vault])).toEqual({ source: vault, place: 'in it' });
  expect(await findOverlap(vault, [share])).toEqual({ source: share, place: 'around it' });
  expect(await findOverlap(join(share, 'new', 'er'), [join(folder, 'on the disk')])).toMatchObject({
    place: 'around it',
  });
  expect(await findOverlap(join(folder, 'other'), [vault, share])).toBeUndefined();
});
