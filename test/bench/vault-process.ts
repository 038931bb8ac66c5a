import { hostname } from 'node:os';
import { pathToFileURL } from 'node:url';
import { systemClock } from '../../src/foundation/clock.ts';
import { createFolderVault } from '../../src/vault/folder-vault.ts';

/**
 * The vault as a program of its own: `vault-process.mjs copy WORKER VAULT SHARE` makes a set of a share, `verify WORKER
 * VAULT` reads the newest one again. Prints one JSON document with the peak of its memory in bytes.
 */
async function main([verb, worker, root, share]: readonly string[]): Promise<void> {
  if (worker === undefined || root === undefined) throw new Error('copy|verify WORKER VAULT [SHARE]');
  const { signal } = new AbortController();
  const vault = createFolderVault({
    root,
    site: 'bench',
    host: hostname(),
    clock: systemClock,
    workerFile: pathToFileURL(worker),
    self: { pid: process.pid, startedAt: 'now' },
    isAlive: () => Promise.resolve(true),
  });
  const result = verb === 'verify' ? await verify() : await copy(share ?? '');
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
