import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { systemClock } from '../../../src/foundation/clock.ts';
import { createFolderVault, type FolderVaultOptions } from '../../../src/vault/folder-vault.ts';
import type { FileEntry, FolderManifest, ManifestFacts, Vault } from '../../../src/vault/vault.ts';
import { copyWorkerFile } from '../../helpers/copy-worker.ts';

/** What a commit of these tests says. */
export const facts: ManifestFacts = {
  run: 'run-1',
  tool: 'sense-runbook 0',
  site: { name: 'site' },
  downtimeMs: 7,
  warnings: [],
};

/** A signal that is never aborted. */
export const never = new AbortController().signal;

/** A vault in `<folder>/vault`, as one living process of one host sees it. */
export async function labVault(folder: string, change: Partial<FolderVaultOptions> = {}): Promise<Vault> {
  return createFolderVault({
    root: join(folder, 'vault'),
    site: 'site',
    host: 'central',
    clock: systemClock,
    workers: 2,
    workerFile: await copyWorkerFile(),
    self: { pid: 1, startedAt: 'start' },
    isAlive: () => Promise.resolve(true),
    // Flushing the whole file system waits for everything else that writes to it; one test does it in truth.
    syncFileSystem: () => Promise.resolve(true),
    ...change,
  });
}

/** Writes files below a folder; a path that ends with `/` becomes an empty folder. */
export function plant(folder: string, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    const real = join(folder, path);
    mkdirSync(path.endsWith('/') ? real : dirname(real), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(real, content);
  }
}

/** Every file below a folder with its content. */
export function contentOf(folder: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (lstatSync(join(folder, path)).isFile()) files[path] = readFileSync(join(folder, path), 'utf8');
  return files;
}

/** The lines of a listing. */
export function entriesOf(listing: string): FileEntry[] {
  const lines = readFileSync(listing, 'utf8').trimEnd().split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as FileEntry);
}

/** The hash as `sha256sum` prints it. */
export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Names in a set that only belong there while something is written. */
export function temporariesIn(set: string): string[] {
  return readdirSync(set, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.partial-'));
}

/** A complete set of {@link backUp}. */
export interface Made {
  readonly id: string;
  readonly path: string;
  readonly manifest: FolderManifest;
}

/** What is below `<folder>/from` in these tests. */
export const SOURCE = { 'Apps/a': 'app a', 'Apps/b': 'app b', 'Static/x.js': 'x', 'empty/': '' } as const;

/** Makes a complete set of `<folder>/from`, which is made when it is not there, with logs and a dump. */
export async function backUp(
  folder: string,
  vault: Vault,
  run = 'run-1',
  now = new Date('2026-11-23T02:00:00Z'),
): Promise<Made> {
  if (!existsSync(join(folder, 'from'))) plant(join(folder, 'from'), SOURCE);
  const { id } = await vault.begin({ run, now });
  const set = await vault.open(id);
  writeFileSync(await set.pathFor('databases/QSR_backup.tar'), 'a dump');
  writeFileSync(await set.pathFor('RESTORE.md'), '# Restore');
  const from = join(folder, 'from');
  await set.copyTree({ from, to: 'share', onTrouble: 'fail', signal: never });
  await set.copyTree({ from: join(from, 'Static'), to: 'logs/central', onTrouble: 'warn', signal: never });
  const manifest = (await vault.commit(id, { ...facts, run }, { signal: never })) as FolderManifest;
  await vault.unlock(run);
  return { id, path: set.path, manifest };
}

/** A folder in memory where there is such a thing with room for tens of thousands of files, else in the usual place. */
export function folderForMany(usual: string): string {
  const memory = '/dev/shm';
  try {
    const { bavail, bsize } = statfsSync(memory);
    return bavail * bsize > 500_000_000 ? mkdtempSync(join(memory, 'sense-runbook-test-')) : usual;
  } catch {
    // Not every platform has it.
    return usual;
  }
}
