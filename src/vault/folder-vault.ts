import { mkdir, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { VerificationError } from '../contract/errors.ts';
import type { Clock } from '../foundation/clock.ts';
import { rightsByMode, type ReadFolderRights } from '../platform/folder-rights.ts';
import type { MakePrivate } from '../platform/private-folder.ts';
import { freeBytes } from '../platform/space.ts';
import { bootIdentity } from './boot.ts';
import { checkVault } from './checks.ts';
import { commitSet } from './commit.ts';
import { createCopyWorkers } from './copy-workers.ts';
import { syncFileSystem } from './flush.ts';
import { appendHistory } from './history.ts';
import { LINKLESS, probeLinks } from './link-probe.ts';
import { linkSources } from './linkable.ts';
import { newestComplete } from './newest-complete.ts';
import { makeFolder } from './make-folder.ts';
import { createOpenSet } from './open-set.ts';
import { DELETING, newSetId, STATE_FILE } from './set-names.ts';
import { readSetState, writeSetState, type SetState } from './set-state.ts';
import { renamePatiently } from './rename-patiently.ts';
import { listSets, readManifest } from './sets.ts';
import { withStorage } from './storage-error.ts';
import { sweepSets } from './sweep.ts';
import type { FolderManifest, OpenSet, Vault } from './vault.ts';
import { createVaultLock } from './vault-lock.ts';
import type { VaultParts } from './vault-parts.ts';
import { verifySet } from './verify.ts';

/** What a folder vault is made of. */
export interface FolderVaultOptions {
  /** The vault folder of the site file; each site has a folder in it. */
  readonly root: string;
  readonly site: string;
  /** This machine's name, for the lock. */
  readonly host: string;
  readonly clock: Clock;
  /** Worker threads that copy or hash at the same time; default: the processors, 2 to 4. */
  readonly workers?: number;
  /** Compiled JavaScript of `copy-worker.ts`. */
  readonly workerFile: URL;
  /** This process, for the lock. */
  readonly self: { readonly pid: number; readonly startedAt: string };
  /** Whether a process of this machine still runs. */
  readonly isAlive: (process: { pid: number; startedAt: string }) => Promise<boolean>;
  /** Hides secrets in what goes into the manifest; default: nothing is hidden. */
  readonly redact?: (text: string) => string;
  /** Less free space than this fails the check; default 0. */
  readonly minimumFreeBytes?: number;
  /** Who may use a folder; default: what its mode says. */
  readonly rights?: ReadFolderRights;
  /** Makes the site's folder where the mode of mkdir does not make it private. */
  readonly makePrivate?: MakePrivate | undefined;
  /** See {@link VaultParts}; default: there are none. */
  readonly sequenceElsewhere?: () => Promise<number>;
  /** See {@link VaultParts}; default: `sync -f` on Linux. */
  readonly syncFileSystem?: VaultParts['syncFileSystem'];
  /** Whether files of a folder can be hard-linked; default: tries it there. */
  readonly canLink?: (folder: string) => Promise<boolean>;
}

/** What reading and writing sets below `root` needs. */
export function folderParts(
  options: Pick<
    FolderVaultOptions,
    'clock' | 'workerFile' | 'workers' | 'redact' | 'syncFileSystem' | 'sequenceElsewhere'
  >,
  root: string,
): VaultParts {
  return {
    root,
    clock: options.clock,
    workers: createCopyWorkers(
      options.workerFile,
      options.workers ?? Math.min(4, Math.max(2, availableParallelism())),
    ),
    redact: options.redact ?? ((text) => text),
    syncFileSystem: options.syncFileSystem ?? syncFileSystem,
    ...(options.sequenceElsewhere === undefined ? {} : { sequenceElsewhere: options.sequenceElsewhere }),
  };
}

/** The vault whose sets are plain folders (design sections 4 and 7). Nothing is read or written before it is asked for. */
export function createFolderVault(options: FolderVaultOptions): Vault {
  const vaultRoot = resolve(options.root);
  const root = join(vaultRoot, options.site);
  const { clock, canLink = probeLinks } = options;
  const parts = folderParts(options, root);
  const lock = createVaultLock({
    file: join(root, 'vault.lock'),
    host: options.host,
    self: options.self,
    isAlive: options.isAlive,
    clock,
    async makeFolder(folder) {
      await options.makePrivate?.(folder);
      await makeFolder(folder);
    },
  });

  /** Of a set that is still written; undefined once it has a manifest. */
  async function stateOf(id: string): Promise<SetState | undefined> {
    const set = (await listSets(root)).find((one) => one.id === id && one.state === 'incomplete');
    return set === undefined ? undefined : readSetState(set.path);
  }

  async function open(id: string): Promise<OpenSet> {
    const state = await stateOf(id);
    if (state === undefined) {
      await readManifest(root, id);
      throw new VerificationError(`Backup set ${id} is complete; nothing can be added to it.`);
    }
    await lock.take(state.run);
    return createOpenSet(parts, vaultRoot, id, state);
  }

  async function read(id: string): Promise<FolderManifest> {
    const parsed = await readManifest(root, id);
    if ('manifest' in parsed) return parsed.manifest;
    throw new VerificationError(`The manifest of backup set ${id} is damaged: ${parsed.problem}.`, {
      hint: 'Use another set; "sense-runbook backups verify" tells which are sound.',
    });
  }

  return {
    kind: 'folder',
    root,
    read,
    open,
    freeBytes: () => freeBytes(root),
    list: () => listSets(root),
    latest: async () => newestComplete(await listSets(root)),
    lock: (run) => lock.take(run),
    unlock: (run) => lock.release(run),
    verify: (id, hooks) => verifySet(parts, id, hooks),

    async materialize(id) {
      await read(id);
      return { path: join(root, id), release: () => Promise.resolve() };
    },
    materializeOperations: () => [],
    historyFolder: (id) => join(root, id),
    histories: async () => (await listSets(root)).map(({ id, path }) => ({ set: id, folder: path })),
    remember: (id, event) => appendHistory(join(root, id), event),

    async check({ toRemove = false } = {}) {
      return checkVault({
        toRemove,
        vault: vaultRoot,
        root,
        now: clock.now(),
        minimumFreeBytes: options.minimumFreeBytes ?? 0,
        lock,
        rights: options.rights ?? rightsByMode,
      });
    },

    async begin({ run, now }) {
      await lock.take(run);
      // A thread starts while the sets are looked at: the first tree waits for it otherwise.
      parts.workers.warmUp();
      const { sources, warnings } = await linkSources(root, run, await listSets(root));
      const id = newSetId(now);
      const set = join(root, id);
      let state: SetState = { run, createdAt: now.toISOString(), boot: bootIdentity(), linkFrom: sources };
      await withStorage(set, async () => {
        await mkdir(set, { mode: 0o700 });
        await writeSetState(set, state);
        if (sources.length === 0 || (await canLink(set))) return;
        state = { ...state, linkless: true };
        await writeSetState(set, state);
        warnings.push(LINKLESS);
      });
      return createOpenSet(parts, vaultRoot, id, state, warnings);
    },

    async commit(id, facts, hooks) {
      const state = await stateOf(id);
      // A resumed run may ask again for what was done just before it was killed.
      if (state === undefined) {
        const manifest = await read(id);
        await rm(join(root, id, STATE_FILE), { force: true });
        return manifest;
      }
      await lock.take(state.run);
      return commitSet(parts, id, state.createdAt, facts, hooks);
    },

    removeOperations: () => Promise.resolve([]),

    async remove(id) {
      await lock.assertNotBusy();
      const found = (await listSets(root)).filter((set) => set.id === id);
      if (found.length === 0)
        throw new VerificationError(`There is no backup set ${id} in ${root}.`, {
          hint: 'List the sets with "sense-runbook backups".',
        });
      const doomed = join(root, DELETING + id);
      await withStorage(doomed, async () => {
        // Half removed before, under this very name.
        await rm(doomed, { recursive: true, force: true });
        if (found.some((set) => set.state !== 'deleting')) await renamePatiently(join(root, id), doomed);
        await rm(doomed, { recursive: true, force: true });
      });
    },

    async sweep(keepRun, isRunOver = (run) => run !== keepRun) {
      await lock.assertNotBusy();
      return withStorage(root, () => sweepSets(root, async (run) => run !== keepRun && isRunOver(run)));
    },
  };
}
