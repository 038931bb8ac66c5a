import {
  appendFileSync,
  existsSync,
  mkdirSync,
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
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock, type Clock } from '../../../src/foundation/clock.ts';
import { comparePaths } from '../../../src/foundation/path-order.ts';
import type { FolderVaultOptions } from '../../../src/vault/folder-vault.ts';
import type { CopyResult, CopyTreeOptions, OpenSet, Vault } from '../../../src/vault/vault.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import {
  contentOf,
  entriesOf,
  folderForMany,
  labVault,
  never,
  plant,
  sha256,
  temporariesIn,
} from './vault-lab.ts';

let folder: string;
let from: string;
let vault: Vault;
let set: OpenSet;

beforeEach(async () => {
  folder = temporaryFolder();
  from = join(folder, 'from');
  mkdirSync(from);
  vault = await labVault(folder);
  set = await vault.begin({ run: 'run-1', now: new Date('2026-11-23T02:00:00Z') });
});

/** Source and vault where tens of thousands of files are made quickly. */
async function useFolderForMany(change: Partial<FolderVaultOptions>): Promise<void> {
  const many = folderForMany(folder);
  onTestFinished(() => {
    rmSync(many, { recursive: true, force: true });
  }, 300_000);
  from = join(many, 'many');
  mkdirSync(from);
  await vault.unlock('run-1');
  vault = await labVault(many, change);
  set = await vault.begin({ run: 'run-1', now: new Date('2026-11-23T02:30:00Z') });
}

/** Every look at this clock is a second later: no progress is held back. */
function hurriedClock(): Clock {
  let time = 0;
  return { ...systemClock, monotonic: () => (time += 1000) };
}

function copy(change: Partial<CopyTreeOptions> = {}): Promise<CopyResult> {
  return set.copyTree({ from, to: 'share', onTrouble: 'fail', signal: never, ...change });
}

const linesIn = (file: string): number =>
  readFileSync(file).reduce((lines, byte) => lines + (byte === 10 ? 1 : 0), 0);
const share = (): string => join(set.path, 'share');
const listing = (): string => join(set.path, 'share.files.jsonl');

describe('the first pass', () => {
  it('copies every file, whatever its name and size, and lists it sorted with its hash', async () => {
    const long = Array.from({ length: 4 }, (_, index) => `${index}`.repeat(80)).join('/');
    const files = {
      'Apps/0d5a-4b': Buffer.alloc(3_000_000, 'q'),
      'a-b': 'after the folder a',
      'a/b': 'in the folder a',
      empty: '',
      'Übergröße/日本語 😀.txt': 'non-ASCII',
      [`${long}/x`]: 'long path',
      'no-files/': '',
      // Windows knows no line feeds in names, and takes both spellings for one file.
      ...(process.platform === 'win32' ? {} : { 'line\nfeed': 'odd', README: 'upper', readme: 'lower' }),
    };
    const count = Object.keys(files).length - 1;
    plant(from, files);
    const result = await copy();
    expect(result).toMatchObject({
      files: count,
      filesCopied: count,
      filesLinked: 0,
      filesRemoved: 0,
      warnings: [],
    });
    expect(contentOf(share())).toEqual(contentOf(from));
    const entries = entriesOf(listing());
    const paths = entries.map(({ path }) => path);
    expect(paths).toEqual(Object.keys(files).sort(comparePaths));
    for (const { path, size, sha256: hash, mtimeNs, added } of entries) {
      if (path.endsWith('/')) continue;
      const content = files[path as keyof typeof files] as string | Buffer;
      expect([size, hash, added]).toEqual([Buffer.byteLength(content), sha256(content), true]);
      expect(mtimeNs).toBe(String(statSync(join(from, path), { bigint: true }).mtimeNs));
    }
    expect(result.bytes).toBe(entries.reduce((sum, { size }) => sum + size, 0));
    expect(statSync(join(share(), 'no-files')).isDirectory()).toBe(true);
    expect(temporariesIn(set.path)).toEqual([]);
  });

  it('makes folders only their owner can enter', async () => {
    plant(from, { 'a/b/c': 'x' });
    await copy();
    for (const path of [vault.root, set.path, share(), join(share(), 'a', 'b')])
      expect(statSync(path).mode & 0o777).toBe(
        process.platform === 'win32' ? statSync(path).mode & 0o777 : 0o700,
      );
  });

  it('tells how far it is, in the end all of it', async () => {
    plant(from, { a: 'x'.repeat(100), b: 'y'.repeat(50) });
    const seen: unknown[] = [];
    await copy({ onProgress: (progress) => seen.push(progress) });
    expect(seen.at(-1)).toEqual({ filesDone: 2, bytesDone: 150 });
  });

  it('leaves out what it is told to, and the vault itself when it lies inside', async () => {
    plant(from, { 'keep/x': '1', 'Temp/x': '2', 'Temp2/x': '3' });
    vault = await labVault(from);
    set = await vault.begin({ run: 'run-1', now: new Date() });
    await copy({ exclude: ['Temp/'] });
    expect(Object.keys(contentOf(share())).sort()).toEqual([join('Temp2', 'x'), join('keep', 'x')]);
  });

  it('names links and does not follow them', async () => {
    plant(from, { 'a/x': '1' });
    symlinkSync(from, join(from, 'a', 'circle'), 'junction');
    const { warnings, files } = await copy();
    expect(files).toBe(1);
    expect(warnings).toEqual([expect.stringMatching(/^a\/circle .*is a link/)]);
    expect((await copy({ onTrouble: 'later' })).warnings).toEqual([]);
  });

  it.skipIf(process.platform !== 'linux')(
    'refuses a name that is no text, already in the live pass',
    async () => {
      writeFileSync(Buffer.concat([Buffer.from(`${from}/bad-`), Buffer.from([0xff])]), '');
      await expect(copy({ onTrouble: 'later' })).rejects.toThrow('bad-\\xff');
      await expect(copy()).rejects.toThrow('bad-\\xff');
      expect((await copy({ onTrouble: 'warn' })).warnings).toEqual([expect.stringContaining('bad-\\xff')]);
    },
  );

  it('needs a source, but for what only earns a warning', async () => {
    await expect(copy({ from: join(folder, 'nowhere'), onTrouble: 'later' })).rejects.toThrow(
      /nowhere.*does not exist/,
    );
    const { warnings, files } = await copy({ from: join(folder, 'nowhere'), onTrouble: 'warn' });
    expect([files, warnings]).toEqual([0, [expect.stringContaining('nowhere')]]);
  });

  it('refuses a target outside the set, or inside another tree', async () => {
    await expect(copy({ to: '../x' })).rejects.toThrow(/not a path inside/);
    await copy();
    await expect(copy({ to: 'share/inner' })).rejects.toThrow(/lies in share/);
  });
});

describe('the second pass', () => {
  it('keeps what did not change, without touching it', async () => {
    plant(from, { a: 'one', 'b/c': 'two' });
    await copy({ onTrouble: 'later' });
    const before = [entriesOf(listing()), statSync(join(share(), 'a')).ino];
    const result = await copy();
    expect(result).toMatchObject({ files: 2, filesCopied: 0, bytesCopied: 0, filesRemoved: 0 });
    expect([entriesOf(listing()), statSync(join(share(), 'a')).ino]).toEqual(before);
  });

  it('copies what grew, what changed at the same size and what is new', async () => {
    plant(from, { grows: 'one', same: 'aaa', stays: 'x' });
    await copy({ onTrouble: 'later' });
    appendFileSync(join(from, 'grows'), ' and more');
    writeFileSync(join(from, 'same'), 'bbb');
    utimesSync(join(from, 'same'), 1, 1);
    plant(from, { 'new/file': 'n' });
    expect(await copy()).toMatchObject({ files: 4, filesCopied: 3 });
    expect(contentOf(share())).toEqual(contentOf(from));
  });

  it('removes what vanished, with the folders that became empty', async () => {
    plant(from, { 'gone/deep/x': '1', 'gone/deep/y': '2', 'half/a': '3', 'half/b': '4', 'was-empty/': '' });
    await copy({ onTrouble: 'later' });
    rmSync(join(from, 'gone'), { recursive: true });
    rmSync(join(from, 'half', 'a'));
    rmSync(join(from, 'was-empty'), { recursive: true });
    expect(await copy()).toMatchObject({ files: 1, filesRemoved: 3 });
    expect(entriesOf(listing()).map(({ path }) => path)).toEqual(['half/b']);
    expect(readdirSync(share())).toEqual(['half']);
  });

  it('keeps a folder whose last file vanished as an empty one', async () => {
    plant(from, { 'folder/x': '1' });
    await copy({ onTrouble: 'later' });
    rmSync(join(from, 'folder', 'x'));
    await copy();
    expect(entriesOf(listing()).map(({ path }) => path)).toEqual(['folder/']);
    expect(readdirSync(join(share(), 'folder'))).toEqual([]);
  });

  it('follows a file that became a folder and the other way round', async () => {
    plant(from, { x: 'file', 'y/deep/file': 'in a folder', 'y/other': '2' });
    await copy({ onTrouble: 'later' });
    renameSync(join(from, 'x'), join(from, 'old'));
    rmSync(join(from, 'y'), { recursive: true });
    plant(from, { 'x/now/a/folder': '1', y: 'file now' });
    await copy();
    expect(contentOf(share())).toEqual(contentOf(from));
  });

  it('copies again what somebody removed from the set meanwhile', async () => {
    plant(from, { a: 'one' });
    await copy({ onTrouble: 'later' });
    rmSync(join(share(), 'a'));
    expect(await copy()).toMatchObject({ filesCopied: 1 });
  });
});

describe('trees of one set', () => {
  it.each([1, 3])('are copied side by side with %i workers, none in the way of another', async (workers) => {
    await vault.unlock('run-1');
    vault = await labVault(join(folder, `vault with ${String(workers)}`), { workers });
    set = await vault.begin({ run: 'run-1', now: new Date('2026-11-23T02:30:00Z') });
    const trees = Array.from({ length: 12 }, (_, index) => `tree-${String(index)}`);
    for (const tree of trees)
      plant(join(from, tree), {
        a: `a of ${tree}`,
        'b/c': `c of ${tree}`,
        'b/large': Buffer.alloc(2_000_000),
      });
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(
        trees.map((tree) =>
          set.copyTree({
            from: join(from, tree),
            to: `logs/${String(round)}/${tree}`,
            onTrouble: 'fail',
            signal: never,
          }),
        ),
      );
      expect(contentOf(join(set.path, 'logs', String(round), 'tree-7'))).toEqual(
        contentOf(join(from, 'tree-7')),
      );
    }
    expect(temporariesIn(set.path)).toEqual([]);
  });
});

describe('an aborted pass', () => {
  async function abortInTheMiddle(): Promise<unknown> {
    const controller = new AbortController();
    const reason = new Error('Ctrl+C');
    return copy({
      signal: controller.signal,
      onProgress: ({ filesDone = 0 }) => {
        // More than can be on their way at once, so that the first of them are in the listing.
        if (filesDone >= 700) controller.abort(reason);
      },
    }).catch((error: unknown) => {
      expect(error).toBe(reason);
      return error;
    });
  }

  beforeEach(async () => {
    await useFolderForMany({ clock: hurriedClock() });
    const files = Array.from(
      { length: 1500 },
      (_, index) => [`d${index % 7}/f${index}`, `content ${index}`] as const,
    );
    plant(from, { ...Object.fromEntries(files), 'z-large': Buffer.alloc(40_000_000) });
  });

  it('leaves no temporary file and no listing that says all is there', async () => {
    expect(await abortInTheMiddle()).toBeInstanceOf(Error);
    expect(temporariesIn(set.path)).toEqual([]);
    expect(readdirSync(set.path)).not.toContain('share.files.jsonl');
  });

  it('is gone on with in the same set: what was copied is kept, leftovers are removed', async () => {
    await abortInTheMiddle();
    plant(join(share(), 'd3'), { 'left-by-a-kill': 'x' });
    const result = await copy();
    expect(result.files).toBe(1501);
    expect(result.filesCopied).toBeLessThan(1501);
    expect(contentOf(share())).toEqual(contentOf(from));
    expect(readdirSync(set.path).sort()).toEqual(['.open.json', 'share', 'share.files.jsonl']);
  });

  it('is linked into the new set of the same run, not into that of another run', async () => {
    await abortInTheMiddle();
    const next = await vault.begin({ run: 'run-1', now: new Date('2026-11-23T03:00:00Z') });
    const result = await next.copyTree({ from, to: 'share', onTrouble: 'fail', signal: never });
    expect(result.filesLinked).toBeGreaterThan(0);
    expect(result.filesLinked + result.filesCopied).toBe(1501);
    expect(entriesOf(join(next.path, 'share.files.jsonl')).every(({ added }) => added === true)).toBe(true);
    await vault.unlock('run-1');
    const foreign = await vault.begin({ run: 'run-2', now: new Date('2026-11-23T04:00:00Z') });
    const other = await foreign.copyTree({ from, to: 'share', onTrouble: 'fail', signal: never });
    expect(other.filesLinked).toBe(0);
  });

  it('that was aborted before it began says why', async () => {
    const reason = new Error('stopped before');
    await expect(copy({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('many files', () => {
  it('in one folder are written down as they are copied, not held in memory', async () => {
    await useFolderForMany({ clock: hurriedClock() });
    for (let index = 0; index < 2_500; index += 1) writeFileSync(join(from, `file-${index}`), `${index}`);
    const unfinished = join(set.path, 'share.files.jsonl.unfinished');
    const held: number[] = [];
    const result = await copy({
      onProgress: ({ filesDone = 0 }) => {
        if (existsSync(unfinished)) held.push(filesDone - linesIn(unfinished));
      },
    });
    // What is copied is in the listing on disk soon after; only the batches on their way are held.
    expect(held.length).toBeGreaterThan(1);
    expect(Math.max(...held)).toBeLessThan(1000);
    expect(result.files).toBe(2_500);
    expect(entriesOf(listing())).toHaveLength(2_500);
    expect(await copy()).toMatchObject({ filesCopied: 0, files: 2_500 });
  }, 300_000);
});
