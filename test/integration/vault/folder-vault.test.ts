import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Progress } from '../../../src/contract/action.ts';
import { BusyError, VerificationError } from '../../../src/contract/errors.ts';
import { syncFileSystem } from '../../../src/vault/flush.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { backUp, entriesOf, facts, labVault, never, plant, sha256, SOURCE } from './vault-lab.ts';

let folder: string;
let vault: Vault;

beforeEach(async () => {
  folder = temporaryFolder();
  vault = await labVault(folder);
  plant(join(folder, 'from'), SOURCE);
});

describe('commit', () => {
  it('writes a manifest that lists every file and points to the listings', async () => {
    const { id, path, manifest } = await backUp(folder, vault);
    expect(readdirSync(path).sort()).toEqual([
      'RESTORE.md',
      'databases',
      'logs',
      'manifest.json',
      'share',
      'share.files.jsonl',
    ]);
    expect(manifest).toMatchObject({
      schemaVersion: 1,
      id,
      sequence: 1,
      createdAt: '2026-11-23T02:00:00.000Z',
      run: 'run-1',
      downtimeMs: 7,
      bytes: 6 + 9 + 11 + 1,
      bytesNew: 6 + 9 + 11 + 1,
      files: [
        { path: 'RESTORE.md', size: 9, sha256: sha256('# Restore') },
        { path: 'databases/QSR_backup.tar', size: 6, sha256: sha256('a dump') },
      ],
    });
    expect(manifest.trees.map(({ folder: tree, listing, files }) => [tree, listing, files])).toEqual([
      ['logs/central', 'logs/central.files.jsonl', 1],
      ['share', 'share.files.jsonl', 3],
    ]);
    expect(manifest.trees[1]?.listingSha256).toBe(sha256(readFileSync(join(path, 'share.files.jsonl'))));
    expect(await vault.read(id)).toEqual(manifest);
    expect(await vault.list()).toMatchObject([
      { id, state: 'complete', bytes: 27, downtimeMs: 7, sequence: 1 },
    ]);
  });

  it('numbers the sets on, whatever the clock says', async () => {
    await backUp(folder, vault, 'run-1', new Date('2026-11-23T02:00:00Z'));
    const later = await backUp(folder, vault, 'run-2', new Date('2026-11-22T02:00:00Z'));
    expect(later.manifest.sequence).toBe(2);
    expect((await vault.latest())?.id).toBe(later.id);
  });

  it('flushes each new file where the file system cannot be flushed at once', async () => {
    const flushed: string[] = [];
    const byFile = await labVault(folder, {
      syncFileSystem: (set) => {
        flushed.push(set);
        return Promise.resolve(false);
      },
    });
    const { id, path } = await backUp(folder, byFile);
    expect(flushed).toEqual([path]);
    expect(await byFile.verify(id, { signal: never })).toMatchObject({ ok: true });
  });

  it('writes the manifest only when everything is on the disk, however long that takes', async () => {
    let flushed = (done: boolean): void => {
      throw new Error(`not begun, told ${String(done)}`);
    };
    const slow = await labVault(folder, {
      syncFileSystem: () =>
        new Promise((resolve) => {
          flushed = resolve;
        }),
    });
    const set = await slow.begin({ run: 'run-1', now: new Date('2026-11-23T02:00:00Z') });
    await set.copyTree({ from: join(folder, 'from'), to: 'share', onTrouble: 'fail', signal: never });
    let committed = false;
    let hashed = (): void => undefined;
    const everythingHashed = new Promise<void>((resolve) => {
      hashed = resolve;
    });
    const onProgress = ({ text = '' }: Progress): void => {
      if (text === 'flushing') hashed();
    };
    const commit = slow.commit(set.id, facts, { signal: never, onProgress }).then(() => (committed = true));
    await everythingHashed;
    // A turn for what would wrongly go on.
    await new Promise(setImmediate);
    expect(existsSync(join(set.path, 'manifest.json'))).toBe(false);
    expect(committed).toBe(false);
    flushed(true);
    await commit;
    expect(existsSync(join(set.path, 'manifest.json'))).toBe(true);
  });

  it('tells what is wrong with a set also while it is flushed', async () => {
    const slow = await labVault(folder, { syncFileSystem: () => new Promise(() => undefined) });
    const set = await slow.begin({ run: 'run-1', now: new Date('2026-11-23T02:00:00Z') });
    symlinkSync(join(folder, 'from'), join(set.path, 'odd'));
    await expect(slow.commit(set.id, facts, { signal: never })).rejects.toThrow('no ordinary file');
    expect(existsSync(join(set.path, 'manifest.json'))).toBe(false);
  });

  it.skipIf(process.platform !== 'linux')(
    'flushes the file system with a program that is there',
    async () => {
      expect(await syncFileSystem(folder, never)).toBe(true);
      expect(await syncFileSystem(join(folder, 'nowhere'), never)).toBe(false);
    },
  );

  it('hides secrets in warnings, and leaves names as they are', async () => {
    const hiding = await labVault(folder, { redact: (text) => text.replaceAll('s3cret', '***') });
    const { id } = await hiding.begin({ run: 'run-1', now: new Date() });
    const told = { ...facts, site: { user: 's3cret' }, warnings: ['password s3cret was refused'] };
    await hiding.commit(id, told, { signal: never });
    expect(await hiding.read(id)).toMatchObject({
      site: { user: 's3cret' },
      warnings: ['password *** was refused'],
    });
  });

  it('gives the manifest again when it is asked twice, and the set takes nothing more', async () => {
    const { id, manifest } = await backUp(folder, vault);
    expect(await vault.commit(id, facts, { signal: never })).toEqual(manifest);
    await expect(vault.open(id)).rejects.toThrow(/complete/);
  });

  it('refuses a set whose tree was not copied to its end', async () => {
    const set = await vault.begin({ run: 'run-1', now: new Date() });
    await set.copyTree({ from: join(folder, 'from'), to: 'share', onTrouble: 'later', signal: never });
    writeFileSync(join(set.path, 'share.files.jsonl.unfinished'), '');
    await expect(vault.commit(set.id, facts, { signal: never })).rejects.toThrow(
      /copy of share did not come to its end/,
    );
    expect(await vault.list()).toMatchObject([{ state: 'incomplete', run: 'run-1' }]);
  });

  it('that is aborted leaves the set incomplete', async () => {
    const { id } = await vault.begin({ run: 'run-1', now: new Date() });
    const controller = new AbortController();
    const onProgress = (): void => {
      controller.abort(new Error('Ctrl+C'));
    };
    await expect(vault.commit(id, facts, { signal: controller.signal, onProgress })).rejects.toThrow(
      'Ctrl+C',
    );
    expect((await vault.list())[0]?.state).toBe('incomplete');
  });
});

describe('removing', () => {
  it('takes a set away, also one that was half removed', async () => {
    const first = await backUp(folder, vault, 'run-1', new Date('2026-11-23T02:00:00Z'));
    const second = await backUp(folder, vault, 'run-2', new Date('2026-11-24T02:00:00Z'));
    await vault.remove(first.id);
    renameSync(second.path, join(vault.root, `.deleting-${second.id}`));
    expect(await vault.list()).toMatchObject([{ id: second.id, state: 'deleting' }]);
    await vault.remove(second.id);
    expect(await vault.list()).toEqual([]);
    await expect(vault.remove(first.id)).rejects.toBeInstanceOf(VerificationError);
  });

  it('leaves files that other sets link to', async () => {
    const set = await vault.begin({ run: 'run-1', now: new Date('2026-11-23T02:00:00Z') });
    await set.copyTree({ from: join(folder, 'from'), to: 'share', onTrouble: 'fail', signal: never });
    const next = await vault.begin({ run: 'run-1', now: new Date('2026-11-23T03:00:00Z') });
    const copied = await next.copyTree({
      from: join(folder, 'from'),
      to: 'share',
      onTrouble: 'fail',
      signal: never,
    });
    expect(copied).toMatchObject({ filesLinked: 3, filesCopied: 0 });
    await vault.remove(set.id);
    await vault.commit(next.id, facts, { signal: never });
    expect(await vault.verify(next.id, { signal: never })).toMatchObject({ ok: true, files: 3 });
    expect(
      entriesOf(join(next.path, 'share.files.jsonl')).filter(({ added }) => added === true),
    ).toHaveLength(3);
  });

  it('sweeps incomplete sets of runs that are over and half removed ones, and nothing else', async () => {
    const complete = await backUp(folder, vault, 'run-0', new Date('2026-11-20T02:00:00Z'));
    const over = await vault.begin({ run: 'run-1', now: new Date('2026-11-21T02:00:00Z') });
    await vault.unlock('run-1');
    const stopped = await vault.begin({ run: 'run-2', now: new Date('2026-11-22T02:00:00Z') });
    await vault.unlock('run-2');
    const ours = await vault.begin({ run: 'run-3', now: new Date('2026-11-23T02:00:00Z') });
    const lost = await backUp(folder, vault, 'run-3', new Date('2026-11-24T02:00:00Z'));
    rmSync(join(lost.path, 'manifest.json'));
    mkdirSync(join(vault.root, '.deleting-20261119T020000Z-abcdef'));
    mkdirSync(join(vault.root, '20261118T020000Z-abcdef'));
    mkdirSync(join(vault.root, 'somebody else'));
    const swept = await vault.sweep('run-3', (run) => run !== 'run-2');
    expect(swept.sort()).toEqual(['20261118T020000Z-abcdef', '20261119T020000Z-abcdef', over.id]);
    expect((await vault.list()).map(({ id }) => id)).toEqual([complete.id, stopped.id, ours.id, lost.id]);
    expect(existsSync(join(vault.root, 'somebody else'))).toBe(true);
    expect(await vault.sweep('run-3')).toEqual([stopped.id]);
  });

  it('sweeps a set of a run that was killed while it wrote whose the set is', async () => {
    const [half, foreign] = ['20261118T020000Z-abcdef', '20261118T030000Z-abcdef'];
    for (const id of [half, foreign]) {
      mkdirSync(join(vault.root, id), { recursive: true });
      writeFileSync(join(vault.root, id, '.partial-state'), '{"run":');
    }
    writeFileSync(join(vault.root, foreign, 'QSR_backup.tar'), 'a dump without owner');
    expect(await vault.sweep()).toEqual([half]);
    expect((await vault.list()).map(({ id }) => id)).toEqual([foreign]);
  });

  it('waits for a run of another process', async () => {
    const { id } = await backUp(folder, vault);
    await vault.lock('run-2');
    const other = await labVault(folder, { self: { pid: 2, startedAt: 'start' } });
    await expect(other.remove(id)).rejects.toBeInstanceOf(BusyError);
    await expect(other.sweep()).rejects.toBeInstanceOf(BusyError);
    await expect(other.begin({ run: 'run-3', now: new Date() })).rejects.toBeInstanceOf(BusyError);
    expect(existsSync(join(vault.root, id, 'manifest.json'))).toBe(true);
  });
});

describe('list', () => {
  it('is empty where there is no vault', async () => {
    expect(await vault.list()).toEqual([]);
    expect(await vault.latest()).toBeUndefined();
  });

  it('shows a set whose manifest is damaged as incomplete, and goes on', async () => {
    const bad = await backUp(folder, vault, 'run-1', new Date('2026-11-23T02:00:00Z'));
    const good = await backUp(folder, vault, 'run-2', new Date('2026-11-24T02:00:00Z'));
    writeFileSync(join(bad.path, 'manifest.json'), '{');
    expect((await vault.list()).map(({ id, state }) => [id, state])).toEqual([
      [bad.id, 'incomplete'],
      [good.id, 'complete'],
    ]);
    await expect(vault.read(bad.id)).rejects.toThrow(/damaged/);
  });
});
