import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expandStars } from '../../../src/site/expand-stars.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';

function folderWith(...files: string[]): string {
  const folder = temporaryFolder();
  for (const file of files) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), '');
  }
  return folder;
}

describe('a star in a path', () => {
  it('stands for any one name', async () => {
    const folder = folderWith(
      'pg/9.6/a.conf',
      'pg/14/a.conf',
      'pg/14/b.conf',
      'pg/14/deep/a.conf',
      'pg/README',
    );
    expect(await expandStars(`${folder}/pg/*/a.conf`)).toEqual([
      `${folder}/pg/14/a.conf`,
      `${folder}/pg/9.6/a.conf`,
    ]);
  });

  it('stands for a part of a name, and points and brackets for themselves', async () => {
    const folder = folderWith('x/app.config', 'x/appXconfig', 'x/b.config', 'x/(1).config');
    expect(await expandStars(`${folder}/x/a*.config`)).toEqual([`${folder}/x/app.config`]);
    expect(await expandStars(`${folder}/x/(*).config`)).toEqual([`${folder}/x/(1).config`]);
  });

  it('gives several levels and folders too', async () => {
    const folder = folderWith('a/1/x', 'a/2/x', 'b/1/x');
    expect(await expandStars(`${folder}/*/*`)).toEqual([`${folder}/a/1`, `${folder}/a/2`, `${folder}/b/1`]);
  });

  it('is content with a file whose name is a star', async () => {
    const folder = folderWith('*', 'b');
    expect(await expandStars(`${folder}/*`)).toEqual([`${folder}/*`, `${folder}/b`]);
  });

  it('gives nothing for what is not there', async () => {
    const folder = folderWith('file');
    expect(await expandStars(`${folder}/none/*/x`)).toEqual([]);
    expect(await expandStars(`${folder}/file/*`)).toEqual([]);
    expect(await expandStars(`${folder}/none`)).toEqual([]);
  });

  it('leaves a path without one as it is', async () => {
    const folder = folderWith('a b.txt');
    expect(await expandStars(`${folder}/a b.txt`)).toEqual([`${folder}/a b.txt`]);
  });
});
