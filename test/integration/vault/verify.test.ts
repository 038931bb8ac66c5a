import { appendFileSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { VerificationError } from '../../../src/contract/errors.ts';
import type { Vault } from '../../../src/vault/vault.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { backUp, labVault, never } from './vault-lab.ts';

let folder: string;
let vault: Vault;

beforeEach(async () => {
  folder = temporaryFolder();
  vault = await labVault(folder);
});

describe('verify', () => {
  const damage = async (id: string): Promise<string[]> => {
    const verification = await vault.verify(id, { signal: never });
    expect(verification.ok).toBe(verification.damage.length === 0);
    return verification.damage.map(({ kind, path }) => `${kind} ${path}`);
  };

  it('finds nothing in a sound set and says how much it read', async () => {
    const { id } = await backUp(folder, vault);
    const seen: unknown[] = [];
    const verification = await vault.verify(id, {
      signal: never,
      onProgress: (progress) => seen.push(progress),
    });
    expect(verification).toMatchObject({ set: id, ok: true, files: 6, bytes: 27, damage: [] });
    expect(seen.at(-1)).toEqual({ filesDone: 6, filesTotal: 6, bytesDone: 27, bytesTotal: 27 });
  });

  it.each<[string, string, (set: string) => void]>([
    [
      'a flipped bit in the share',
      'changed share/Apps/a',
      (set) => {
        writeFileSync(join(set, 'share/Apps/a'), 'app A');
      },
    ],
    [
      'a flipped bit in a dump',
      'changed databases/QSR_backup.tar',
      (set) => {
        writeFileSync(join(set, 'databases/QSR_backup.tar'), 'a Dump');
      },
    ],
    [
      'a truncated dump',
      'changed databases/QSR_backup.tar',
      (set) => {
        truncateSync(join(set, 'databases/QSR_backup.tar'), 3);
      },
    ],
    [
      'a file that grew',
      'changed share/Apps/b',
      (set) => {
        appendFileSync(join(set, 'share/Apps/b'), '!');
      },
    ],
    [
      'a missing file of the share',
      'missing share/Static/x.js',
      (set) => {
        rmSync(join(set, 'share/Static'), { recursive: true });
      },
    ],
    [
      'a missing empty folder',
      'missing share/empty/',
      (set) => {
        rmSync(join(set, 'share/empty'), { recursive: true });
      },
    ],
    [
      'a missing dump',
      'missing databases/QSR_backup.tar',
      (set) => {
        rmSync(join(set, 'databases/QSR_backup.tar'));
      },
    ],
    [
      'an extra file in the share',
      'extra share/Apps/extra',
      (set) => {
        writeFileSync(join(set, 'share/Apps/extra'), '');
      },
    ],
    [
      'an extra file beside it',
      'extra databases/extra',
      (set) => {
        writeFileSync(join(set, 'databases/extra'), '');
      },
    ],
    [
      'a link in the place of a file',
      'changed share/Apps/a',
      (set) => {
        rmSync(join(set, 'share/Apps/a'));
        symlinkSync(join(set, 'RESTORE.md'), join(set, 'share/Apps/a'));
      },
    ],
    [
      'a missing listing',
      'listing share.files.jsonl',
      (set) => {
        rmSync(join(set, 'share.files.jsonl'));
      },
    ],
    [
      'a listing with another mtime',
      'listing share.files.jsonl',
      (set) => {
        const listing = join(set, 'share.files.jsonl');
        const text = readFileSync(listing, 'utf8');
        writeFileSync(listing, text.replace(/"mtimeNs":"\d/, '"mtimeNs":"9'));
      },
    ],
    [
      'a manifest with another time',
      'manifest manifest.json',
      (set) => {
        const manifest = join(set, 'manifest.json');
        writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('2026-11-23T02', '2026-11-23T03'));
      },
    ],
    [
      'a manifest cut short',
      'manifest manifest.json',
      (set) => {
        truncateSync(join(set, 'manifest.json'), 100);
      },
    ],
  ])('finds %s and nothing else', async (_, expected, spoil) => {
    const { id, path } = await backUp(folder, vault);
    spoil(path);
    expect(await damage(id)).toEqual([expected]);
  });

  it('finds a line gone from a listing, its file then being one too many', async () => {
    const { id, path } = await backUp(folder, vault);
    const listing = join(path, 'share.files.jsonl');
    writeFileSync(listing, readFileSync(listing, 'utf8').split('\n').slice(1).join('\n'));
    expect(await damage(id)).toEqual(['extra share/Apps/a', 'listing share.files.jsonl']);
  });

  it('goes on behind a line that is no entry', async () => {
    const { id, path } = await backUp(folder, vault);
    const listing = join(path, 'share.files.jsonl');
    writeFileSync(listing, readFileSync(listing, 'utf8').replace('{"path":"Apps/b"', '{"path""Apps/b"'));
    const found = await damage(id);
    expect(found).toContain('extra share/Apps/b');
    expect(found.filter((line) => line.startsWith('listing'))).toHaveLength(2);
  });

  it('finds a share that is gone as a whole', async () => {
    const { id, path } = await backUp(folder, vault);
    rmSync(join(path, 'share'), { recursive: true });
    expect(await damage(id)).toEqual(
      ['Apps/a', 'Apps/b', 'Static/x.js', 'empty/'].map((name) => `missing share/${name}`),
    );
  });

  it('reads with a sample only that part of copied folders, but looks at the size of all, and reads the rest', async () => {
    const { id, path } = await backUp(folder, vault);
    const none = { percent: 0.000001, seed: 'a' };
    writeFileSync(join(path, 'share/Apps/a'), 'app A');
    const first = await vault.verify(id, { signal: never, sample: none });
    // Outside of copied folders: the dump and RESTORE.md.
    expect(first).toMatchObject({ ok: true, files: 2, samplePercent: none.percent });
    writeFileSync(join(path, 'share/Apps/b'), 'longer than before');
    writeFileSync(join(path, 'databases/QSR_backup.tar'), 'a Dump');
    rmSync(join(path, 'share/Static/x.js'));
    const second = await vault.verify(id, { signal: never, sample: none });
    expect(second.damage.map(({ kind, path: file }) => `${kind} ${file}`).sort()).toEqual([
      'changed databases/QSR_backup.tar',
      'changed share/Apps/b',
      'missing share/Static/x.js',
    ]);
  });

  it('stops when it is aborted', async () => {
    const { id } = await backUp(folder, vault);
    const reason = new Error('Ctrl+C');
    await expect(vault.verify(id, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('refuses a set that is not there or not complete', async () => {
    const { id } = await vault.begin({ run: 'run-1', now: new Date() });
    await expect(vault.verify(id, { signal: never })).rejects.toThrow(/incomplete/);
    await expect(vault.verify('20200101T000000Z-abcdef', { signal: never })).rejects.toThrow(/no backup set/);
    await expect(vault.read('../../etc')).rejects.toBeInstanceOf(VerificationError);
  });
});
