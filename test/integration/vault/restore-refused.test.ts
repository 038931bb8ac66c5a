import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TreeRestore } from '../../../src/vault/restore/tree-restore.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { grow, labRestore, makeSet, pictureOf, restoredIn, restoreOf, type LabSet } from './restore-lab.ts';
import { never } from './vault-lab.ts';

let restore: TreeRestore;
let folder: string;
let into: string;

beforeAll(async () => {
  restore = await labRestore();
});

beforeEach(() => {
  folder = temporaryFolder();
  into = join(folder, 'share');
});

const undo = (run = 'RUN') => restore.undo({ into, run, signal: never });
const sharePicture = (set: LabSet) => pictureOf(join(set.path, set.tree.folder));

describe('a damaged set', () => {
  it.each([
    [
      'of another size',
      (file: string) => {
        writeFileSync(file, 'longer');
      },
      'has another size',
    ],
    [
      'with another content',
      (file: string) => {
        writeFileSync(file, 'x');
      },
      'has another content',
    ],
    [
      'that is missing',
      (file: string) => {
        unlinkSync(file);
      },
      'is missing',
    ],
    [
      'that is a folder',
      (file: string) => {
        unlinkSync(file);
        mkdirSync(file);
      },
      'is no ordinary file',
    ],
  ])('is named by its file, %s, and the old one stays', async (_name, spoil, words) => {
    const set = makeSet(folder, { b: 'b' });
    grow(into, { b: 'old' });
    spoil(join(set.path, 'share', 'b'));
    const failure = restore.restore(restoreOf(set, into));
    await expect(failure).rejects.toThrow(words);
    await expect(failure).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('share/b') as string,
    });
    expect(readFileSync(join(into, 'b'), 'utf8')).toBe('old');
    expect(readdirSync(into).sort()).toEqual(['.sense-runbook-before-RUN', 'b']);
    await undo();
    expect(readdirSync(into)).toEqual(['b']);
  });
});

describe('links', () => {
  it('in the target are moved aside where the set has something else, and nothing goes through them', async () => {
    const set = makeSet(folder, { 'a/x': 'x', b: 'b', c: 'c' });
    const elsewhere = join(folder, 'elsewhere');
    grow(elsewhere, { x: 'not ours', c: 'not ours' });
    grow(into, { a: { link: elsewhere }, b: { link: join(elsewhere, 'c') } });
    const [old, there] = [pictureOf(into), pictureOf(elsewhere)];
    await restore.restore(restoreOf(set, into));
    expect(restoredIn(into)).toEqual(sharePicture(set));
    expect(pictureOf(elsewhere)).toEqual(there);
    await undo();
    expect([pictureOf(into), pictureOf(elsewhere)]).toEqual([old, there]);
  });

  it('that the set does not have stay, and are named', async () => {
    const set = makeSet(folder, { 'a/x': 'x', c: 'c' });
    const elsewhere = join(folder, 'elsewhere');
    grow(elsewhere, { x: 'not ours' });
    grow(into, {
      'a/link': { link: join(elsewhere, 'x') },
      'a/more': 'm',
      gone: { link: 'nowhere' },
      left: { link: 'x' },
    });
    const [old, there] = [pictureOf(into), pictureOf(elsewhere)];
    const options = restoreOf(set, into, { leave: ['left'] });
    expect(await restore.restore(options)).toMatchObject({
      ...{ moved: 1, kept: 2 },
      warnings: [expect.stringMatching(/^a\/link in .* is a link/), expect.stringMatching(/^gone in /)],
    });
    expect(Object.keys(restoredIn(into) ?? {}).sort()).toEqual(['a/link', 'a/x', 'c', 'gone', 'left']);
    expect(pictureOf(elsewhere)).toEqual(there);
    expect(await restore.compare(options)).toEqual({ count: 0, paths: [] });
    await undo();
    expect(pictureOf(into)).toEqual(old);
  });

  it('in the set are not followed', async () => {
    const set = makeSet(folder, { 'a/x': 'x', b: 'b' });
    grow(join(folder, 'secret'), { x: 'x', b: 'b' });
    rmSync(join(set.path, 'share/a'), { recursive: true });
    symlinkSync(join(folder, 'secret'), join(set.path, 'share/a'));
    await expect(restore.restore(restoreOf(set, into))).rejects.toThrow('lies behind a link');
    rmSync(join(set.path, 'share/a'));
    grow(join(set.path, 'share'), { 'a/x': { link: join(folder, 'secret/x') } });
    await expect(restore.restore(restoreOf(set, into))).rejects.toThrow('is a link');
    expect(existsSync(join(into, 'a/x'))).toBe(false);
    rmSync(join(set.path, 'share'), { recursive: true });
    symlinkSync(join(folder, 'secret'), join(set.path, 'share'));
    await expect(restore.restore(restoreOf(set, join(folder, 'new')))).rejects.toThrow('or a link');
  });
});

describe('a set that was tampered with', () => {
  it.each([
    '../out',
    '/out',
    'a/../../out',
    'a//b',
    './a',
    'a/.',
    'nul\0',
    'a/.sense-runbook-before-x/b',
    '\ud800',
  ])('restores nothing when its list says %j', async (path) => {
    const set = makeSet(folder, { a: 'a' }, ([entry]) => [{ ...entry!, path }]);
    await expect(restore.restore(restoreOf(set, into))).rejects.toThrow('cannot be used');
    expect(readdirSync(folder)).toEqual(['vault']);
  });

  it.each([
    ['..', '...files.jsonl'],
    ['/etc', '/etc.files.jsonl'],
    ['share', '../share.files.jsonl'],
    ['a/../..', 'a/../...files.jsonl'],
  ])('restores nothing when its manifest names the folder %s with the list %s', async (name, listing) => {
    const set = makeSet(folder, { a: 'a' });
    const tampered = { ...set, tree: { ...set.tree, folder: name, listing } };
    await expect(restore.restore(restoreOf(tampered, into))).rejects.toThrow('cannot be in it');
    expect(existsSync(into)).toBe(false);
  });

  it('restores nothing when its list is another one, unsorted, or names a file in a file', async () => {
    const set = makeSet(folder, { a: 'a', b: 'b' });
    const other = { ...set, tree: { ...set.tree, listingSha256: '0'.repeat(64) } };
    await expect(restore.restore(restoreOf(other, into))).rejects.toThrow('not what was written');
    const unsorted = makeSet(folder, { a: 'a', b: 'b' }, (entries) => entries.reverse());
    await expect(restore.restore(restoreOf(unsorted, into))).rejects.toThrow('not in order');
    const inFile = makeSet(folder, { a: 'a', b: 'b' }, ([one, two]) => [one!, { ...two!, path: 'a/b' }]);
    await expect(restore.restore(restoreOf(inFile, into))).rejects.toThrow('lies in a, which is listed');
    unlinkSync(join(set.path, 'share.files.jsonl'));
    symlinkSync(join(folder, 'list'), join(set.path, 'share.files.jsonl'));
    await expect(restore.restore(restoreOf(set, into))).rejects.toThrow('is no ordinary file');
    expect(existsSync(into)).toBe(false);
  });

  it.each(['con', 'Aux.txt', 'COM1', 'dot.', 'space ', 'a:b', 'back\\slash', 'q?', 'tab\t'])(
    'is not restored to Windows when it has the name %j',
    async (name) => {
      const set = makeSet(folder, { [`in/${name}`]: 'x' });
      await expect(restore.restore(restoreOf(set, into, { windows: true }))).rejects.toThrow(/Windows/);
      expect(existsSync(into)).toBe(false);
      await restore.restore(restoreOf(set, into));
      expect(readdirSync(join(into, 'in'))).toEqual([name]);
    },
  );

  it('is not restored to Windows when names differ only in case, far apart or in folders', async () => {
    for (const tree of [
      { 'A/x': '1', b: '2', 'a/y': '3' },
      { 'x/Ä': '1', 'x/b': '2', 'x/ä': '3' },
    ]) {
      const set = makeSet(folder, tree);
      const failure = restore.restore(restoreOf(set, into, { windows: true }));
      await expect(failure).rejects.toThrow(/differs only in case from/);
    }
    const fine = makeSet(folder, { ß: '1', ss: '2', 'a/b': '3', 'b/A': '4' });
    await restore.restore(restoreOf(fine, into, { windows: true }));
    expect(restoredIn(into)).toEqual(sharePicture(fine));
  });
});

describe('where vault and target meet', () => {
  it('is refused: the one in the other, also by a link', async () => {
    const set = makeSet(folder, { a: 'a' });
    const options = { apartFrom: [join(folder, 'vault')] };
    symlinkSync(folder, join(folder, 'link'));
    for (const place of ['', 'vault', 'vault/site/SET/share', 'vault/new', 'link/vault/site/new', 'link'])
      await expect(
        restore.restore(restoreOf(set, join(folder, place), options)),
        place,
      ).rejects.toMatchObject({
        exitCode: 3,
        message: expect.stringContaining('backup sets lie') as string,
      });
    await restore.restore(restoreOf(set, join(folder, 'link/vaulted'), options));
    expect(readdirSync(join(folder, 'vaulted'))).toContain('a');
  });
});
