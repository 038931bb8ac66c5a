import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BusyError } from '../contract/errors.ts';
import type { Clock } from '../foundation/clock.ts';
import {
  breakLockFile,
  createLockFile,
  isSameHolder,
  isSameHost,
  readLockFile,
  rewriteLockFile,
  unfinishedLock,
  type LockHolder,
} from './lock-file.ts';
import { makeFolder as makeOwnFolder } from './make-folder.ts';
import { withStorage } from './storage-error.ts';

const HEARTBEAT_MS = 30_000;
const TRIES = 20;
const TRY_AGAIN_MS = 100;

/** What the lock is made of. */
export interface LockCollaborators {
  /** `<vault>/<site>/vault.lock` */
  readonly file: string;
  readonly host: string;
  readonly self: { readonly pid: number; readonly startedAt: string };
  readonly isAlive: (process: { pid: number; startedAt: string }) => Promise<boolean>;
  readonly clock: Clock;
  /** Makes the folder of the file; default: for its owner, as the mode of mkdir has it. */
  readonly makeFolder?: (folder: string) => Promise<void>;
}

/** The vault's lock. One holder at a time, over all hosts that use the vault. */
export interface VaultLock {
  /**
   * Takes the lock for `run`; having it already is success. A lock of a process of this host that is gone is broken.
   *
   * @throws BusyError naming the holder
   */
  take(run: string): Promise<void>;
  /** Gives it back when `run` of this host has it. @throws BusyError when another living process has it for that run. */
  release(run: string): Promise<void>;
  /** @throws BusyError when somebody else holds the lock who lives, or may live. */
  assertNotBusy(): Promise<void>;
}

/** Makes the lock; nothing is read or written yet. */
export function createVaultLock(collaborators: LockCollaborators): VaultLock {
  const { file, host, self, isAlive, clock, makeFolder = makeOwnFolder } = collaborators;
  let heartbeat: NodeJS.Timeout | undefined;

  const holderFor = (run: string): LockHolder => ({
    host,
    run,
    pid: self.pid,
    startedAt: self.startedAt,
    heartbeat: clock.now().toISOString(),
  });

  function isOurs(holder: LockHolder): boolean {
    return isSameHost(holder.host, host) && holder.pid === self.pid && holder.startedAt === self.startedAt;
  }

  async function isDead(holder: LockHolder): Promise<boolean> {
    return isSameHost(holder.host, host) && !isOurs(holder) && !(await isAlive(holder));
  }

  function startHeartbeat(run: string): void {
    clearInterval(heartbeat);
    heartbeat = setInterval(() => void beat(run), HEARTBEAT_MS);
    heartbeat.unref();
  }

  async function beat(run: string): Promise<void> {
    try {
      const holder = await readLockFile(file);
      if (typeof holder !== 'object') return;
      // Somebody removed our lock by hand and another run has it: it is theirs now.
      if (isSameHolder(holder, holderFor(run))) await rewriteLockFile(file, holderFor(run));
      else clearInterval(heartbeat);
    } catch {
      // A missed heartbeat only makes the lock look older; when the disk is gone, the copying says so.
    }
  }

  // One after the other: steps of a run that go on side by side take it too, and it is written beside its place first.
  let taking: Promise<void> = Promise.resolve();

  async function takeNow(run: string): Promise<void> {
    await withStorage(file, () => makeFolder(dirname(file)));
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const holder = await withStorage(file, async () =>
        (await createLockFile(file, holderFor(run))) ? 'taken' : readLockFile(file),
      );
      if (holder === 'taken') {
        startHeartbeat(run);
        return;
      }
      if (holder === 'none') continue;
      if (holder === 'unclear') {
        await clock.sleep(TRY_AGAIN_MS);
        continue;
      }
      if (isOurs(holder) && holder.run === run) {
        if (heartbeat === undefined) startHeartbeat(run);
        return;
      }
      if (!(await isDead(holder))) throw busy(file, holder, host);
      if (!(await withStorage(file, () => breakLockFile(file, holder)))) await clock.sleep(TRY_AGAIN_MS);
    }
    throw unclear(file);
  }

  return {
    take(run) {
      taking = taking.catch(() => undefined).then(() => takeNow(run));
      return taking;
    },

    async release(run) {
      await withStorage(file, () => rm(unfinishedLock(file, run), { force: true }));
      const holder = await readLockFile(file);
      if (typeof holder !== 'object' || holder.run !== run || !isSameHost(holder.host, host)) return;
      if (!isOurs(holder) && !(await isDead(holder))) throw busy(file, holder, host);
      clearInterval(heartbeat);
      heartbeat = undefined;
      await withStorage(file, () => rm(file, { force: true }));
    },

    async assertNotBusy() {
      const holder = await readLockFile(file);
      if (holder === 'none') return;
      if (holder === 'unclear') throw unclear(file);
      if (!isOurs(holder) && !(await isDead(holder))) throw busy(file, holder, host);
    },
  };
}

function busy(file: string, holder: LockHolder, host: string): BusyError {
  const who = `run ${holder.run} on host ${holder.host} (process ${holder.pid}, last sign of life ${holder.heartbeat})`;
  const hint = isSameHost(holder.host, host)
    ? 'Wait until that run is over, or end it.'
    : `Wait until that run is over. When you are sure that it is, delete ${file} by hand: the lock of another host is never broken automatically.`;
  return new BusyError(`The vault is held by ${who}.`, { hint });
}

function unclear(file: string): BusyError {
  return new BusyError(`The vault is locked, but ${file} does not say by whom.`, {
    hint: `A power failure may have cut it short. When no run uses this vault, on no host, delete ${file} by hand.`,
  });
}
