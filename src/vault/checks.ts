import { rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CheckResult } from '../contract/action.ts';
import { BusyError, ExpectedError, messageOf } from '../contract/errors.ts';
import { formatBytes } from '../foundation/human.ts';
import { accountsText, type FolderRights, type ReadFolderRights } from '../platform/folder-rights.ts';
import { freeBytes, nearestExisting } from '../platform/space.ts';
import { newestComplete } from './newest-complete.ts';
import { newProbe, removeOldProbes } from './probes.ts';
import { listSets } from './sets.ts';
import { storageError } from './storage-error.ts';
import type { SetSummary } from './vault.ts';
import type { VaultLock } from './vault-lock.ts';
import { reasonOf } from '../foundation/system-reason.ts';

/** A clock may be corrected by this much between two backups. Milliseconds. */
const CLOCK_TOLERANCE_MS = 60_000;

/** What the checks look at. */
export interface CheckFacts {
  /** The vault folder of the site file, and the site's folder in it. */
  readonly vault: string;
  readonly root: string;
  readonly now: Date;
  readonly minimumFreeBytes: number;
  /** Only what the removal of sets needs: no room. */
  readonly toRemove: boolean;
  readonly lock: Pick<VaultLock, 'assertNotBusy'>;
  readonly rights: ReadFolderRights;
}

/** Every check of the vault. Writes and removes one probe file, and those that killed checks left; makes no folder. */
export async function checkVault(facts: CheckFacts): Promise<CheckResult[]> {
  const writable = await checkWritable(facts);
  if (writable.status === 'failed') return [writable];
  let sets: SetSummary[];
  let lock: CheckResult[];
  try {
    sets = await listSets(facts.root);
    lock = await checkLock(facts.lock);
  } catch (error) {
    return [await failedWrite(facts.root, error)];
  }
  return [
    writable,
    checkClock(facts, sets),
    ...(facts.toRemove ? [] : [await checkSpace(facts, sets)]),
    ...(await checkRights(facts)),
    ...lock,
  ];
}

/** Nothing when the lock is free; who holds it otherwise. A run that needs the vault is refused only when it takes it. */
async function checkLock(lock: CheckFacts['lock']): Promise<CheckResult[]> {
  try {
    await lock.assertNotBusy();
    return [];
  } catch (error) {
    if (!(error instanceof BusyError)) throw error;
    const { message, hint } = error;
    return [{ id: 'vault-lock', status: 'warning', message, ...(hint === undefined ? {} : { hint }) }];
  }
}

async function checkWritable({ vault, root, toRemove }: CheckFacts): Promise<CheckResult> {
  const id = 'vault-writable';
  let folder: string;
  try {
    folder = await nearestExisting(root);
  } catch (error) {
    return { id, status: 'failed', message: `The vault ${vault} cannot be reached: ${reasonOf(error)}.` };
  }
  // A whole branch that is missing is a disk that is not there rather than a first backup.
  const folders = [root, vault, dirname(vault)];
  if (!folders.includes(folder))
    return {
      id,
      status: 'failed',
      message: `The vault ${vault} does not exist, nor does ${dirname(vault)}.`,
      hint: 'Look whether the disk or network share is connected; for a new vault make that folder.',
    };
  const probe = newProbe(folder);
  try {
    await writeFile(probe, 'probe', { flag: 'wx', mode: 0o600 });
    const { mtimeMs } = await stat(probe);
    await rm(probe);
    await removeOldProbes(folders, mtimeMs);
  } catch (error) {
    // It may have been made before the disk was full; when it cannot be removed, the check has failed anyway.
    await rm(probe, { force: true }).catch(() => undefined);
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!toRemove || !['ENOSPC', 'EDQUOT'].includes(code)) return failedWrite(probe, error);
    return { id, status: 'warning', message: `The vault ${vault} is full.` };
  }
  const exists = folder === root || folder === vault;
  return { id, status: 'ok', message: `The vault ${vault} ${exists ? 'is writable' : 'will be made'}.` };
}

async function failedWrite(path: string, error: unknown): Promise<CheckResult> {
  const { message, hint } = await storageError(path, (error as NodeJS.ErrnoException).code ?? '', error);
  return { id: 'vault-writable', status: 'failed', message, ...(hint === undefined ? {} : { hint }) };
}

function checkClock({ now }: CheckFacts, sets: readonly SetSummary[]): CheckResult {
  const id = 'vault-clock';
  const ahead = sets.find((set) => Date.parse(set.createdAt) > now.getTime() + CLOCK_TOLERANCE_MS);
  if (ahead === undefined)
    return { id, status: 'ok', message: 'No backup set is newer than the clock of this machine.' };
  return {
    id,
    status: 'warning',
    message: `Backup set ${ahead.id} is newer than the clock of this machine (${now.toISOString()}).`,
    hint: 'Set the clock right. Until then no old set is deleted.',
  };
}

async function checkSpace(
  { root, minimumFreeBytes }: CheckFacts,
  sets: readonly SetSummary[],
): Promise<CheckResult> {
  const id = 'vault-space';
  let free: number;
  try {
    free = await freeBytes(root);
  } catch (error) {
    return {
      id,
      status: 'warning',
      message: `The free space of the vault is not known: ${messageOf(error)}.`,
    };
  }
  const last = newestComplete(sets);
  const needed = Math.max(minimumFreeBytes, last?.bytesNew ?? 0);
  const hint = 'Make room: move or delete the folders of backup sets you no longer need.';
  if (free < needed)
    return {
      id,
      status: 'failed',
      message: `The vault has ${formatBytes(free)} free and needs ${formatBytes(needed)}.`,
      hint,
    };
  if (last?.bytes !== undefined && free < last.bytes)
    return {
      id,
      status: 'warning',
      message: `The vault has ${formatBytes(free)} free, less than a full set (${formatBytes(last.bytes)}).`,
      hint,
    };
  return { id, status: 'ok', message: `The vault has ${formatBytes(free)} free.` };
}

/** Backup sets hold certificates with private keys and every password hash of the database. */
async function checkRights({ root, rights }: CheckFacts): Promise<CheckResult[]> {
  const id = 'vault-rights';
  let found: FolderRights | undefined;
  try {
    found = await rights(root);
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    // Not known is not wrong: a site must not go without its backup for it.
    const message = `Who may use the vault ${root} is not known: ${messageOf(error)}`;
    return [{ id, status: 'warning', message, hint: 'Look at its rights yourself.' }];
  }
  if (found === undefined) return [];
  const hint = `Type: ${found.close}`;
  if (found.othersCanWrite)
    return [
      {
        id,
        status: 'failed',
        message: `Others can write to the vault ${root}${accountsText(found.writers)}.`,
        hint,
      },
    ];
  if (found.othersCanRead)
    return [
      {
        id,
        status: 'warning',
        message: `Others can read the vault ${root}${accountsText(found.readers)}.`,
        hint,
      },
    ];
  return [{ id, status: 'ok', message: `Only its owner can use the vault ${root}.` }];
}
