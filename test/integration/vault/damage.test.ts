import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/contract/json.ts';
import { formatManifest } from '../../../src/vault/manifest.ts';
import type { FolderManifest, Vault } from '../../../src/vault/vault.ts';
import { temporaryFolder } from '../../helpers/temporary.ts';
import { facts, labVault, never, plant } from './vault-lab.ts';

/** Outside of copied folders, as a backup writes them. */
const FILES = {
  'RESTORE.md': '# Restore\n',
  'databases/QSR_backup.tar': 'dump of the repository',
  'databases/QSMQ_backup.tar': 'dump of another one   ',
  'databases/globals.sql': 'CREATE ROLE qliksenserepository;\n',
  'databases/evidence.json': '{"schemaVersion":1,"rows":40}',
  'certificates/client.pfx': 'certificate of the client',
  'certificates/server.pfx': 'certificate of the server',
  'certificates/index.json': '[{"role":"client"}]',
};
/** Copied folders: each has a listing beside it. */
const TREES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  share: { 'Apps/a': 'app a', 'Apps/b': 'app b', 'Static/x.js': 'x = 1', 'empty/': '' },
  'logs/central': { 'engine.txt': 'a line\n' },
  'config/central': { 'Proxy.exe.config': '<config/>' },
  'extra/scripts': { 'nightly.ps1': 'exit 0' },
};
const LISTINGS = Object.keys(TREES).map((tree) => `${tree}.files.jsonl`);
const COPIED = Object.entries(TREES).flatMap(([tree, files]) =>
  Object.keys(files)
    .filter((path) => !path.endsWith('/'))
    .map((path) => `${tree}/${path}`),
);

let pristine: string;
let folder: string;
let vault: Vault;
let id: string;
let set: string;

beforeAll(async () => {
  pristine = mkdtempSync(join(tmpdir(), 'sense-runbook-test-'));
  const made = await labVault(pristine);
  const open = await made.begin({ run: 'run-1', now: new Date('2026-11-23T02:00:00Z') });
  for (const [path, content] of Object.entries(FILES)) writeFileSync(await open.pathFor(path), content);
  for (const [to, files] of Object.entries(TREES)) {
    const from = join(pristine, 'from', to);
    plant(from, files);
    await open.copyTree({ from, to, onTrouble: 'fail', signal: never });
  }
  await made.commit(open.id, facts, { signal: never });
  await made.unlock('run-1');
  id = open.id;
});

afterAll(() => {
  rmSync(pristine, { recursive: true, force: true });
});

beforeEach(async () => {
  folder = temporaryFolder();
  vault = await labVault(folder);
  cpSync(join(pristine, 'vault'), join(folder, 'vault'), { recursive: true });
  set = join(vault.root, id);
});

const damage = async (of = id): Promise<string[]> =>
  (await vault.verify(of, { signal: never })).damage.map(({ kind, path }) => `${kind} ${path}`);

function swap(one: string, other: string, at = set): void {
  const [left, right, aside] = [join(at, one), join(at, other), join(folder, 'aside')];
  renameSync(left, aside);
  renameSync(right, left);
  renameSync(aside, right);
}

it('these are all kinds of files that a set has, and nothing is wrong with them', async () => {
  const there = readdirSync(set, { recursive: true, encoding: 'utf8' }).filter((path) =>
    statSync(join(set, path)).isFile(),
  );
  expect(there.sort()).toEqual(['manifest.json', ...Object.keys(FILES), ...LISTINGS, ...COPIED].sort());
  expect(await damage()).toEqual([]);
});

describe('every file of a set', () => {
  const flip = (path: string, at?: number): void => {
    const content = readFileSync(join(set, path));
    const index = at ?? content.length >> 1;
    content[index] = (content[index] ?? 0) ^ 1;
    writeFileSync(join(set, path), content);
  };
  const all = [...Object.keys(FILES), ...COPIED];

  it('is named when one bit of it flipped', async () => {
    for (const path of all) flip(path);
    expect((await damage()).sort()).toEqual(all.map((path) => `changed ${path}`).sort());
  });

  it('is named when one byte of it is cut off', async () => {
    for (const path of all) truncateSync(join(set, path), statSync(join(set, path)).size - 1);
    expect((await damage()).sort()).toEqual(all.map((path) => `changed ${path}`).sort());
  });

  it('is named when a bit of its hash in a listing flipped, and so is the listing', async () => {
    // The first line of each, which can still be read.
    for (const path of LISTINGS) flip(path, readFileSync(join(set, path)).indexOf('"sha256":"') + 12);
    const first = ['share/Apps/a', ...COPIED.filter((path) => !path.startsWith('share/'))];
    expect((await damage()).sort()).toEqual(
      [...first.map((path) => `changed ${path}`), ...LISTINGS.map((path) => `listing ${path}`)].sort(),
    );
  });

  it('is one too many when its listing was emptied, and the listing is named', async () => {
    for (const path of LISTINGS) truncateSync(join(set, path), 0);
    expect((await damage()).sort()).toEqual(
      [...COPIED.map((path) => `extra ${path}`), ...LISTINGS.map((path) => `listing ${path}`)].sort(),
    );
  });
});

describe('files that were swapped', () => {
  it('are both named, also when they have the same size', async () => {
    const pairs = [
      ['share/Apps/a', 'share/Apps/b'],
      ['share/Static/x.js', 'logs/central/engine.txt'],
      ['databases/QSR_backup.tar', 'databases/QSMQ_backup.tar'],
      ['certificates/client.pfx', 'certificates/server.pfx'],
      ['databases/evidence.json', 'certificates/index.json'],
    ] as const;
    for (const [one, other] of pairs) swap(one, other);
    expect((await damage()).sort()).toEqual(
      pairs
        .flat()
        .map((path) => `changed ${path}`)
        .sort(),
    );
  });

  it('are named when they are listings', async () => {
    swap('share.files.jsonl', 'logs/central.files.jsonl');
    expect(await damage()).toEqual(
      expect.arrayContaining(['listing share.files.jsonl', 'listing logs/central.files.jsonl']),
    );
  });

  it('are named when they are manifests, or whole sets under each other’s names', async () => {
    const other = '20261124T020000Z-abcdef';
    cpSync(set, join(vault.root, other), { recursive: true });
    expect(await damage(other)).toEqual(['manifest manifest.json']);
    const manifest = join(vault.root, other, 'manifest.json');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replaceAll(id, other));
    expect(await damage(other)).toEqual(['manifest manifest.json']);
    // Nobody restores from it by mistake.
    expect(await vault.list()).toMatchObject([{ id, state: 'complete' }, { id: other }]);
    swap(`../${id}/manifest.json`, `../${other}/manifest.json`);
    expect(await damage()).toEqual(['manifest manifest.json']);
  });
});

describe('folders that are other than they were', () => {
  it('a link to the same files elsewhere is no copy of them', async () => {
    const elsewhere = join(folder, 'elsewhere');
    renameSync(join(set, 'share/Static'), elsewhere);
    symlinkSync(elsewhere, join(set, 'share/Static'));
    expect(await damage()).toContain('missing share/Static/x.js');
    rmSync(join(set, 'share/Static'));
    renameSync(elsewhere, join(set, 'share/Static'));
    expect(await damage()).toEqual([]);
    renameSync(join(set, 'databases'), elsewhere);
    symlinkSync(elsewhere, join(set, 'databases'));
    expect(await damage()).toContain('missing databases/QSR_backup.tar');
  });

  it('a file in the place of a folder hides nothing', async () => {
    rmSync(join(set, 'share/Apps'), { recursive: true });
    writeFileSync(join(set, 'share/Apps'), '');
    expect((await damage()).sort()).toEqual([
      'extra share/Apps',
      'missing share/Apps/a',
      'missing share/Apps/b',
    ]);
    rmSync(join(set, 'logs/central'), { recursive: true });
    writeFileSync(join(set, 'logs/central'), '');
    expect(await damage()).toContain('missing logs/central/engine.txt');
  });

  it('a folder in the place of a file is not that file', async () => {
    rmSync(join(set, 'databases/globals.sql'));
    plant(set, { 'databases/globals.sql/': '' });
    expect(await damage()).toEqual([expect.stringMatching(/^(changed|missing) databases\/globals\.sql$/)]);
  });
});

describe('a manifest that was edited', () => {
  type Edit = (manifest: FolderManifest) => Partial<FolderManifest>;
  function edit(change: Edit, withHash: boolean): void {
    const file = join(set, 'manifest.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as FolderManifest;
    const edited = { ...manifest, ...change(manifest) };
    const rest = Object.fromEntries(Object.entries(edited).filter(([key]) => key !== 'manifestSha256'));
    writeFileSync(file, withHash ? formatManifest(rest as JsonObject) : JSON.stringify(edited, null, 2));
  }
  const withoutDump: Edit = ({ files }) => ({
    files: files.filter(({ path }) => path !== 'databases/QSR_backup.tar'),
  });
  const withoutLogs: Edit = ({ trees }) => ({
    trees: trees.filter(({ folder: tree }) => tree !== 'logs/central'),
  });
  const otherHash: Edit = ({ files }) => ({
    files: files.map((file) => ({
      ...file,
      sha256: file.sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
    })),
  });

  it.each<[string, Edit, string]>([
    ['a dump that it keeps quiet about', withoutDump, 'extra databases/QSR_backup.tar'],
    ['a folder that it keeps quiet about', withoutLogs, 'extra logs/central/engine.txt'],
    ['files that were never so', otherHash, 'changed databases/QSR_backup.tar'],
  ])('shows by itself and by %s', async (_what, change, expected) => {
    edit(change, false);
    expect(await damage()).toEqual(expect.arrayContaining(['manifest manifest.json', expected]));
  });

  it.each<[string, Edit, string]>([
    ['a dump is not there for it', withoutDump, 'extra databases/QSR_backup.tar'],
    ['a folder is not there for it', withoutLogs, 'extra logs/central/engine.txt'],
    ['its hashes are other ones', otherHash, 'changed databases/QSR_backup.tar'],
  ])('shows also when its own hash was made to fit: %s', async (_what, change, expected) => {
    edit(change, true);
    const found = await damage();
    expect(found).toContain(expected);
    expect(found).not.toContain('manifest manifest.json');
  });

  it('shows by any other fact too, and a set that it names otherwise is not offered', async () => {
    edit(() => ({ createdAt: '2026-11-24T02:00:00.000Z' }), false);
    expect(await damage()).toEqual(['manifest manifest.json']);
    edit(() => ({ id: '20261125T020000Z-abcdef' }), true);
    expect(await damage()).toEqual(['manifest manifest.json']);
    expect(await vault.latest()).toBeUndefined();
    await expect(vault.read(id)).rejects.toThrow(/manifest .*damaged.*belongs to set/);
  });
});
