import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TreeRestore } from '../../../src/vault/restore/tree-restore.ts';
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
const undo = (run = 'RUN') => restore.undo({ into, run, signal: never });
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
    expect(await undo()).toEqual({ changes: 0, warnings: [] });
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
    const { 'nothing/in/it/': _notEmpty, ...wanted } = sharePicture(set) ?? {};
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

describe('a damaged set', () => {
  it.each([
    ['of another size', (file: string) => { writeFileSync(file, 'longer'); }, 'has another size'],
    ['with another content', (file: string) => { writeFileSync(file, 'x'); }, 'has another content'],
    ['that is missing', (file: string) => { unlinkSync(file); }, 'is missing'],
    ['that is a folder', (file: string) => { unlinkSync(file); mkdirSync(file); }, 'is no ordinary file'],
  ])('is named by its file, %s, and the old one stays', async (_name, spoil, words) => {
    const set = makeSet(folder, { b: 'b' });
    grow(into, { b: 'old' });
    spoil(join(set.path, 'share', 'b'));
    const failure = restore.restore(restoreOf(set, into));
    await expect(failure).rejects.toThrow(words);
    await expect(failure).rejects.toMatchObject({ exitCode: 5, message: expect.stringContaining('share/b') as string });
    expect(readFileSync(join(into, 'b'), 'utf8')).toBe('old');
    expect(readdirSync(into).sort()).toEqual(['.sense-runbook-before-RUN', 'b']);
    await undo();
    expect(readdirSync(into)).toEqual(['b']);
  });
});

describe('links', () => {
  it('in the target are moved aside as links, and nothing is written or moved through them', async () => {
    const set = makeSet(folder, { 'a/x': 'x', b: 'b', c: 'c' });
    const elsewhere = join(folder, 'elsewhere');
    grow(elsewhere, { x: 'not ours', c: 'not ours' });
    grow(into, { a: { link: elsewhere }, b: { link: join(elsewhere, 'c') }, more: { link: 'nowhere' } });
    const [old, there] = [pictureOf(into), pictureOf(elsewhere)];
    await restore.restore(restoreOf(set, into));
    expect(restoredIn(into)).toEqual(sharePicture(set));
    expect(pictureOf(elsewhere)).toEqual(there);
    await undo();
    expect([pictureOf(into), pictureOf(elsewhere)]).toEqual([old, there]);
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
  it.each(['../out', '/out', 'a/../../out', 'a//b', './a', 'a/.', 'nul\0', 'a/.sense-runbook-before-x/b', '\ud800'])(
    'restores nothing when its list says %j',
    async (path) => {
      const set = makeSet(folder, { a: 'a' }, ([entry]) => [{ ...entry!, path }]);
      await expect(restore.restore(restoreOf(set, into))).rejects.toThrow('cannot be used');
      expect(readdirSync(folder)).toEqual(['vault']);
    },
  );

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
    const fine = makeSet(folder, { 'ß': '1', ss: '2', 'a/b': '3', 'b/A': '4' });
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
      await expect(restore.restore(restoreOf(set, join(folder, place), options)), place).rejects.toMatchObject({
        exitCode: 3,
        message: expect.stringContaining('backup sets lie') as string,
      });
    await restore.restore(restoreOf(set, join(folder, 'link/vaulted'), options));
    expect(readdirSync(join(folder, 'vaulted'))).toContain('a');
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
    writeFileSync(record, lines.filter((line) => !line.includes('durable')).join('\n').replace(/"attempt":"[^"]*"/, '"attempt":"id:other"'));
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
