import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ExpectedError } from '../../../src/contract/errors.ts';
import { PreflightError, UsageError, VerificationError } from '../../../src/contract/errors.ts';
import { systemClock } from '../../../src/foundation/clock.ts';
import { exportSet, type ExportOptions } from '../../../src/vault/export-set.ts';
import { readZip } from '../../helpers/read-zip.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { contentOf, facts, labVault, never, plant, sha256, SOURCE } from './vault-lab.ts';

/** Larger than what is read whole. */
const LARGE = randomBytes(2_500_000);

/** A complete set with a tree, a large file and names that are no ASCII. */
async function makeSet(folder: string): Promise<{ root: string; id: string; path: string }> {
  const vault = await labVault(folder);
  plant(join(folder, 'from'), { ...SOURCE, 'Apps/ä ö': 'umlauts', 'Apps/large.qvf': LARGE });
  const { id } = await vault.begin({ run: 'run-1', now: new Date('2026-11-23T02:00:00Z') });
  const set = await vault.open(id);
  writeFileSync(await set.pathFor('databases/QSR_backup.tar'), 'a dump');
  writeFileSync(await set.pathFor('RESTORE.md'), '# Restore');
  await set.copyTree({ from: join(folder, 'from'), to: 'share', onTrouble: 'fail', signal: never });
  await vault.commit(id, facts, { signal: never });
  await vault.unlock('run-1');
  return { root: vault.root, id, path: set.path };
}

async function lab(): Promise<{
  out: string;
  set: { root: string; id: string; path: string };
  run: (name: string, more?: Partial<ExportOptions>) => ReturnType<typeof exportSet>;
}> {
  const folder = temporaryFolder();
  const set = await makeSet(folder);
  const out = join(folder, 'out');
  mkdirSync(out);
  const common = { root: set.root, id: set.id, recipients: [], clock: systemClock, signal: never };
  return { out, set, run: (name, more) => exportSet({ ...common, file: join(out, name), ...more }) };
}

const sh = (cwd: string, program: string, ...args: string[]): string =>
  execFileSync(program, args, { cwd, encoding: 'utf8', env: { ...process.env, LC_ALL: 'C.UTF-8' } });

/** The unpacked set is the one in the vault, and its sums say so. */
function expectSame(unpacked: string, set: { path: string }): void {
  const { 'CHECK.txt': check, SHA256SUMS: sums = '', ...files } = contentOf(unpacked);
  expect(files).toEqual(contentOf(set.path));
  expect(check).toContain('CertUtil -hashfile');
  expect(sums.trimEnd().split('\n')).toHaveLength(Object.keys(files).length);
  expect(sh(unpacked, 'sha256sum', '-c', '--strict', '--quiet', 'SHA256SUMS')).toBe('');
  expect(readdirSync(join(unpacked, 'share', 'empty'))).toEqual([]);
}

describe('an exported set', () => {
  it.each(['set.tar', 'set.tar.gz'])('as %s is unpacked by tar, and checked by sha256sum', async (name) => {
    const { out, set, run } = await lab();
    const exported = await run(name);
    const file = join(out, name);
    expect(exported).toMatchObject({
      set: set.id,
      file,
      bytes: statSync(file).size,
      sumFile: `${file}.sha256`,
    });
    expect(exported.sha256).toBe(sha256(readFileSync(file)));
    expect(sh(out, 'sha256sum', '-c', `${name}.sha256`)).toBe(`${name}: OK\n`);
    const names = sh(out, 'tar', '-tf', name).split('\n');
    expect(names.slice(0, 3)).toEqual(
      ['CHECK.txt', 'RESTORE.md', 'SHA256SUMS'].map((first) => `${set.id}/${first}`),
    );
    sh(out, 'tar', '-xf', name);
    expectSame(join(out, set.id), set);
    const copied = statSync(join(out, set.id, 'share/Apps/large.qvf'));
    const original = statSync(join(set.path, 'share/Apps/large.qvf'));
    expect(Math.trunc(copied.mtimeMs / 1000)).toBe(Math.trunc(original.mtimeMs / 1000));
    expect(readdirSync(out).sort()).toEqual([set.id, name, `${name}.sha256`].sort());
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  it('as .zip has the same content', async () => {
    const { out, set, run } = await lab();
    await run('set.zip');
    const unpacked = join(out, 'unpacked');
    for (const [name, content] of readZip(join(out, 'set.zip'))) {
      if (name.endsWith('/')) mkdirSync(join(unpacked, name), { recursive: true });
      else plant(unpacked, { [name]: content });
    }
    expectSame(join(unpacked, set.id), set);
  });

  it('tells how far it is, up to all of it', async () => {
    const { run } = await lab();
    const seen: (number | undefined)[] = [];
    let total = 0;
    const { files } = await run('set.tar', {
      onProgress: ({ filesDone, bytesDone, bytesTotal = 0 }) => {
        seen.push(filesDone, bytesDone);
        total = bytesTotal;
      },
    });
    expect(seen.slice(-2)).toEqual([files, total]);
    expect(total).toBeGreaterThan(LARGE.length);
  });
});

describe('an encrypted export', () => {
  let identity = '';
  let recipient = '';
  beforeAll(async () => {
    identity = await generateX25519Identity();
    recipient = await identityToRecipient(identity);
  });

  it('is opened with the secret key of each recipient, by the library', async () => {
    const { out, set, run } = await lab();
    const other = await generateX25519Identity();
    const recipients = [recipient, await identityToRecipient(other)];
    await run('set.tar.age', { recipients });
    const encrypted = readFileSync(join(out, 'set.tar.age'));
    expect(encrypted.includes('a dump')).toBe(false);
    for (const key of [identity, other]) {
      const decrypter = new Decrypter();
      decrypter.addIdentity(key);
      const folder = join(out, key.slice(-5));
      plant(folder, { 'set.tar': Buffer.from(await decrypter.decrypt(encrypted)) });
      sh(folder, 'tar', '-xf', 'set.tar');
      expectSame(join(folder, set.id), set);
    }
  });

  const age = ['/usr/bin/age', '/usr/local/bin/age', '/opt/homebrew/bin/age'].find((file) =>
    existsSync(file),
  );
  it.skipIf(age === undefined)('is opened by the program age (skipped: it is not installed)', async () => {
    const { out, set, run } = await lab();
    await run('set.tar.gz.age', { recipients: [recipient] });
    writeFileSync(join(out, 'key'), `${identity}\n`, { mode: 0o600 });
    sh(out, age ?? '', '-d', '-i', 'key', '-o', 'set.tar.gz', 'set.tar.gz.age');
    sh(out, 'tar', '-xzf', 'set.tar.gz');
    expectSame(join(out, set.id), set);
  });

  it('refuses what is no recipient, and leaves nothing', async () => {
    const { out, run } = await lab();
    const error = await run('set.tar.age', { recipients: ['age1nonsense'] }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toContain('age1nonsense');
    expect(readdirSync(out)).toEqual([]);
  });

  it('of a damaged set leaves nothing either', async () => {
    const { out, set, run } = await lab();
    flip(join(set.path, 'share/Apps/large.qvf'));
    await expect(run('set.tar.age', { recipients: [recipient] })).rejects.toThrow(VerificationError);
    expect(readdirSync(out)).toEqual([]);
  });
});

function flip(file: string): void {
  const content = readFileSync(file);
  content[content.length - 1] = (content.at(-1) ?? 0) ^ 1;
  writeFileSync(file, content);
}

describe('a damaged set is not exported', () => {
  it.each<[string, (path: string) => void, RegExp]>([
    [
      'a bit of a small file',
      (path) => flip(join(path, 'databases/QSR_backup.tar')),
      /QSR_backup\.tar is not what/,
    ],
    [
      'the last bit of a large file',
      (path) => flip(join(path, 'share/Apps/large.qvf')),
      /large\.qvf is not what/,
    ],
    [
      'a file cut off',
      (path) => truncateSync(join(path, 'share/Apps/large.qvf'), 99),
      /large\.qvf is not what/,
    ],
    ['a missing file', (path) => rmSync(join(path, 'share/Apps/a')), /share\/Apps\/a is missing/],
    ['a changed listing', (path) => flip(join(path, 'share.files.jsonl')), /listing share\.files\.jsonl/],
    [
      'a listing with a line more',
      (path) =>
        appendFileSync(join(path, 'share.files.jsonl'), '{"path":"zz","size":1,"mtimeNs":"1","sha256":""}\n'),
      /listing share\.files\.jsonl/,
    ],
    [
      'an edited manifest',
      (path) => {
        const manifest = join(path, 'manifest.json');
        writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"downtimeMs": 7', '"downtimeMs": 8'));
      },
      /manifest says something else/,
    ],
  ])('%s', async (_what, damage, words) => {
    const { out, set, run } = await lab();
    damage(set.path);
    const error = await run('set.zip').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(VerificationError);
    expect((error as VerificationError).message).toMatch(words);
    expect((error as VerificationError).hint).toContain(`backups verify ${set.id}`);
    expect(readdirSync(out)).toEqual([]);
  });
});

describe('an export', () => {
  it('overwrites nothing: neither an archive nor its sum', async () => {
    const { out, run } = await lab();
    for (const name of ['set.tar', 'set.tar.sha256']) {
      plant(out, { [name]: 'mine' });
      await expect(run('set.tar')).rejects.toThrow(/is there already/);
      expect(readdirSync(out)).toEqual([name]);
      expect(readFileSync(join(out, name), 'utf8')).toBe('mine');
      rmSync(join(out, name));
    }
    // The sum of another archive is nothing that an export of this one left.
    plant(out, { 'set.tar.sha256': `${'ab'.repeat(32)}  other.tar\n`, 'set.tar.partial': '' });
    await expect(run('set.tar')).rejects.toThrow(/is there already/);
  });

  it('replaces what a killed export of the same file left', async () => {
    const { out, run } = await lab();
    plant(out, {
      'set.tar.partial': 'half an archive, longer than nothing '.repeat(200_000),
      'set.tar.sha256': `${'ab'.repeat(32)}  set.tar\n`,
    });
    const { bytes } = await run('set.tar');
    expect(readdirSync(out).sort()).toEqual(['set.tar', 'set.tar.sha256']);
    expect(statSync(join(out, 'set.tar')).size).toBe(bytes);
  });

  it.each([
    ['an unknown ending', 'set.rar', {}, UsageError],
    ['.age without a recipient', 'set.tar.age', {}, UsageError],
    ['a recipient without .age', 'set.tar', { recipients: ['age1x'] }, UsageError],
    ['a folder that is not there', 'no/set.tar', {}, UsageError],
    ['a place among the sets', '../vault/site/set.tar', {}, UsageError],
    ['a disk without room', 'set.tar', { freeBytes: () => Promise.resolve(1000) }, PreflightError],
    ['a set that is not there', 'set.tar', { id: '20261123T020000Z-abcdef' }, VerificationError],
  ])('refuses %s, and leaves nothing', async (_what, name, more, kind) => {
    const { out, run } = await lab();
    const error = await run(name, more).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(kind);
    expect((error as ExpectedError).hint).toBeDefined();
    expect(readdirSync(out)).toEqual([]);
  });

  it.each([
    ['set.tar.gz', 1],
    // In the middle of the large file.
    ['set.tar', 1_500_000],
    ['set.zip', 1_500_000],
  ])(
    'leaves nothing of %s when it is interrupted after %i bytes, and throws the reason',
    async (name, after) => {
      const { out, run } = await lab();
      const abort = new AbortController();
      const reason = new Error('Ctrl+C');
      let time = 0;
      // Every bit of progress is told.
      const clock = { ...systemClock, monotonic: () => (time += 1000) };
      const onProgress: ExportOptions['onProgress'] = ({ bytesDone = 0 }) => {
        if (bytesDone >= after) abort.abort(reason);
      };
      await expect(run(name, { clock, signal: abort.signal, onProgress })).rejects.toBe(reason);
      expect(readdirSync(out)).toEqual([]);
    },
  );

  it('writes nothing in the vault, which may be read-only or held by another run', async () => {
    const { set, run } = await lab();
    const before = contentOf(set.root);
    plant(set.root, { 'vault.lock': '{"host":"other"}' });
    await run('set.tar');
    expect(contentOf(set.root)).toEqual({ ...before, 'vault.lock': '{"host":"other"}' });
  });
});
