import {
  chmodSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TreeRestore } from '../../../src/vault/restore/tree-restore.ts';
import { temporaryFor } from '../../../src/vault/restore/own-names.ts';
import type { FileEntry } from '../../../src/vault/vault.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import {
  grow,
  labRestore,
  makeSet,
  pictureOf,
  restoredIn,
  restoreOf,
  TIMES,
  type LabSet,
} from './restore-lab.ts';
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

const before = (): string => join(into, '.sense-runbook-before-RUN');
const undo = (made = false) => restore.undo({ into, made, run: 'RUN', signal: never });
const sharePicture = (set: LabSet) => pictureOf(join(set.path, set.tree.folder));

const LONG = Array.from({ length: 4 }, (_, index) => String(index).repeat(90)).join('/');
const TREE = {
  'Apps/0d5a': Buffer.alloc(3_000_000, 'q'),
  'Apps/same': 'same',
  'a-b': 'after the folder a',
  'a/b': 'in the folder a',
  empty: '',
  'gone/deep/er': { text: 'deep', time: TIMES[1] },
  'nothing/in/it/': '',
  'new\nline': 'n',
  'Übersicht/größe \u{1F600}.txt': 'ü',
  [LONG]: 'long',
};

describe('restoring into a folder that is missing', () => {
  it('makes it as the set has it, whatever the names, and undoes it with all folders above', async () => {
    const set = makeSet(folder, TREE);
    into = join(folder, 'some', 'where', 'share');
    const result = await restore.restore(restoreOf(set, into));
    expect(restoredIn(into)).toEqual(sharePicture(set));
    expect(result).toMatchObject({ files: 9, filesPlaced: 9, moved: 0, kept: 0, warnings: [] });
    expect(result.bytes).toBe(set.tree.bytes);
    expect(statSync(join(into, 'gone/deep/er')).mtimeMs).toBeCloseTo(TIMES[1] * 1000, 2);
    expect(await undo()).toMatchObject({ warnings: [] });
    expect(readdirSync(folder)).toEqual(['vault']);
    expect(await undo(true)).toEqual({ changes: 0, warnings: [] });
  });

  it('knows that it made it, also when it goes on', async () => {
    const set = makeSet(folder, TREE);
    expect(await restore.isMade(into, 'RUN')).toBe(true);
    await restore.restore(restoreOf(set, into));
    expect([await restore.isMade(into, 'RUN'), await restore.isMade(into, 'OTHER')]).toEqual([true, false]);
  });

  it('does not take a folder whose disk is away for one in which all is put back', async () => {
    await expect(undo()).rejects.toThrow(/share is not there/);
  });

  it('only compares a second time and writes nothing', async () => {
    const set = makeSet(folder, TREE);
    await restore.restore(restoreOf(set, into, { run: 'FIRST' }));
    const picture = pictureOf(into);
    const result = await restore.restore(restoreOf(set, into));
    expect(result).toMatchObject({ files: 9, bytes: set.tree.bytes, filesPlaced: 0, moved: 0 });
    expect(pictureOf(into)).toEqual(picture);
    expect(await restore.compare(restoreOf(set, into))).toEqual({ count: 0, paths: [] });
  });
});

describe('restoring read-only files', () => {
  const mode = (path: string): number => statSync(path).mode & 0o222;
  const listed = (entries: FileEntry[]): FileEntry[] =>
    entries.map((entry) => (entry.path === 'free' ? entry : { ...entry, readOnly: true }));

  it('makes them so, also one that is there as it was but for that, and puts all back', async () => {
    const set = makeSet(folder, { fixed: 'a', free: 'b', there: 'c' }, listed);
    grow(into, { there: 'c', fixed: 'old' });
    chmodSync(join(into, 'fixed'), 0o444);
    const old = pictureOf(into);
    expect(await restore.restore(restoreOf(set, into))).toMatchObject({ filesPlaced: 3, moved: 2 });
    expect(restoredIn(into)).toEqual(sharePicture(set));
    expect(['fixed', 'there'].map((name) => mode(join(into, name)))).toEqual([0, 0]);
    expect(mode(join(into, 'free'))).not.toBe(0);
    expect(await restore.restore(restoreOf(set, into, { run: 'NEXT' }))).toMatchObject({ filesPlaced: 0 });
    expect(await undo()).toMatchObject({ warnings: [] });
    expect(pictureOf(into)).toEqual(old);
    expect(mode(join(into, 'fixed'))).toBe(0);
    expect(mode(join(into, 'there'))).not.toBe(0);
  });

  it('goes on with what a killed attempt left, and removes for good what was moved aside', async () => {
    const set = makeSet(folder, { fixed: 'a' }, listed);
    grow(into, { fixed: 'old' });
    const left = join(into, 'fixed');
    chmodSync(left, 0o444);
    writeFileSync(temporaryFor(left), 'half', { mode: 0o444 });
    await restore.restore(restoreOf(set, into));
    await restore.discard(into, 'RUN', never);
    expect(pictureOf(into)).toEqual(sharePicture(set));
    expect(mode(left)).toBe(0);
  });
});

describe('restoring into a folder with something in it', () => {
  const OLD = {
    'Apps/0d5a': 'another',
    'Apps/same': 'same',
    'Apps/extra': 'x',
    'a-b/was a folder': 'f',
    a: 'was a file',
    'gone/': '',
    'nothing/in/it/now': 'something',
    'other/deep/1': '1',
    'other/2': '2',
    'void/': '',
  };

  it('moves aside what differs or is extra, touches nothing else, and puts all back', async () => {
    const set = makeSet(folder, TREE);
    grow(into, OLD);
    const old = pictureOf(into);
    const same = statSync(join(into, 'Apps/same')).ino;
    const result = await restore.restore(restoreOf(set, into));
    expect(restoredIn(into)).toEqual(sharePicture(set));
    expect(statSync(join(into, 'Apps/same')).ino).toBe(same);
    expect(pictureOf(join(before(), 'files'))).toMatchObject({
      'a-b/was a folder': expect.stringContaining(' f') as string,
      'other/deep/1': expect.stringContaining(' 1') as string,
    });
    expect(result).toMatchObject({ files: 9, filesPlaced: 8, moved: 7 });
    expect(await restore.kept(into, 'RUN', never)).toEqual({ folder: before(), files: 7, bytes: 30 });
    expect(await undo()).toMatchObject({ warnings: [] });
    expect(pictureOf(into)).toEqual(old);
  });

  it('leaves extra files where they are when told, but for what stands where something of the set goes', async () => {
    const set = makeSet(folder, TREE);
    grow(into, OLD);
    const old = pictureOf(into);
    const result = await restore.restore(restoreOf(set, into, { extra: 'keep' }));
    const wanted = { ...sharePicture(set) };
    delete wanted['nothing/in/it/'];
    expect(restoredIn(into)).toMatchObject({
      ...wanted,
      'nothing/in/it/now': expect.anything() as string,
      'Apps/extra': expect.anything() as string,
      'void/': '',
      'other/2': expect.anything() as string,
    });
    expect(result).toMatchObject({ moved: 3, kept: 4 });
    await undo();
    expect(pictureOf(into)).toEqual(old);
  });

  it('leaves what it is told to, unless the set has it', async () => {
    const set = makeSet(folder, { 'Apps/a': 'a', 'tmp/known': 'k' });
    grow(into, { 'Apps/b': 'b', 'tmp/x': 'x', 'tmp/known': 'old', 'deep/left/y': 'y', 'deep/z': 'z' });
    await restore.restore(restoreOf(set, into, { leave: ['tmp', 'deep/left'] }));
    expect(Object.keys(restoredIn(into) ?? {}).sort()).toEqual([
      'Apps/a',
      'deep/left/y',
      'tmp/known',
      'tmp/x',
    ]);
    expect(readFileSync(join(into, 'tmp/known'), 'utf8')).toBe('k');
  });

  it('finds by content what size and time do not tell', async () => {
    const set = makeSet(folder, { a: 'right', b: 'b' });
    grow(into, { a: 'wrong', b: 'b' });
    expect(await restore.restore(restoreOf(set, into))).toMatchObject({ filesPlaced: 0 });
    expect(readFileSync(join(into, 'a'), 'utf8')).toBe('wrong');
    expect(await restore.compare(restoreOf(set, into, { compare: 'content' }))).toEqual({
      count: 1,
      paths: ['a'],
    });
    expect(await restore.restore(restoreOf(set, into, { compare: 'content' }))).toMatchObject({
      files: 2,
      filesPlaced: 1,
    });
    expect(readFileSync(join(into, 'a'), 'utf8')).toBe('right');
    await undo();
    expect(readFileSync(join(into, 'a'), 'utf8')).toBe('wrong');
  });

  it('compares without changing anything, and takes the content where only the time differs', async () => {
    const set = makeSet(folder, { a: 'a', b: 'b', 'c/d': 'd', 'e/': '' });
    grow(into, { a: { text: 'a', time: TIMES[1] }, b: { text: 'B', time: TIMES[1] }, f: 'f' });
    const old = pictureOf(into);
    expect(await restore.compare(restoreOf(set, into))).toEqual({
      count: 5,
      paths: ['c/', 'c/d', 'e/', 'f', 'b'],
    });
    expect(pictureOf(into)).toEqual(old);
  });
});

describe('undoing after the site has lived on', () => {
  it('removes nothing that was not restored: it is moved into a folder and named', async () => {
    const set = makeSet(folder, { 'a/changed': 'set', 'a/kept': 'set', old: 'set' });
    grow(into, { old: 'an old one', 'extra/1': '1' });
    const old = pictureOf(into);
    await restore.restore(restoreOf(set, into));
    grow(into, { 'a/changed': 'edited', old: 'edited too', 'a/new': 'n', 'extra/1': 'anew' });
    const { warnings } = await undo();
    expect(warnings).toEqual([expect.stringContaining('.sense-runbook-after-RUN')]);
    const after = join(into, '.sense-runbook-after-RUN');
    expect(pictureOf(after)).toMatchObject({
      'a/changed': expect.stringContaining('edited') as string,
      old: expect.stringContaining('edited too') as string,
      'extra/1': expect.stringContaining('anew') as string,
    });
    rmSync(after, { recursive: true });
    expect(readFileSync(join(into, 'a/new'), 'utf8')).toBe('n');
    rmSync(join(into, 'a'), { recursive: true });
    expect(pictureOf(into)).toEqual(old);
  });

  it('leaves a folder that was made for the tree when something else is in it by now', async () => {
    const set = makeSet(folder, { a: 'a' });
    await restore.restore(restoreOf(set, into));
    writeFileSync(join(into, 'b'), 'b');
    await undo();
    expect(readdirSync(into)).toEqual(['b']);
  });

  it('does not follow a folder that was made a link since', async () => {
    const set = makeSet(folder, { 'a/x': 'x' });
    grow(into, { y: 'y' });
    await restore.restore(restoreOf(set, into));
    renameSync(join(into, 'a'), join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), join(into, 'a'));
    await undo();
    expect(readdirSync(join(folder, 'elsewhere'))).toEqual(['x']);
  });

  it('is refused once what was kept is being discarded, which can be done again', async () => {
    const set = makeSet(folder, { a: 'a' });
    grow(into, { a: 'old', b: 'b' });
    await restore.restore(restoreOf(set, into));
    const given = new AbortController();
    given.abort(new Error('stopped'));
    await expect(restore.discard(into, 'RUN', given.signal)).rejects.toThrow('stopped');
    await expect(undo()).rejects.toThrow('cannot be put back');
    await restore.discard(into, 'RUN', never);
    await restore.discard(into, 'RUN', never);
    expect(readdirSync(into)).toEqual(['a']);
    expect(await restore.kept(into, 'RUN', never)).toBeUndefined();
    expect(await undo()).toMatchObject({ changes: 0 });
  });
});

describe('a restore that is given up', () => {
  it('ends with the reason, and goes on from there', async () => {
    const set = makeSet(folder, TREE);
    grow(into, { 'Apps/0d5a': 'old' });
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    await expect(restore.restore(restoreOf(set, into, { signal: stop.signal }))).rejects.toThrow('enough');
    await restore.restore(restoreOf(set, into));
    expect(restoredIn(into)).toEqual(sharePicture(set));
  });

  it('reads all again when the machine went down since, for what was written may be lost', async () => {
    const set = makeSet(folder, { a: 'right', b: 'b' });
    grow(into, { a: 'old' });
    await restore.restore(restoreOf(set, into));
    const record = join(before(), 'changes.jsonl');
    const lines = readFileSync(record, 'utf8').split('\n');
    writeFileSync(
      record,
      lines
        .filter((line) => !line.includes('durable'))
        .join('\n')
        .replace(/"attempt":"[^"]*"/, '"attempt":"id:other"'),
    );
    writeFileSync(join(into, 'a'), 'wrong');
    utimesSync(join(into, 'a'), TIMES[0], TIMES[0]);
    expect(await restore.restore(restoreOf(set, into))).toMatchObject({ filesPlaced: 1 });
    expect(readFileSync(join(into, 'a'), 'utf8')).toBe('right');
    await undo();
    expect(pictureOf(into)).toEqual({ a: `${String(TIMES[0] * 1000)} old` });
  });

  it('keeps the first originals when what was restored is changed in between', async () => {
    const set = makeSet(folder, { a: 'set', b: 'b' });
    grow(into, { a: 'original' });
    const old = pictureOf(into);
    await restore.restore(restoreOf(set, into));
    writeFileSync(join(into, 'a'), 'changed since');
    const { warnings } = await restore.restore(restoreOf(set, into));
    expect(warnings).toEqual([expect.stringContaining('came after an earlier attempt')]);
    expect(restoredIn(into)).toEqual(sharePicture(set));
    await undo();
    expect(readFileSync(join(into, '.sense-runbook-after-RUN/a'), 'utf8')).toBe('changed since');
    rmSync(join(into, '.sense-runbook-after-RUN'), { recursive: true });
    expect(pictureOf(into)).toEqual(old);
  });
});
