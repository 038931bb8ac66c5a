import { hostname } from 'node:os';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../src/foundation/clock.ts';
import { createFolderVault, folderParts, type FolderVaultOptions } from '../../src/vault/folder-vault.ts';
import { createTreeRestore } from '../../src/vault/restore/create-tree-restore.ts';
import type { FolderManifest } from '../../src/vault/vault.ts';

/**
 * The vault as a program of its own: `vault-process.mjs copy WORKER VAULT SHARE` makes a set of a share, `verify WORKER
 * VAULT` reads the newest one again, `restore WORKER VAULT FOLDER` restores the share of it into that folder. Prints one
 * JSON document with the peak of its memory in bytes.
 */
async function main([verb, worker, root, share]: readonly string[]): Promise<void> {
  if (worker === undefined || root === undefined)
    throw new Error('copy|verify|restore WORKER VAULT [FOLDER]');
  const { signal } = new AbortController();
  const options: FolderVaultOptions = {
    root,
    site: 'bench',
    host: hostname(),
    clock: systemClock,
    workerFile: pathToFileURL(worker),
    self: { pid: process.pid, startedAt: 'now' },
    isAlive: () => Promise.resolve(true),
  };
  const vault = createFolderVault(options);
  const result = verb === 'verify' ? await verify() : await (verb === 'copy' ? copy : restore)(share ?? '');
  process.stdout.write(
    `${JSON.stringify({ ...result, peakBytes: process.resourceUsage().maxRSS * 1024 })}\n`,
  );

  async function verify(): Promise<object> {
    const latest = await vault.latest();
    if (latest === undefined) throw new Error('there is no set');
    const { ok, files } = await vault.verify(latest.id, { signal });
    if (!ok) throw new Error('the set is damaged');
    return { files };
  }

  async function restore(into: string): Promise<object> {
    const latest = await vault.latest();
    if (latest === undefined) throw new Error('there is no set');
    const { trees } = (await vault.read(latest.id)) as FolderManifest;
    const tree = trees.find(({ folder }) => folder === 'share');
    if (tree === undefined) throw new Error('the set has no share');
    const { files, filesPlaced } = await createTreeRestore(folderParts(options, vault.root)).restore({
      ...{ set: latest.path, tree, into, run: `bench-${String(process.pid)}`, signal },
      ...{ compare: 'quick', extra: 'move', apartFrom: [root ?? ''] },
    });
    return { files, filesPlaced };
  }

  async function copy(from: string): Promise<object> {
    const run = `bench-${String(process.pid)}`;
    const set = await vault.begin({ run, now: new Date() });
    const copied = await set.copyTree({ from, to: 'share', onTrouble: 'fail', signal });
    await vault.commit(set.id, { run, tool: 'bench', site: {}, warnings: [] }, { signal });
    await vault.unlock(run);
    return { files: copied.files, linked: copied.filesLinked, copied: copied.filesCopied };
  }
}

await main(process.argv.slice(2));
