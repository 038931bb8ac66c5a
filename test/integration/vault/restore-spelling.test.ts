import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { TreeRestore } from '../../../src/vault/restore/tree-restore.ts';
import { oneSpelling } from '../../helpers/one-spelling.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { grow, labRestore, makeSet, pictureOf, restoredIn, restoreOf, type LabSet } from './restore-lab.ts';
import { never } from './vault-lab.ts';

let folder: string;
let into: string;
let restore: TreeRestore;

beforeEach(async () => {
  folder = temporaryFolder();
  into = join(folder, 'share');
  restore = await labRestore(oneSpelling(into));
});

const options = (set: LabSet) => restoreOf(set, into, { windows: true });
const undo = () => restore.undo({ into, run: 'RUN', signal: never });

describe('names that Windows takes for the same', () => {
  it('are left as they are where the files are the same', async () => {
    const set = makeSet(folder, { 'Apps/One.qvf': '1', 'apps-2/x': 'x', zero: '0' });
    grow(into, { 'APPS/one.QVF': '1', 'Apps-2/X': 'x', ZERO: '0' });
    const old = pictureOf(into);
    expect(await restore.compare(options(set))).toEqual({ count: 0, paths: [] });
    expect(await restore.restore(options(set))).toMatchObject({ files: 3, filesPlaced: 0, moved: 0 });
    expect(pictureOf(into)).toEqual(old);
  });

  it('are replaced, and come back as they were spelled', async () => {
    const set = makeSet(folder, { 'Apps/One.qvf': 'new', 'Apps/sub/File': 'f', read: 'r', 'made/x': 'x' });
    grow(into, {
      ...{ 'apps/ONE.qvf': 'an old one', 'apps/more': 'extra', 'apps/SUB': 'a file' },
      ...{ 'READ/was a folder': 'r', MADE: { link: 'nowhere' } },
    });
    const old = pictureOf(into);
    expect((await restore.compare(options(set))).count).toBe(9);
    await restore.restore(options(set));
    expect(readFileSync(join(into, 'apps/One.qvf'), 'utf8')).toBe('new');
    expect(Object.keys(restoredIn(into) ?? {}).sort()).toEqual([
      ...['apps/One.qvf', 'apps/sub/File', 'made/x', 'read'],
    ]);
    expect(await restore.compare(options(set))).toEqual({ count: 0, paths: [] });
    const inode = statSync(join(into, 'read')).ino;
    expect(await restore.restore(options(set))).toMatchObject({ filesPlaced: 0, moved: 0 });
    expect(statSync(join(into, 'read')).ino).toBe(inode);
    expect(await undo()).toMatchObject({ warnings: [] });
    expect(pictureOf(into)).toEqual(old);
  });

  it('are found by their content where size and time do not tell', async () => {
    const set = makeSet(folder, { a: 'right', b: 'b' });
    grow(into, { A: 'wrong', B: 'b' });
    await restore.restore({ ...options(set), compare: 'content' });
    expect([readdirSync(into).sort(), readFileSync(join(into, 'a'), 'utf8')]).toEqual([
      ['.sense-runbook-before-RUN', 'B', 'a'],
      'right',
    ]);
    await undo();
    expect(pictureOf(into)).toMatchObject({ A: expect.stringContaining('wrong') as string });
  });
});
