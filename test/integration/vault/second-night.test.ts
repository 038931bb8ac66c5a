import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { FolderManifest, OpenSet, Vault } from '../../../src/vault/vault.ts';
import { copyWorkerFile } from '../../helpers/copy-worker.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import {
  backUp,
  contentOf,
  entriesOf,
  facts,
  labVault,
  never,
  plant,
  SOURCE,
  type Made,
} from './vault-lab.ts';

let folder: string;
let vault: Vault;
let from: string;

beforeEach(async () => {
  folder = temporaryFolder();
  from = join(folder, 'from');
  vault = await labVault(folder);
});

const night = (number: number): Date => new Date(Date.UTC(2026, 10, 20 + number, 2));
const backUpNight = (number: number): Promise<Made> => backUp(folder, vault, `run-${number}`, night(number));
const inode = (set: { path: string }, path: string): number => statSync(join(set.path, path)).ino;
const copyShare = (set: OpenSet): ReturnType<OpenSet['copyTree']> =>
  set.copyTree({ from, to: 'share', onTrouble: 'fail', signal: never });

describe('the second night', () => {
  it('links what did not change in every tree, and counts only what it brought', async () => {
    const first = await backUpNight(1);
    appendFileSync(join(from, 'Apps/b'), ' and more');
    plant(from, { 'Apps/new': 'new app' });
    rmSync(join(from, 'Static/x.js'));
    plant(from, { 'Static/y.js': 'yy' });
    const set = await vault.begin({ run: 'run-2', now: night(2) });
    expect(await copyShare(set)).toMatchObject({
      files: 4,
      filesLinked: 1,
      filesCopied: 3,
      bytesCopied: 14 + 7 + 2,
      filesRemoved: 0,
      warnings: [],
    });
    const logs = await set.copyTree({
      from: join(from, 'Apps'),
      to: 'logs/central',
      onTrouble: 'warn',
      signal: never,
    });
    expect(logs).toMatchObject({ filesLinked: 0, filesCopied: 3 });
    expect(inode(set, 'share/Apps/a')).toBe(inode(first, 'share/Apps/a'));
    expect(inode(set, 'share/Apps/b')).not.toBe(inode(first, 'share/Apps/b'));
    expect(contentOf(join(set.path, 'share'))).toEqual(contentOf(from));
    expect(readFileSync(join(first.path, 'share/Apps/b'), 'utf8')).toBe('app b');
    const added = entriesOf(join(set.path, 'share.files.jsonl')).filter((entry) => entry.added === true);
    expect(added.map(({ path }) => path)).toEqual(['Apps/b', 'Apps/new', 'Static/y.js']);
    const manifest = (await vault.commit(set.id, facts, { signal: never })) as FolderManifest;
    expect(manifest).toMatchObject({ bytes: 5 + 23 + 5 + 21, bytesNew: 23 + 5 + 21 });
    for (const { id } of [first, set])
      expect(await vault.verify(id, { signal: never })).toMatchObject({ ok: true });
  });

  it('links a file of which only the read-only attribute changed, and lists it as it is now', async () => {
    plant(from, SOURCE);
    const readOnly = ({ path }: Made): string[] =>
      entriesOf(join(path, 'share.files.jsonl'))
        .filter((entry) => entry.readOnly === true)
        .map((entry) => entry.path);
    chmodSync(join(from, 'Apps/a'), 0o444);
    const first = await backUpNight(1);
    chmodSync(join(from, 'Apps/a'), 0o644);
    chmodSync(join(from, 'Apps/b'), 0o444);
    const second = await backUpNight(2);
    expect([readOnly(first), readOnly(second)]).toEqual([['Apps/a'], ['Apps/b']]);
    for (const name of ['Apps/a', 'Apps/b']) {
      expect(inode(second, `share/${name}`)).toBe(inode(first, `share/${name}`));
      expect(statSync(join(second.path, 'share', name)).mode & 0o200).toBe(0o200);
    }
    expect(entriesOf(join(second.path, 'share.files.jsonl')).some((entry) => entry.added)).toBe(false);
    expect(await vault.verify(second.id, { signal: never })).toMatchObject({ ok: true });
  });

  it('keeps what it linked in its second pass, and still brings nothing', async () => {
    await backUpNight(1);
    const set = await vault.begin({ run: 'run-2', now: night(2) });
    await copyShare(set);
    appendFileSync(join(from, 'Apps/a'), '!');
    expect(await copyShare(set)).toMatchObject({ filesCopied: 1, filesLinked: 0, files: 3 });
    const added = entriesOf(join(set.path, 'share.files.jsonl')).filter((entry) => entry.added === true);
    expect(added.map(({ path }) => path)).toEqual(['Apps/a']);
  });

  it('tells how much is to be done from the set before, and never more than that as done', async () => {
    await backUpNight(1);
    plant(from, { 'Apps/new': 'x'.repeat(100) });
    const set = await vault.begin({ run: 'run-2', now: night(2) });
    const seen: unknown[] = [];
    const onProgress = (progress: unknown): number => seen.push(progress);
    await set.copyTree({ from, to: 'share', onTrouble: 'fail', signal: never, onProgress });
    expect(seen[0]).toMatchObject({ filesTotal: 3 });
    expect(seen.at(-1)).toEqual({ filesDone: 4, filesTotal: 4, bytesDone: 111, bytesTotal: 111 });
  });

  it('links to the set with the highest number, whatever the clock said', async () => {
    await backUpNight(5);
    appendFileSync(join(from, 'Apps/a'), '!');
    const newest = await backUpNight(2);
    const set = await vault.begin({ run: 'run-6', now: night(1) });
    expect(await copyShare(set)).toMatchObject({ filesLinked: 3, filesCopied: 0 });
    expect(inode(set, 'share/Apps/a')).toBe(inode(newest, 'share/Apps/a'));
  });

  it('goes on after an interruption with what it had, and takes the rest from the set before', async () => {
    const first = await backUpNight(1);
    plant(from, { 'Apps/new': 'new app' });
    const broken = await vault.begin({ run: 'run-2', now: night(2) });
    await copyShare(broken);
    // As a kill leaves it: a part is listed, by a listing that is not renamed yet.
    const listing = join(broken.path, 'share.files.jsonl');
    const lines = readFileSync(listing, 'utf8').split('\n').slice(1);
    writeFileSync(`${listing}.unfinished`, lines.join('\n'));
    rmSync(listing);
    const next = await vault.begin({ run: 'run-2', now: night(3) });
    expect(await copyShare(next)).toMatchObject({ filesLinked: 4, filesCopied: 0 });
    expect(inode(next, 'share/Apps/new')).toBe(inode(broken, 'share/Apps/new'));
    expect(inode(next, 'share/Apps/a')).toBe(inode(first, 'share/Apps/a'));
    await vault.sweep('run-2', () => true);
    const added = entriesOf(join(next.path, 'share.files.jsonl')).filter((entry) => entry.added === true);
    expect(added.map(({ path }) => path)).toEqual(['Apps/new']);
  });
});

describe('a set before that cannot be relied on', () => {
  it.each([
    ['manifest.json', '2026-11-22T02', '2026-11-22T03', 'begin'],
    ['share.files.jsonl', '"size":5', '"size":6', 'copy'],
  ])('is passed over for an older one, with a warning: %s', async (name, old, wrong, teller) => {
    const first = await backUpNight(1);
    rmSync(join(first.path, 'share/Apps/a'));
    const second = await backUpNight(2);
    const file = join(second.path, name);
    writeFileSync(file, readFileSync(file, 'utf8').replace(old, wrong));
    const set = await vault.begin({ run: 'run-3', now: night(3) });
    const { warnings, ...result } = await copyShare(set);
    expect(result).toMatchObject({ filesLinked: 2, filesCopied: 1 });
    expect(inode(set, 'share/Apps/b')).toBe(inode(first, 'share/Apps/b'));
    expect(teller === 'begin' ? set.warnings : warnings).toEqual([expect.stringContaining(second.id)]);
    expect(teller === 'begin' ? warnings : set.warnings).toEqual([]);
  });

  it('is copied where it was removed since this one was begun', async () => {
    const first = await backUpNight(1);
    const set = await vault.begin({ run: 'run-2', now: night(2) });
    rmSync(first.path, { recursive: true });
    expect(await copyShare(set)).toMatchObject({ filesLinked: 0, filesCopied: 3, warnings: [] });
  });

  it('does not lend a file that is not what its listing says', async () => {
    plant(from, SOURCE);
    for (const path of ['Apps/a', 'Apps/b', 'Static/x.js']) utimesSync(join(from, path), 1e9, 1e9);
    const first = await backUpNight(1);
    writeFileSync(join(first.path, 'share/Apps/a'), 'edited');
    writeFileSync(join(first.path, 'share/Apps/b'), 'app B');
    rmSync(join(first.path, 'share/Static/x.js'));
    const set = await vault.begin({ run: 'run-2', now: night(2) });
    expect(await copyShare(set)).toMatchObject({ filesLinked: 0, filesCopied: 3, warnings: [] });
    expect(contentOf(join(set.path, 'share'))).toEqual(contentOf(from));
  });

  it('with an empty tree is passed over: the source was not there that night', async () => {
    const first = await backUpNight(1);
    rmSync(from, { recursive: true });
    mkdirSync(from);
    const empty = await vault.begin({ run: 'run-2', now: night(2) });
    await copyShare(empty);
    await vault.commit(empty.id, facts, { signal: never });
    await vault.unlock('run-2');
    plant(from, { 'Apps/a': 'app a' });
    const old = statSync(join(first.path, 'share/Apps/a'), { bigint: true });
    expect(existsSync(join(from, 'Apps/a'))).toBe(true);
    const set = await vault.begin({ run: 'run-3', now: night(3) });
    const seen: unknown[] = [];
    await set.copyTree({
      from,
      to: 'share',
      onTrouble: 'fail',
      signal: never,
      onProgress: (p) => seen.push(p),
    });
    expect(seen.at(-1)).toMatchObject({ filesTotal: 3 });
    expect(old.nlink).toBe(1n);
  });
});

describe('removing sets', () => {
  it('harms no other set, whichever goes', async () => {
    const made = [await backUpNight(1), await backUpNight(2), await backUpNight(3)];
    expect(new Set(made.map((set) => inode(set, 'share/Apps/a'))).size).toBe(1);
    const [first, second, third] = made as [Made, Made, Made];
    await vault.remove(first.id);
    expect(await vault.verify(second.id, { signal: never })).toMatchObject({ ok: true });
    await vault.remove(third.id);
    expect(await vault.verify(second.id, { signal: never })).toMatchObject({ ok: true });
    expect(await backUpNight(4)).toMatchObject({ manifest: { bytesNew: 15 } });
  });
});

describe('two machines on one vault', () => {
  it('come one after another: the second is refused with the name of the first, and links to its set later', async () => {
    const first = await backUpNight(1);
    const set = await vault.begin({ run: 'run-2', now: night(2) });
    const other = await labVault(folder, { host: 'second', isAlive: () => Promise.resolve(false) });
    for (const work of [
      () => other.begin({ run: 'run-3', now: night(2) }),
      () => other.remove(first.id),
      () => other.sweep('run-3'),
    ])
      await expect(work()).rejects.toThrow(/run run-2 on host central/);
    expect(await copyShare(set)).toMatchObject({ filesLinked: 3 });
    await vault.commit(set.id, facts, { signal: never });
    await vault.unlock('run-2');
    const next = await other.begin({ run: 'run-3', now: night(3) });
    expect(await copyShare(next)).toMatchObject({ filesLinked: 3 });
    expect(inode(next, 'share/Apps/a')).toBe(inode(set, 'share/Apps/a'));
  });
});

describe('a vault without hard links', () => {
  it('copies every file, with one warning for the whole run', async () => {
    await backUpNight(1);
    const linkless = await labVault(folder, { canLink: () => Promise.resolve(false) });
    const set = await linkless.begin({ run: 'run-2', now: night(2) });
    expect(set.warnings).toEqual([expect.stringMatching(/no hard links/)]);
    const again = await linkless.open(set.id);
    expect(await copyShare(again)).toMatchObject({ filesLinked: 0, filesCopied: 3, warnings: [] });
    expect(again.warnings).toEqual([]);
  });

  it('is not asked for links before there is something to link', async () => {
    const linkless = await labVault(folder, { canLink: () => Promise.reject(new Error('asked')) });
    expect((await linkless.begin({ run: 'run-1', now: night(1) })).warnings).toEqual([]);
  });
});

describe('links that fail', () => {
  it.each(['EMLINK', 'EPERM'])('become copies, told once for all files: %s', async (code) => {
    await backUpNight(1);
    const failing = await labVault(folder, { workerFile: await copyWorkerFile(failLinks(code)) });
    const set = await failing.begin({ run: 'run-2', now: night(2) });
    const { warnings, ...result } = await copyShare(set);
    expect(result).toMatchObject({ filesLinked: 0, filesCopied: 3 });
    expect(warnings).toEqual([expect.stringMatching(new RegExp(`^3 unchanged files .*${code}`))]);
    expect(contentOf(join(set.path, 'share'))).toEqual(contentOf(from));
  });
});

/** Begin of a worker in which no file can be linked. */
function failLinks(code: string): string {
  return `import fs from 'node:fs';
    fs.linkSync = () => { throw Object.assign(new Error('${code}: injected'), { code: '${code}' }); };`;
}
